/** One tunnel with all its fields, its reason when it is down, and the remedy. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs, { type KeyValuePairsProps } from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Connection, Tunnel, Verdict } from "../api/answers";
import { useGatewaysOf, useRead } from "../api/queries";
import { useMay } from "../api/session";
import { explain, useSpoken, useTexts } from "../i18n";
import { Problem } from "../ui/Problem";
import { Negotiation, State } from "../ui/states";
import { writeTime } from "../ui/when";
import { Causes, Facts, HealthState, Measured, type Seen } from "./health";
import { Psk } from "./Psk";
import { TunnelMenu } from "./TunnelMenu";

export const FINE = "NoExceptionFound";

export interface TunnelPanelProps {
  connection: Connection;
  tunnel: Tunnel;
  seen: Seen | undefined;
  edit: () => void;
}

export function TunnelPanel({ connection, tunnel, seen, edit }: TunnelPanelProps) {
  const t = useTexts();
  const may = useMay();
  const isAllowed = may("VPC_DiagnoseVpnConnections");
  const { data } = useRead(
    "VPC_DiagnoseVpnConnections",
    { VpnConnectionIds: [connection.VpnConnectionId] },
    { enabled: isAllowed },
  );
  const verdict = data?.VpnConnections.find((each) => each.TunnelId === tunnel.TunnelId);
  const isExplained = verdict !== undefined && verdict.FailedReasonCode !== FINE;
  const known = seen?.byId.get(connection.VpnConnectionId);
  const health = known?.Tunnels.find((each) => each.TunnelId === tunnel.TunnelId);
  const fields = useFields(connection, tunnel, health?.Health === "unknown");
  return (
    <div data-testid={`tunnel-${tunnel.TunnelIndex}`}>
      <Container
        fitHeight
        header={
          <Header
            variant="h2"
            info={health && <HealthState value={health.Health} />}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  onClick={edit}
                  disabled={!may("VPC_ModifyTunnelAttribute")}
                  disabledReason={t.common.notAllowed}
                  ariaLabel={`${t.connection.editTunnel}: ${t.wizard.tunnel(tunnel.TunnelIndex)}`}
                >
                  {t.connection.editTunnel}
                </Button>
                <TunnelMenu connection={connection} tunnel={tunnel} known={known} />
              </SpaceBetween>
            }
          >
            {t.wizard.tunnel(tunnel.TunnelIndex)}
          </Header>
        }
      >
        <SpaceBetween size="l">
          {isExplained && <Reason verdict={verdict} />}
          {health && <Causes causes={health.Causes} isExplained={isExplained} />}
          <KeyValuePairs columns={2} minColumnWidth={150} items={health ? [...fields, { label: t.health.traffic, value: <Measured tunnel={health} /> }] : fields} />
          {health && seen && <Facts tunnel={health} heardAt={seen.at} />}
          <ExpandableSection headerText={t.connection.encryption} variant="footer" headingTagOverride="h3">
            <KeyValuePairs columns={2} minColumnWidth={150} items={useCrypto(tunnel)} />
          </ExpandableSection>
        </SpaceBetween>
      </Container>
    </div>
  );
}

/** Why a tunnel is down: both values where they are known, and what to do. */
export function Reason({ verdict }: { verdict: Verdict }) {
  const { texts: t, language } = useSpoken();
  const known = explain(t, verdict.FailedReasonCode);
  const isDown = verdict.Severity === "Critical";
  const hasValues = verdict.MismatchLocalParam !== "" || verdict.MismatchRemoteParam !== "";
  return (
    <Alert type={isDown ? "error" : "warning"} header={known?.[0] ?? verdict.FailedReason}>
      <SpaceBetween size="xs">
        {hasValues && (
          <div>
            {t.connection.ourValue}: <b>{verdict.MismatchLocalParam || "-"}</b>
            {" · "}
            {t.connection.theirValue}: <b>{verdict.MismatchRemoteParam || "-"}</b>
          </div>
        )}
        <div>{known?.[1] ?? verdict.FailedReason}</div>
        <Box variant="small" display="block" color="text-body-secondary">
          {verdict.FailedReasonCode}
          {verdict.FailedTime > 0 && ` · ${writeTime(verdict.FailedTime, language)}`}
        </Box>
      </SpaceBetween>
    </Alert>
  );
}

function useFields(connection: Connection, tunnel: Tunnel, isUnknown: boolean): KeyValuePairsProps.Item[] {
  const t = useTexts();
  const gateways = useGatewaysOf([tunnel.CustomerGatewayId]);
  const [gateway] = gateways.items;
  const bgp = tunnel.TunnelBgpConfig;
  const session = connection.EnableTunnelsBgp
    ? [
        { label: t.connection.tunnelCidr, value: bgp.TunnelCidr ?? "-" },
        { label: t.connection.localBgpIp, value: bgp.LocalBgpIp ?? "-" },
        { label: t.wizard.localAsn, value: String(bgp.LocalAsn ?? "-") },
        { label: t.connection.peerBgpIp, value: bgp.PeerBgpIp ?? "-" },
        { label: t.connection.bgpState, value: <BgpState status={bgp.BgpStatus} /> },
      ]
    : [];
  return [
    { label: t.connection.tunnelId, value: tunnel.TunnelId },
    { label: t.connection.gatewayIp, value: tunnel.InternetIp || "-" },
    { label: t.connection.saStatus, value: isUnknown ? <HealthState value="unknown" /> : <Negotiation status={tunnel.Status} /> },
    { label: t.connection.status, value: <State value={tunnel.State} /> },
    {
      label: t.connection.psk,
      value: <Psk connectionId={connection.VpnConnectionId} tunnelId={tunnel.TunnelId} />,
      info: <Box variant="small">{t.connection.pskAudited}</Box>,
    },
    { label: t.connection.zone, value: tunnel.ZoneNo || "-" },
    {
      label: t.connection.customerGateway,
      value: (
        <div>
          {gateway?.Name || tunnel.CustomerGatewayId}
          <Problem error={gateways.error} />
          <Box variant="small" display="block" color="text-body-secondary">
            {t.connection.ip}: {gateway?.IpAddress ?? "-"} · {t.connection.asn}: {gateway?.Asn ?? "-"}
          </Box>
        </div>
      ),
    },
    ...session,
  ];
}

function BgpState({ status }: { status: string | undefined }) {
  const isUp = status === "success";
  const t = useTexts();
  const word = isUp ? t.states.established : status ? t.states.notEstablished : t.common.unknown;
  return <StatusIndicator type={isUp ? "success" : status ? "error" : "pending"}>{word}</StatusIndicator>;
}

function useCrypto(tunnel: Tunnel): KeyValuePairsProps.Item[] {
  const t = useTexts();
  const { TunnelIkeConfig: ike, TunnelIpsecConfig: ipsec } = tunnel;
  const on = (value: string | boolean) => (String(value) === "true" ? t.common.on : t.common.off);
  return [
    { label: t.wizard.ikeVersion, value: ike.IkeVersion },
    { label: t.wizard.mode, value: ike.IkeMode },
    { label: `IKE: ${t.wizard.encAlg}`, value: ike.IkeEncAlg },
    { label: `IKE: ${t.wizard.authAlg}`, value: ike.IkeAuthAlg },
    { label: `IKE: ${t.wizard.dh}`, value: ike.IkePfs },
    { label: `IKE: ${t.wizard.lifetime}`, value: String(ike.IkeLifetime) },
    { label: "LocalId", value: ike.LocalId || "-" },
    { label: "RemoteId", value: ike.RemoteId || "-" },
    { label: `IPsec: ${t.wizard.encAlg}`, value: ipsec.IpsecEncAlg },
    { label: `IPsec: ${t.wizard.authAlg}`, value: ipsec.IpsecAuthAlg },
    { label: `IPsec: ${t.wizard.dh}`, value: ipsec.IpsecPfs },
    { label: `IPsec: ${t.wizard.lifetime}`, value: String(ipsec.IpsecLifetime) },
    { label: t.wizard.dpd, value: on(tunnel.EnableDpd) },
    { label: t.wizard.natT, value: on(tunnel.EnableNatTraversal) },
  ];
}
