/** What happened to the tunnels, as lines. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Connection } from "../api/answers";
import { call, Refusal } from "../api/client";
import { useTexts } from "../i18n";
import { Empty } from "../ui/Empty";
import { Problem } from "../ui/Problem";
import { tunnelsOf } from "./draft";

const NOTHING = "QueryVpnConnectionLog.NotFound";
const FOLLOW_MS = 2000;
const MINUTE_MS = 60_000;
const PERIODS = [10, 60, 360, 1440];
const PAGE_SIZE = 50;

export function Logs({ connection }: { connection: Connection }) {
  const t = useTexts();
  const [tunnelId, setTunnelId] = useState("");
  const [minutes, setMinutes] = useState(60);
  const [find, setFind] = useState("");
  const [follows, setFollows] = useState(true);
  const { data, error } = useQuery({
    queryKey: ["logs", connection.VpnConnectionId, tunnelId, minutes],
    queryFn: () => readLines(connection.VpnConnectionId, tunnelId, minutes),
    refetchInterval: follows ? FOLLOW_MS : false,
  });
  const lines = (data?.lines ?? []).filter((line) => line.toLowerCase().includes(find.toLowerCase()));
  const end = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (follows && end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [follows, lines.length]);
  const choices = [
    { value: "", label: t.common.all },
    ...tunnelsOf(connection).map((each) => ({
      value: each.TunnelId,
      label: t.wizard.tunnel(each.TunnelIndex),
      description: each.TunnelId,
    })),
  ];
  const periods = PERIODS.map((each) => ({
    value: String(each),
    label: each < 60 ? t.logs.minutes(each) : t.logs.hours(each / 60),
  }));
  return (
    <Container header={<Header variant="h2">{t.logs.lines}</Header>}>
      <SpaceBetween size="m">
        <SpaceBetween direction="horizontal" size="s" alignItems="center">
          <Select
            ariaLabel={t.logs.tunnel}
            selectedOption={choices.find((each) => each.value === tunnelId) ?? null}
            options={choices}
            onChange={({ detail }) => setTunnelId(detail.selectedOption.value ?? "")}
          />
          <Select
            ariaLabel={t.logs.period}
            selectedOption={periods.find((each) => each.value === String(minutes)) ?? null}
            options={periods}
            onChange={({ detail }) => setMinutes(Number(detail.selectedOption.value))}
          />
          <Input
            type="search"
            ariaLabel={t.logs.search}
            placeholder={t.logs.search}
            value={find}
            onChange={({ detail }) => setFind(detail.value)}
          />
          <Toggle checked={follows} onChange={({ detail }) => setFollows(detail.checked)}>
            {t.logs.follow}
          </Toggle>
        </SpaceBetween>
        <Problem error={error} />
        {data && !data.isComplete && <Alert type="info">{t.logs.incomplete}</Alert>}
        {lines.length > 0 ? (
          <Box variant="code">
            <pre ref={end} className="mono lines" tabIndex={0} aria-label={t.logs.lines}>
              {lines.join("\n")}
            </pre>
          </Box>
        ) : (
          data && (find ? <Empty title={t.common.noMatch} /> : <Empty title={t.logs.empty} hint={t.logs.emptyHint} />)
        )}
      </SpaceBetween>
    </Container>
  );
}

interface Lines {
  lines: string[];
  isComplete: boolean;
}

/** Reads the lines of the last minutes; the service's "nothing happened" is an empty list. */
async function readLines(connectionId: string, tunnelId: string, minutes: number): Promise<Lines> {
  const now = Date.now();
  const asked = {
    VpnConnectionId: connectionId,
    TunnelId: tunnelId || undefined,
    From: Math.floor((now - minutes * MINUTE_MS) / 1000),
    To: Math.ceil(now / 1000),
    PageSize: PAGE_SIZE,
  };
  const found: Lines = { lines: [], isComplete: true };
  try {
    for (let page = 1; page <= 20; page += 1) {
      const answer = await call("VPC_DescribeVpnConnectionLogs", { ...asked, PageNumber: page });
      found.lines.push(...answer.Data.Logs);
      found.isComplete = answer.IsCompleted;
      if (answer.Count < PAGE_SIZE) break;
    }
  } catch (error) {
    // Also the page behind the last one.
    if (!(error instanceof Refusal) || error.code !== NOTHING) throw error;
  }
  return found;
}
