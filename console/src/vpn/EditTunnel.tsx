/** Changes one tunnel; shows its key on demand, and before saving what happens to traffic. */
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Connection, Tunnel } from "../api/answers";
import { call } from "../api/client";
import { patiently, useGatewaysOf } from "../api/queries";
import { useTexts } from "../i18n";
import { FormModal } from "../ui/FormModal";
import { checkTunnel, isEmptyChange, ofTunnel, toChange, tunnelsOf, type TunnelDraft } from "./draft";
import { PlanShown, usePlan } from "./plan";
import { Psk } from "./Psk";
import { newToken } from "./steps";
import { TunnelFields } from "./TunnelFields";

export interface EditTunnelProps {
  connection: Connection;
  tunnel: Tunnel;
  close: () => void;
}

export function EditTunnel({ connection, tunnel, close }: EditTunnelProps) {
  const t = useTexts();
  const queries = useQueryClient();
  const [edits, setEdits] = useState<Partial<TunnelDraft>>({});
  const gateways = useGatewaysOf([tunnel.CustomerGatewayId, edits.gatewayId ?? ""]).items;
  const gateway = gateways.find((each) => each.CustomerGatewayId === tunnel.CustomerGatewayId);
  const [isTried, setTried] = useState(false);
  const [token, setToken] = useState(newToken);
  const [isForced, force] = useState(false);
  const [overlap, setOverlap] = useState(0);
  const before = ofTunnel(tunnel, gateway);
  const value = { ...before, ...edits };
  const partner = tunnelsOf(connection).find((each) => each.TunnelId !== tunnel.TunnelId);
  const hasBgp = connection.EnableTunnelsBgp;
  const partnerCidr = partner?.TunnelBgpConfig.TunnelCidr ?? "";
  const complaints = checkTunnel(value, { hasBgp, partnerCidr, gateways }, t.rules);
  const change = toChange(before, value);
  const isNothing = isEmptyChange(change);
  const isRotation = change.TunnelIkeConfig?.Psk !== undefined;
  const wanted = {
    VpnConnectionId: connection.VpnConnectionId,
    TunnelId: tunnel.TunnelId,
    TunnelOptionsSpecification: change,
    PskOverlapSeconds: isRotation && overlap ? overlap : undefined,
  };
  const isGood = Object.keys(complaints).length === 0;
  const plan = usePlan(isNothing || !isGood ? null : { name: "Futago_PlanTunnelEdit", values: wanted });
  const run = async () => {
    if (!isNothing) {
      await patiently(() => call("VPC_ModifyTunnelAttribute", { ...wanted, Force: isForced, ClientToken: token }));
    }
    await queries.invalidateQueries();
  };
  const edit = (more: Partial<TunnelDraft>) => {
    setEdits((earlier) => ({ ...earlier, ...more }));
    setToken(newToken());
    force(false);
  };
  return (
    <FormModal
      title={t.connection.editTunnelTitle(tunnel.TunnelIndex)}
      action={t.common.save}
      size="large"
      isValid={isGood && (!plan.found?.NeedsForce || isForced)}
      onAttempt={() => setTried(true)}
      run={run}
      close={close}
    >
      <div>
        <b>{t.connection.psk}</b>{" "}
        <Psk connectionId={connection.VpnConnectionId} tunnelId={tunnel.TunnelId} />
      </div>
      <TunnelFields
        value={value}
        change={edit}
        complaints={complaints}
        isTried={isTried}
        gateways={gateways}
        hasBgp={hasBgp}
        keepsPsk
      />
      {isRotation && <Overlap seconds={overlap} choose={setOverlap} />}
      <PlanShown plan={plan} isForced={isForced} force={force} />
    </FormModal>
  );
}

const OVERLAPS = [0, 600, 3600, 86_400];

/** For how long the key before is accepted beside a new one. */
function Overlap({ seconds, choose }: { seconds: number; choose: (seconds: number) => void }) {
  const t = useTexts().plan;
  const label = (each: number) => {
    if (!each) return t.noOverlap;
    return each < 3600 ? t.minutes(each / 60) : t.hours(each / 3600);
  };
  const options = OVERLAPS.map((each) => ({ value: String(each), label: label(each) }));
  return (
    <FormField label={t.overlap} constraintText={t.overlapHint}>
      <Select
        selectedOption={options.find((each) => each.value === String(seconds)) ?? null}
        options={options}
        onChange={({ detail }) => choose(Number(detail.selectedOption.value))}
      />
    </FormField>
  );
}
