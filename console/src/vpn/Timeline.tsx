/** What happened to a connection and its tunnels, newest first; below, who changed it. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import Toggle from "@cloudscape-design/components/toggle";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Connection, ConnectionEvent } from "../api/answers";
import { call } from "../api/client";
import { useMay } from "../api/session";
import { explain, useSpoken } from "../i18n";
import { Events } from "../pages/Events";
import { Empty } from "../ui/Empty";
import { Problem } from "../ui/Problem";
import { writeTime } from "../ui/when";
import { tunnelsOf } from "./draft";

const PAGE_SIZE = 50;
const KINDS: Record<string, StatusIndicatorProps.Type> = { CRITICAL: "error", WARN: "warning", INFO: "info" };

export function Timeline({ connection }: { connection: Connection }) {
  const { texts: t } = useSpoken();
  const may = useMay();
  return (
    <SpaceBetween size="l">
      {may("Futago_ListEvents") && <Happened connection={connection} />}
      {may("Futago_LookupEvents") && (
        <Events resourceId={connection.VpnConnectionId} title={t.timeline.calls} />
      )}
    </SpaceBetween>
  );
}

function Happened({ connection }: { connection: Connection }) {
  const { texts: t, language } = useSpoken();
  const [isImportant, setImportant] = useState(false);
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["timeline", connection.VpnConnectionId, isImportant],
    queryFn: ({ pageParam }) =>
      call("Futago_ListEvents", {
        ResourceId: connection.VpnConnectionId,
        Severity: isImportant ? ["CRITICAL", "WARN"] : undefined,
        MaxResults: PAGE_SIZE,
        NextToken: pageParam || undefined,
      }),
    initialPageParam: "",
    getNextPageParam: (last) => last.NextToken || undefined,
  });
  const named = new Map(tunnelsOf(connection).map((each) => [each.TunnelId, t.wizard.tunnel(each.TunnelIndex)]));
  return (
    <SpaceBetween size="m">
      <Problem error={error} />
      <Table
        enableKeyboardNavigation
        wrapLines
        header={
          <Header
            variant="h2"
            description={t.timeline.description}
            actions={
              <Toggle checked={isImportant} onChange={({ detail }) => setImportant(detail.checked)}>
                {t.timeline.onlyImportant}
              </Toggle>
            }
          >
            {t.timeline.title}
          </Header>
        }
        loading={isPending && !error}
        loadingText={t.common.loading}
        items={data?.pages.flatMap((page) => page.Events) ?? []}
        trackBy="EventId"
        ariaLabels={{ tableLabel: t.timeline.title }}
        empty={<Empty title={t.timeline.empty} />}
        footer={
          hasNextPage && (
            <Box textAlign="center">
              <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {t.common.loadMore}
              </Button>
            </Box>
          )
        }
        columnDefinitions={[
          { id: "time", header: t.audit.time, minWidth: 170, cell: (each) => writeTime(each.Time, language) },
          {
            id: "severity",
            header: t.timeline.severity,
            minWidth: 120,
            cell: (each) => (
              <StatusIndicator type={KINDS[each.Severity] ?? "info"}>
                {t.timeline.severities[each.Severity] ?? each.Severity}
              </StatusIndicator>
            ),
          },
          {
            id: "event",
            header: t.timeline.event,
            isRowHeader: true,
            minWidth: 240,
            cell: (each) => <What event={each} />,
          },
          {
            id: "where",
            header: t.timeline.where,
            minWidth: 120,
            cell: (each) => named.get(each.ResourceId) ?? each.ResourceId,
          },
        ]}
      />
    </SpaceBetween>
  );
}

function What({ event }: { event: ConnectionEvent }) {
  const { texts: t, language } = useSpoken();
  const name = t.timeline.names[event.Name] ?? event.Text;
  const reason = explain(t, event.ReasonCode)?.[0] ?? event.ReasonCode;
  return (
    <div>
      {name}
      {reason && `: ${reason}`}
      {event.Count > 1 && (
        <Box variant="small" display="block" color="text-body-secondary">
          {t.timeline.times(event.Count)} · {writeTime(event.LastTime, language)}
        </Box>
      )}
    </div>
  );
}
