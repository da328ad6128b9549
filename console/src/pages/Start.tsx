/** What is wrong now, first. */
import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { Overview } from "../api/answers";
import { useRead } from "../api/queries";
import { useSpoken, useTexts } from "../i18n";
import { Empty } from "../ui/Empty";
import { Link, LinkButton } from "../ui/Link";
import { Problem } from "../ui/Problem";
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
  const t = useTexts().start;
  const counted: [string, number, StatusIndicatorProps.Type][] = [
    [t.up, overview.Up, "success"],
    [t.degraded, overview.Degraded, overview.Degraded ? "warning" : "stopped"],
    [t.down, overview.Down, overview.Down ? "error" : "stopped"],
  ];
  return (
    <Container header={<Header variant="h2">{t.connections}</Header>}>
      <ColumnLayout columns={4} variant="text-grid" minColumnWidth={170}>
        <div>
          <Link to="/connections" variant="awsui-value-large">
            {overview.Connections}
          </Link>
          <Box>{t.connections}</Box>
        </div>
        {counted.map(([label, count, kind]) => (
          <div key={label}>
            <Box variant="awsui-value-large">{count}</Box>
            <div>
              <StatusIndicator type={kind}>{label}</StatusIndicator>
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
          <StatusIndicator type="success">{t.start.nothingWrong}</StatusIndicator>
        </Box>
      }
      columnDefinitions={[
        {
          id: "connection",
          header: t.list.name,
          isRowHeader: true,
          cell: (each) => <Link to={`/connections/${each.VpnConnectionId}`}>{each.Name || each.VpnConnectionId}</Link>,
        },
        { id: "tunnel", header: t.connection.tabTunnels, cell: (each) => t.start.tunnelOf(each.TunnelIndex) },
        {
          id: "redundancy",
          header: t.list.redundancy,
          cell: (each) => (
            <StatusIndicator type={each.TunnelsUp ? "warning" : "error"}>
              {each.TunnelsUp ? t.list.single : t.list.lost}
            </StatusIndicator>
          ),
        },
        { id: "status", header: t.connection.saStatus, cell: (each) => <Negotiation status={each.Status} /> },
        {
          id: "reason",
          header: t.connection.remedy,
          cell: (each) => {
            const reason = t.reasons[each.FailedReasonCode];
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
