/** What is wrong now, first. */
import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { Health, Overview } from "../api/answers";
import { useRead } from "../api/queries";
import { explain, useSpoken, useTexts } from "../i18n";
import { Empty } from "../ui/Empty";
import { Link, LinkButton } from "../ui/Link";
import { Problem } from "../ui/Problem";
import { HealthState } from "../vpn/health";
import { Negotiation } from "../ui/states";
import { writeTime } from "../ui/when";

export default function Start() {
  const t = useTexts();
  const { data, error } = useRead("Futago_DescribeOverview", {});
  return (
    <ContentLayout header={<Header variant="h1">{t.start.title}</Header>}>
      <SpaceBetween size="l">
        <Problem error={error} />
        {data && <Counts overview={data} />}
        {data && (data.Connections ? <WrongNow overview={data} /> : <FirstSteps />)}
      </SpaceBetween>
    </ContentLayout>
  );
}

function Counts({ overview }: { overview: Overview }) {
  const all = useTexts();
  const counted: [Health, number][] = [
    ["up", overview.Up],
    ["degraded", overview.Degraded],
    ["down", overview.Down],
    ["unknown", overview.Unknown],
  ];
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${overview.Connections})`}
          actions={<LinkButton to="/connections">{all.start.connections}</LinkButton>}
        >
          {all.start.connections}
        </Header>
      }
    >
      <ColumnLayout columns={4} variant="text-grid" minColumnWidth={150}>
        {counted.map(([health, count]) => (
          <div key={health}>
            <div>
              <Box variant="awsui-value-large" display="inline">
                {count}
              </Box>
            </div>
            <div>
              <HealthState value={health} />
            </div>
          </div>
        ))}
      </ColumnLayout>
    </Container>
  );
}

function WrongNow({ overview }: { overview: Overview }) {
  const { texts: t, language } = useSpoken();
  return (
    <Table
      header={
        <Header variant="h2" counter={`(${overview.Problems.length})`}>
          {t.start.wrongNow}
        </Header>
      }
      enableKeyboardNavigation
      items={overview.Problems}
      trackBy="TunnelId"
      wrapLines
      empty={
        <Box textAlign="center" padding={{ vertical: "s" }}>
          <StatusIndicator type="success">{t.start.nothingWrongNow}</StatusIndicator>
        </Box>
      }
      columnDefinitions={[
        {
          id: "connection",
          header: t.list.name,
          isRowHeader: true,
          cell: (each) => <Link to={`/connections/${each.VpnConnectionId}`}>{each.Name || each.VpnConnectionId}</Link>,
        },
        { id: "tunnel", header: t.connection.tabTunnels, minWidth: 110, cell: (each) => t.start.tunnelOf(each.TunnelIndex) },
        { id: "health", header: t.health.title, minWidth: 110, cell: (each) => <HealthState value={each.Health} /> },
        { id: "status", header: t.connection.saStatus, cell: (each) => (each.Health === "unknown" ? <HealthState value="unknown" /> : <Negotiation status={each.Status} />) },
        {
          id: "reason",
          header: t.connection.remedy,
          cell: (each) => {
            const reason = explain(t, each.FailedReasonCode);
            return reason ? (
              <div>
                <b>{reason[0]}</b>
                <div>{reason[1]}</div>
              </div>
            ) : (
              each.FailedReasonCode || "-"
            );
          },
        },
        {
          id: "since",
          header: t.diagnosis.at,
          cell: (each) => (each.FailedTime ? writeTime(each.FailedTime, language) : "-"),
        },
      ]}
    />
  );
}

function FirstSteps() {
  const t = useTexts().start;
  const steps: [string, string][] = [
    [t.stepCen, "/cens"],
    [t.stepGateway, "/customer-gateways"],
    [t.stepConnection, "/connections/create"],
    [t.stepDownload, "/connections"],
  ];
  return (
    <Container header={<Header variant="h2">{t.steps}</Header>}>
      <Empty
        title={t.noConnections}
        hint={t.noConnectionsHint}
        action={
          <LinkButton to="/connections/create" variant="primary">
            {t.stepConnection}
          </LinkButton>
        }
      />
      <ol>
        {steps.map(([text, to]) => (
          <li key={text}>
            <Link to={to}>{text}</Link>
          </li>
        ))}
      </ol>
    </Container>
  );
}
