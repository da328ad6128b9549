/** One-click diagnosis: seven items, each shown as soon as it is known, with what to do. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router-dom";
import type { Checkup as Checked, Finding } from "../api/answers";
import { call } from "../api/client";
import { useMay } from "../api/session";
import { explain, useSpoken, useTexts } from "../i18n";
import { LinkedText, Problem } from "../ui/Problem";
import { writeTime } from "../ui/when";
import { areEnds, Ends, isWithoutEnds, type TwoEnds } from "./Ends";
import { newToken } from "./steps";

const LOOK_MS = 1000;
const KINDS: Record<string, StatusIndicatorProps.Type> = { normal: "success", warning: "warning", error: "error" };

export function Checkup({ connectionId }: { connectionId: string }) {
  const t = useTexts();
  const may = useMay();
  const [place, setPlace] = useSearchParams();
  const id = place.get("diagnosis") ?? "";
  const [ends, setEnds] = useState<TwoEnds>({ source: "", destination: "" });
  const [refused, setRefused] = useState<unknown>(null);
  const [isStarting, setStarting] = useState(false);
  const [isTried, setTried] = useState(false);
  const { data, error } = useQuery({
    queryKey: ["checkup", connectionId, id],
    queryFn: () => call("Futago_GetConnectionDiagnosis", { VpnConnectionId: connectionId, DiagnoseId: id }),
    enabled: id !== "",
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : LOOK_MS),
  });
  const isRunning = id !== "" && !error && !(data && isOver(data));
  const start = async () => {
    setTried(true);
    const isBare = isWithoutEnds(ends);
    if (!isBare && !areEnds(ends, t.rules)) return;
    setStarting(true);
    setRefused(null);
    try {
      const begun = await call("Futago_StartConnectionDiagnosis", {
        VpnConnectionId: connectionId,
        PrivateSourceIp: isBare ? undefined : ends.source.trim(),
        PrivateDestinationIp: isBare ? undefined : ends.destination.trim(),
        ClientToken: newToken(),
      });
      // In the address, so that a page that is loaded again shows it.
      setPlace({ tab: "diagnosis", diagnosis: begun.DiagnoseId }, { replace: true });
    } catch (problem) {
      setRefused(problem);
    } finally {
      setStarting(false);
    }
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={t.checkup.description}
          actions={
            <Button
              loading={isStarting || isRunning}
              disabled={!may("Futago_StartConnectionDiagnosis")}
              disabledReason={t.common.notAllowed}
              onClick={() => void start()}
            >
              {t.checkup.start}
            </Button>
          }
        >
          {t.checkup.title}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Ends ends={ends} change={setEnds} hint={t.checkup.startHint} isTried={isTried} />
        <Problem error={refused ?? error} />
        {!id && <Box color="text-body-secondary">{t.checkup.never}</Box>}
        {isRunning && data && (
          <ProgressBar
            value={(100 * data.FinishedCount) / data.TotalCount}
            description={t.checkup.progress(data.FinishedCount, data.TotalCount)}
            ariaLabel={t.checkup.title}
          />
        )}
        {id && data && !error && <Findings checked={data} />}
      </SpaceBetween>
    </Container>
  );
}

const isOver = (checked: Checked) => checked.FinishedCount >= checked.TotalCount;

function Findings({ checked }: { checked: Checked }) {
  const { texts, language } = useSpoken();
  const t = texts.checkup;
  return (
    <SpaceBetween size="s">
      <ul className="findings" aria-label={t.result}>
        {Object.keys(t.names).map((name) => {
          const found = checked.DiagnoseResult.find((each) => each.DiagnoseName === name);
          return <li key={name}>{found ? <Found finding={found} /> : <Awaited name={name} />}</li>;
        })}
      </ul>
      {checked.FinishTime && (
        <Box variant="small" color="text-body-secondary">
          {t.at(writeTime(checked.FinishTime, language))}
        </Box>
      )}
    </SpaceBetween>
  );
}

function Awaited({ name }: { name: string }) {
  const t = useTexts().checkup;
  return (
    <div className="finding">
      <StatusIndicator type="in-progress">{t.looking}</StatusIndicator>
      <b>{t.names[name]}</b>
    </div>
  );
}

function Found({ finding }: { finding: Finding }) {
  const all = useTexts();
  const t = all.checkup;
  const { DiagnoseName: name, DiagnoseResultLevel: level } = finding;
  const reasons = finding.Seen.map((each) => explain(all, each.Code ?? "")).filter((each) => each !== undefined);
  return (
    <div className="finding">
      <StatusIndicator type={KINDS[level] ?? "info"}>{t.levels[level] ?? level}</StatusIndicator>
      <SpaceBetween size="xxs">
        <b>{t.names[name] ?? name}</b>
        <Box variant="small" display="block" color="text-body-secondary">
          <LinkedText text={finding.DiagnoseResultDescription} />
        </Box>
        {level !== "normal" && (
          <Alert type={level === "error" ? "error" : "warning"}>
            {reasons.length ? (
              reasons.map(([meaning, remedy]) => (
                <div key={meaning}>
                  <b>{meaning}</b>
                  <div>{remedy}</div>
                </div>
              ))
            ) : (
              <div>{t.remedies[name] ?? finding.Remedy}</div>
            )}
          </Alert>
        )}
        {finding.Seen.length > 0 && (
          <ExpandableSection headerText={t.evidence} variant="footer">
            {finding.Seen.map((each, index) => (
              <div key={index} className="mono">
                <LinkedText text={Object.entries(each).map(([key, value]) => `${key}: ${value || "-"}`).join("; ")} />
              </div>
            ))}
          </ExpandableSection>
        )}
      </SpaceBetween>
    </div>
  );
}
