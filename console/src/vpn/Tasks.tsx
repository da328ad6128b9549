/** What was asked of the tunnels of a connection, and what became of it. */
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { Connection } from "../api/answers";
import { useRead } from "../api/queries";
import { useSpoken, useTexts } from "../i18n";
import { Empty } from "../ui/Empty";
import { Problem } from "../ui/Problem";
import { writeTime } from "../ui/when";
import { tunnelsOf } from "./draft";

const KINDS: Record<string, StatusIndicatorProps.Type> = {
  waiting: "pending",
  running: "in-progress",
  done: "success",
  failed: "error",
};

export function TaskState({ state, message }: { state: string; message?: string }) {
  const t = useTexts().tasks;
  return (
    <div>
      <StatusIndicator type={KINDS[state] ?? "info"}>{t.states[state] ?? state}</StatusIndicator>
      {message && <div>{message}</div>}
    </div>
  );
}

export function Tasks({ connection }: { connection: Connection }) {
  const { texts: t, language } = useSpoken();
  const { data, error } = useRead("Futago_ListTunnelTasks", {
    VpnConnectionId: connection.VpnConnectionId,
    MaxResults: 50,
  });
  const named = new Map(tunnelsOf(connection).map((each) => [each.TunnelId, t.wizard.tunnel(each.TunnelIndex)]));
  return (
    <SpaceBetween size="m">
      <Problem error={error} />
      <Table
        enableKeyboardNavigation
        wrapLines
        header={<Header variant="h2">{t.tasks.title}</Header>}
        items={data?.Tasks ?? []}
        trackBy="TaskId"
        ariaLabels={{ tableLabel: t.tasks.title }}
        empty={<Empty title={t.tasks.empty} />}
        columnDefinitions={[
          { id: "at", header: t.tasks.at, minWidth: 170, cell: (each) => writeTime(each.RequestTime, language) },
          {
            id: "task",
            header: t.tasks.task,
            isRowHeader: true,
            minWidth: 160,
            cell: (each) => t.tasks.kinds[each.Kind] ?? each.Kind,
          },
          { id: "tunnel", header: t.logs.tunnel, minWidth: 110, cell: (each) => named.get(each.TunnelId) ?? each.TunnelId },
          {
            id: "state",
            header: t.tasks.outcome,
            minWidth: 200,
            cell: (each) => <TaskState state={each.State} message={each.Message} />,
          },
          { id: "by", header: t.tasks.by, cell: (each) => each.RequestedBy },
        ]}
      />
    </SpaceBetween>
  );
}
