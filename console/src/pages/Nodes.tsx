/** Gateway hosts: whether they speak, their zones, and how full the pools of addresses are. */
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { GatewayNode, NodeZone, Pool } from "../api/answers";
import { useRead } from "../api/queries";
import { useSpoken, useTexts } from "../i18n";
import { Empty } from "../ui/Empty";
import { Problem } from "../ui/Problem";
import { useNow, writeAge, writeTime } from "../ui/when";

export default function Nodes() {
  const t = useTexts();
  const { data, error } = useRead("Futago_ListNodes", {});
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={t.nodes.description}>
          {t.nodes.title}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Problem error={error} />
        {data?.Nodes.map((each) => <Node key={each.NodeId} node={each} />)}
        {data?.Nodes.length === 0 && (
          <Container>
            <Empty title={t.nodes.empty} hint={t.nodes.emptyHint} />
          </Container>
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}

function Node({ node }: { node: GatewayNode }) {
  const { texts: t, language } = useSpoken();
  const now = useNow();
  return (
    <Container header={<Header variant="h2">{node.NodeId}</Header>}>
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={4}
          minColumnWidth={170}
          items={[
            {
              label: t.common.status,
              value: (
                <StatusIndicator type={node.IsHeard ? "success" : "error"}>
                  {node.IsHeard ? t.nodes.heard : t.nodes.silent}
                </StatusIndicator>
              ),
            },
            {
              label: t.nodes.lastHeard,
              value: node.LastHeardTime ? writeAge(node.LastHeardTime, now, t.common) : "-",
            },
            { label: t.nodes.driver, value: node.Driver },
            { label: t.nodes.registered, value: writeTime(node.RegisteredTime, language) },
          ]}
        />
        <Table
          variant="embedded"
          enableKeyboardNavigation
          items={node.Zones}
          trackBy="ZoneId"
          ariaLabels={{ tableLabel: t.nodes.zones }}
          empty={<Empty title={t.nodes.noZones} hint={t.nodes.emptyHint} />}
          columnDefinitions={[
            { id: "zone", header: t.vpcs.zone, isRowHeader: true, cell: (each: NodeZone) => each.ZoneId },
            { id: "tunnels", header: t.nodes.tunnels, cell: (each) => each.Tunnels },
            {
              id: "public",
              header: t.nodes.publicPools,
              minWidth: 240,
              cell: (each) => <Pools pools={each.PublicPools} />,
            },
            {
              id: "private",
              header: t.nodes.privatePools,
              minWidth: 240,
              cell: (each) => <Pools pools={each.PrivatePools} />,
            },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}

const NEARLY_FULL = 90;

function Pools({ pools }: { pools: readonly Pool[] }) {
  const t = useTexts();
  if (!pools.length) return <>{t.common.none}</>;
  return (
    <SpaceBetween size="xs">
      {pools.map((each) => {
        const share = (100 * each.Used) / each.Addresses;
        return (
          <ProgressBar
            key={each.CidrBlock}
            variant="key-value"
            value={share}
            label={each.CidrBlock}
            description={t.nodes.used(each.Used, each.Addresses)}
            additionalInfo={share >= NEARLY_FULL ? t.nodes.nearlyFull : undefined}
          />
        );
      })}
    </SpaceBetween>
  );
}
