/** Changes one tunnel; shows its key on demand, and before saving what happens to traffic. */
import Alert from "@cloudscape-design/components/alert";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Connection, Tunnel } from "../api/answers";
import { call } from "../api/client";
import { patiently, useGateways } from "../api/queries";
import { useTexts } from "../i18n";
import { FormModal } from "../ui/FormModal";
import { ESTABLISHED } from "../ui/states";
import { checkTunnel, isEmptyChange, ofTunnel, toChange, tunnelsOf, type TunnelDraft } from "./draft";
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
  const gateways = useGateways().data ?? [];
  const gateway = gateways.find((each) => each.CustomerGatewayId === tunnel.CustomerGatewayId);
  const [edits, setEdits] = useState<Partial<TunnelDraft>>({});
  const [isTried, setTried] = useState(false);
  const [token, setToken] = useState(newToken);
  const before = ofTunnel(tunnel, gateway);
  const value = { ...before, ...edits };
  const partner = tunnelsOf(connection).find((each) => each.TunnelId !== tunnel.TunnelId);
  const hasBgp = connection.EnableTunnelsBgp;
  const partnerCidr = partner?.TunnelBgpConfig.TunnelCidr ?? "";
  const complaints = checkTunnel(value, { hasBgp, partnerCidr, gateways }, t.rules);
  const change = toChange(before, value);
  const isNothing = isEmptyChange(change);
  const run = async () => {
    if (!isNothing) {
      await patiently(() =>
        call("VPC_ModifyTunnelAttribute", {
          VpnConnectionId: connection.VpnConnectionId,
          TunnelId: tunnel.TunnelId,
          TunnelOptionsSpecification: change,
          ClientToken: token,
        }),
      );
    }
    await queries.invalidateQueries();
  };
  const partnerIsUp = partner?.Status === ESTABLISHED;
  return (
    <FormModal
      title={t.connection.editTunnelTitle(tunnel.TunnelIndex)}
      action={t.common.save}
      size="large"
      isValid={Object.keys(complaints).length === 0}
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
        change={(more) => {
          setEdits((earlier) => ({ ...earlier, ...more }));
          setToken(newToken());
        }}
        complaints={complaints}
        isTried={isTried}
        gateways={gateways}
        hasBgp={hasBgp}
        keepsPsk
      />
      <Alert type={isNothing ? "info" : "warning"}>
        {isNothing ? t.connection.planNothing : t.connection.planTunnel(tunnel.TunnelIndex)}
        {!isNothing && !partnerIsUp && <div>{t.connection.partnerDown}</div>}
      </Alert>
    </FormModal>
  );
}
