/** Enables BGP for both tunnels of a connection that is there already. */
import Alert from "@cloudscape-design/components/alert";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Connection } from "../api/answers";
import { call } from "../api/client";
import { patiently, useGatewaysOf } from "../api/queries";
import { useTexts } from "../i18n";
import { checkAsn } from "../rules/network";
import { FormModal } from "../ui/FormModal";
import { checkTunnel, DEFAULT_ASN, ofTunnel, toBgp, tunnelsOf, type TunnelDraft } from "./draft";
import { newToken } from "./steps";

export function EnableBgp({ connection, close }: { connection: Connection; close: () => void }) {
  const t = useTexts();
  const queries = useQueryClient();
  const [asn, setAsn] = useState(DEFAULT_ASN);
  const [edits, setEdits] = useState<Partial<TunnelDraft>[]>([{}, {}]);
  const [isTried, setTried] = useState(false);
  const [token] = useState(newToken);
  const tunnels = tunnelsOf(connection);
  const known = useGatewaysOf(tunnels.map((each) => each.CustomerGatewayId)).items;
  const drafts = tunnels.map((tunnel, index) => ({ ...ofTunnel(tunnel, undefined), ...edits[index] }));
  const complaints = drafts.map((draft, index) =>
    checkTunnel(draft, { hasBgp: true, partnerCidr: index ? (drafts[0]?.cidr ?? "") : "", gateways: known }, t.rules),
  );
  const wrongAsn = checkAsn(asn, t.rules);
  const lacking = tunnels.filter((_, index) => complaints[index]?.gatewayId);
  const isGood = !wrongAsn && complaints.every((each) => !each.cidr && !each.bgpIp && !each.gatewayId);
  const run = async () => {
    await patiently(() =>
      call("VPC_ModifyVpnAttachmentAttribute", {
        VpnConnectionId: connection.VpnConnectionId,
        EnableTunnelsBgp: true,
        ClientToken: token,
        TunnelOptionsSpecification: tunnels.map((tunnel, index) => ({
          TunnelId: tunnel.TunnelId,
          TunnelBgpConfig: toBgp(drafts[index] as TunnelDraft, asn),
        })),
      }),
    );
    await queries.invalidateQueries();
  };
  const field = (index: number, name: "cidr" | "bgpIp", label: string, hint: string, example: string) => {
    const value = drafts[index]?.[name] ?? "";
    return (
      <FormField
        label={label}
        constraintText={hint}
        errorText={isTried || value ? complaints[index]?.[name] : undefined}
        stretch
      >
        <Input
          value={value}
          placeholder={example}
          onChange={({ detail }) =>
            setEdits((before) => before.map((each, at) => (at === index ? { ...each, [name]: detail.value } : each)))
          }
        />
      </FormField>
    );
  };
  return (
    <FormModal
      title={t.connection.bgpTitle}
      action={t.connection.enableBgp}
      size="large"
      isValid={isGood}
      onAttempt={() => setTried(true)}
      run={run}
      close={close}
    >
      <Alert type="info">{t.connection.bgpHint}</Alert>
      {lacking.map((each) => (
        <Alert type="warning" key={each.TunnelId}>
          {t.connection.bgpNoAsn(each.TunnelIndex)}
        </Alert>
      ))}
      <FormField label={t.wizard.localAsn} constraintText={t.wizard.localAsnHint} errorText={wrongAsn}>
        <Input value={asn} onChange={({ detail }) => setAsn(detail.value)} />
      </FormField>
      {tunnels.map((tunnel, index) => (
        <SpaceBetween size="s" key={tunnel.TunnelId}>
          <Header variant="h3">{t.wizard.tunnel(tunnel.TunnelIndex)}</Header>
          <ColumnLayout columns={2}>
            {field(index, "cidr", t.wizard.tunnelCidr, t.wizard.tunnelCidrHint, `169.254.1${index}.0/30`)}
            {field(index, "bgpIp", t.wizard.localBgpIp, t.wizard.localBgpIpHint, `169.254.1${index}.1`)}
          </ColumnLayout>
        </SpaceBetween>
      ))}
    </FormModal>
  );
}
