/** Changes name, routing mode and start of negotiation; says before what happens to traffic. */
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Connection } from "../api/answers";
import { call } from "../api/client";
import { patiently } from "../api/queries";
import { useTexts } from "../i18n";
import { checkPrefixes } from "../rules/network";
import { FormModal } from "../ui/FormModal";
import { checkName, tunnelsOf } from "./draft";
import { PlanShown, usePlan } from "./plan";
import { Prefixes } from "./Prefixes";
import { newToken } from "./steps";

const EVERYTHING = "0.0.0.0/0";

export function EditConnection({ connection, close }: { connection: Connection; close: () => void }) {
  const all = useTexts();
  const t = all.wizard;
  const queries = useQueryClient();
  const hadFlows = connection.LocalSubnet !== EVERYTHING || connection.RemoteSubnet !== EVERYTHING;
  const [name, setName] = useState(connection.Name);
  const [hasFlows, setFlows] = useState(hadFlows);
  const [local, setLocal] = useState(hadFlows ? connection.LocalSubnet.split(",") : [""]);
  const [remote, setRemote] = useState(hadFlows ? connection.RemoteSubnet.split(",") : [""]);
  const [isImmediate, setImmediate] = useState(connection.EffectImmediately);
  const [isTried, setTried] = useState(false);
  const [token] = useState(newToken);
  const [isForced, force] = useState(false);
  const isIkev2 = tunnelsOf(connection).every((each) => each.TunnelIkeConfig.IkeVersion === "ikev2");
  const complaints = {
    name: checkName(name, all.rules),
    local: hasFlows ? checkPrefixes(local, isIkev2, all.rules) : [],
    remote: hasFlows ? checkPrefixes(remote, isIkev2, all.rules) : [],
  };
  const localText = hasFlows ? local.map((each) => each.trim()).join(",") : EVERYTHING;
  const remoteText = hasFlows ? remote.map((each) => each.trim()).join(",") : EVERYTHING;
  const changed = {
    Name: name.trim() === connection.Name ? undefined : name.trim(),
    LocalSubnet: localText === connection.LocalSubnet ? undefined : localText,
    RemoteSubnet: remoteText === connection.RemoteSubnet ? undefined : remoteText,
    EffectImmediately: isImmediate === connection.EffectImmediately ? undefined : isImmediate,
  };
  const isNothing = Object.values(changed).every((each) => each === undefined);
  const isGood = !complaints.name && ![...complaints.local, ...complaints.remote].some(Boolean);
  const wanted = { VpnConnectionId: connection.VpnConnectionId, ...changed };
  const plan = usePlan(isNothing || !isGood ? null : { name: "Futago_PlanConnectionEdit", values: wanted });
  const run = async () => {
    const given = { ...wanted, Force: isForced, ClientToken: token };
    if (!isNothing) await patiently(() => call("VPC_ModifyVpnAttachmentAttribute", given));
    await queries.invalidateQueries();
  };
  return (
    <FormModal
      title={all.connection.editTitle}
      action={all.common.save}
      size="large"
      isValid={isGood && (!plan.found?.NeedsForce || isForced)}
      onAttempt={() => setTried(true)}
      run={run}
      close={close}
    >
      <FormField label={t.name} constraintText={t.nameHint} errorText={complaints.name}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoFocus />
      </FormField>
      <FormField label={t.routingMode}>
        <RadioGroup
          value={hasFlows ? "flows" : "destination"}
          onChange={({ detail }) => setFlows(detail.value === "flows")}
          items={[
            { value: "destination", label: t.destination, description: t.destinationHint },
            { value: "flows", label: t.flows, description: t.flowsHint },
          ]}
        />
      </FormField>
      {hasFlows && (
        <>
          <Prefixes label={t.localNetwork} hint={t.localNetworkHint} values={local} change={setLocal} complaints={complaints.local} isTried={isTried} />
          <Prefixes label={t.remoteNetwork} hint={t.remoteNetworkHint} values={remote} change={setRemote} complaints={complaints.remote} isTried={isTried} />
        </>
      )}
      <FormField label={t.effective}>
        <RadioGroup
          value={isImmediate ? "yes" : "no"}
          onChange={({ detail }) => setImmediate(detail.value === "yes")}
          items={[
            { value: "yes", label: t.effectiveYes },
            { value: "no", label: t.effectiveNo },
          ]}
        />
      </FormField>
      <PlanShown plan={plan} isForced={isForced} force={force} />
    </FormModal>
  );
}
