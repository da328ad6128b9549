/** The verdict on each tunnel, with the daemon's own line as evidence. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Connection } from "../api/answers";
import { useRead } from "../api/queries";
import { useMay } from "../api/session";
import { useTexts } from "../i18n";
import { Problem } from "../ui/Problem";
import { Negotiation } from "../ui/states";
import { Checkup } from "./Checkup";
import { tunnelsOf } from "./draft";
import { PathTest } from "./PathTest";
import { Tasks } from "./Tasks";
import { FINE, Reason } from "./TunnelPanel";

export function Diagnosis({ connection }: { connection: Connection }) {
  const t = useTexts();
  const may = useMay();
  const { data, error, refetch, isFetching } = useRead("VPC_DiagnoseVpnConnections", {
    VpnConnectionIds: [connection.VpnConnectionId],
  });
  const tunnels = tunnelsOf(connection);
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <Button iconName="refresh" loading={isFetching} onClick={() => void refetch()}>
                {t.diagnosis.run}
              </Button>
            }
          >
            {t.diagnosis.title}
          </Header>
        }
      >
        <SpaceBetween size="l">
          <Problem error={error} />
          {tunnels.map((tunnel) => {
            const verdict = data?.VpnConnections.find((each) => each.TunnelId === tunnel.TunnelId);
            return (
              <SpaceBetween size="xs" key={tunnel.TunnelId}>
                <SpaceBetween direction="horizontal" size="s">
                  <b>{t.wizard.tunnel(tunnel.TunnelIndex)}</b>
                  <Negotiation status={tunnel.Status} />
                </SpaceBetween>
                {verdict?.FailedReasonCode === FINE && (
                  <StatusIndicator type="success">{t.diagnosis.fine}</StatusIndicator>
                )}
                {verdict && verdict.FailedReasonCode !== FINE && <Reason verdict={verdict} />}
                {verdict?.SourceLog && (
                  <div>
                    <Box variant="awsui-key-label">{t.diagnosis.evidence}</Box>
                    <div className="mono">{verdict.SourceLog}</div>
                  </div>
                )}
              </SpaceBetween>
            );
          })}
        </SpaceBetween>
      </Container>
      {may("Futago_GetConnectionDiagnosis") && <Checkup connectionId={connection.VpnConnectionId} />}
      {may("Futago_TestPath") && <PathTest connectionId={connection.VpnConnectionId} />}
      {may("Futago_ListTunnelTasks") && <Tasks connection={connection} />}
    </SpaceBetween>
  );
}
