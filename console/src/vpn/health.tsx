/** How connections and tunnels are, and how that is known. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Popover from "@cloudscape-design/components/popover";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Cause, ConnectionHealth, Fact, Health, TunnelHealth } from "../api/answers";
import { call } from "../api/client";
import { useMay } from "../api/session";
import { useTexts } from "../i18n";
import { writeRate } from "../ui/amounts";
import { useNow } from "../ui/when";

const LOOK_AGAIN_MS = 3000;

export interface Seen {
  byId: Map<string, ConnectionHealth>;
  /** When this page heard it, by its own clock. */
  at: number;
}

/** Reads how some connections are; nothing while that is not known, or not allowed. */
export function useHealth(ids: readonly string[]): Seen | undefined {
  const may = useMay();
  const { data, dataUpdatedAt } = useQuery({
    queryKey: ["health", ids],
    queryFn: () => call("Futago_DescribeConnectionHealth", { VpnConnectionIds: [...ids] }),
    enabled: ids.length > 0 && may("Futago_DescribeConnectionHealth"),
    refetchInterval: LOOK_AGAIN_MS,
    placeholderData: keepPreviousData,
  });
  return data && { byId: new Map(data.Connections.map((each) => [each.VpnConnectionId, each])), at: dataUpdatedAt };
}

const KINDS: Record<Health | "absent", StatusIndicatorProps.Type> = {
  up: "success",
  degraded: "warning",
  down: "error",
  unknown: "pending",
  absent: "stopped",
};

export function HealthState({ value }: { value: Health | "absent" }) {
  const t = useTexts().health;
  return <StatusIndicator type={KINDS[value]}>{t[value]}</StatusIndicator>;
}

const VERDICTS: Record<string, [StatusIndicatorProps.Type, "ok" | "warning" | "failed" | "unknown"]> = {
  ok: ["success", "ok"],
  warning: ["warning", "warning"],
  failed: ["error", "failed"],
  unknown: ["pending", "unknown"],
};

/** Whether one tunnel may be lost; with its reasons behind it. */
export function RedundancyState({ health }: { health: ConnectionHealth }) {
  const t = useTexts().redundancy;
  const [kind, word] = VERDICTS[health.Redundancy.Verdict] ?? ["pending", "unknown"];
  return (
    <Popover header={t.title} size="large" content={<RedundancyItems health={health} />} renderWithPortal>
      <StatusIndicator type={kind}>{t[word]}</StatusIndicator>
    </Popover>
  );
}

function RedundancyItems({ health }: { health: ConnectionHealth }) {
  const t = useTexts().redundancy;
  return (
    <SpaceBetween size="s">
      {health.Redundancy.Items.map((item) => {
        const told = t.items[`${item.Item}.${item.Verdict}`];
        const [kind] = VERDICTS[item.Verdict] ?? ["pending"];
        return (
          <div key={item.Item}>
            <StatusIndicator type={kind}>{t.names[item.Item] ?? item.Item}</StatusIndicator>
            <div>{told?.[0] ?? item.Message}</div>
            {item.Verdict !== "ok" && <Box color="text-body-secondary">{told?.[1] ?? item.Remedy}</Box>}
          </div>
        );
      })}
    </SpaceBetween>
  );
}

/** The four facts of a tunnel, each with its evidence and the age of that. */
export function Facts({ tunnel, heardAt }: { tunnel: TunnelHealth; heardAt: number }) {
  const t = useTexts().health;
  const now = useNow();
  const age = (fact: Fact) => {
    if (fact.EvidenceAgeSeconds === null) return "-";
    return t.seconds(fact.EvidenceAgeSeconds + Math.max(0, now - heardAt) / 1000);
  };
  return (
    <Table
      variant="embedded"
      contentDensity="compact"
      wrapLines
      items={tunnel.Facts}
      trackBy="Fact"
      ariaLabels={{ tableLabel: t.facts }}
      columnDefinitions={[
        { id: "fact", header: t.factName, isRowHeader: true, cell: (each) => t.names[each.Fact] ?? each.Fact },
        { id: "value", header: t.value, cell: (each) => <HealthState value={each.Value} /> },
        {
          id: "evidence",
          header: t.evidence,
          cell: (each) => (each.Value === "absent" ? "-" : (t.evidences[each.Evidence] ?? each.Evidence)),
        },
        { id: "age", header: t.age, cell: (each) => <span className="one-line">{age(each)}</span> },
      ]}
    />
  );
}

/** Causes that no reason of the negotiation explains better. */
export function Causes({ causes, isExplained }: { causes: readonly Cause[]; isExplained: boolean }) {
  const t = useTexts().health;
  const shown = causes.filter((each) => !isExplained || !["NoIkeSa", "NoChildSa"].includes(each.Code));
  if (!shown.length) return null;
  return (
    <SpaceBetween size="xs">
      {shown.map((each) => {
        const told = t.causes[each.Code];
        return (
          <Alert key={`${each.TunnelId} ${each.Fact}`} type="warning" header={told?.[0] ?? each.Message}>
            {told?.[1] ?? each.Remedy}
          </Alert>
        );
      })}
    </SpaceBetween>
  );
}

/** What passes now, how long it takes, and how much of it is lost. */
export function Measured({ tunnel }: { tunnel: TunnelHealth }) {
  const t = useTexts().health;
  const { ReceivedBitsPerSecond: received, SentBitsPerSecond: sent, RoundTripMilliseconds: rtt, Loss: loss } = tunnel;
  const parts = [
    received === null ? "" : `${t.received} ${writeRate(received)}`,
    sent === null ? "" : `${t.sent} ${writeRate(sent)}`,
    rtt === null ? "" : `${t.roundTrip} ${rtt.toFixed(1)} ms`,
    loss === null ? "" : `${t.loss} ${(100 * loss).toFixed(loss > 0 && loss < 0.01 ? 2 : 0)} %`,
  ].filter(Boolean);
  return <>{parts.join(" · ") || "-"}</>;
}
