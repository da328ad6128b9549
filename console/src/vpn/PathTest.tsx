/** Follows a packet between two addresses, there and back, and names what is broken first. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import type { PathStep, TestedPath } from "../api/answers";
import { useRead } from "../api/queries";
import { useTexts } from "../i18n";
import { LinkedText, Problem } from "../ui/Problem";
import { areEnds, Ends, type TwoEnds } from "./Ends";

const KINDS: Record<string, StatusIndicatorProps.Type> = { ok: "success", broken: "error", unknown: "info" };

export function PathTest({ connectionId }: { connectionId: string }) {
  const t = useTexts();
  const [ends, setEnds] = useState<TwoEnds>({ source: "", destination: "" });
  const [isTried, setTried] = useState(false);
  const [asked, ask] = useState<TwoEnds | null>(null);
  // A read: the page looks again by itself, so that a repaired hop turns green while somebody looks.
  const { data, error, isFetching } = useRead(
    "Futago_TestPath",
    { VpnConnectionId: connectionId, Source: asked?.source ?? "", Destination: asked?.destination ?? "" },
    { enabled: asked !== null },
  );
  const test = () => {
    setTried(true);
    if (areEnds(ends, t.rules)) ask({ source: ends.source.trim(), destination: ends.destination.trim() });
  };
  return (
    <Container
      header={
        <Header variant="h2" description={t.path.description}>
          {t.path.title}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            test();
          }}
        >
          <SpaceBetween size="s">
            <Ends ends={ends} change={setEnds} hint={t.path.endsHint} isRequired isTried={isTried} />
            <Button formAction="submit" loading={isFetching && !data}>
              {t.path.test}
            </Button>
          </SpaceBetween>
        </form>
        <Problem error={error} />
        {asked && data && !error && <Tested path={data} />}
      </SpaceBetween>
    </Container>
  );
}

function Tested({ path }: { path: TestedPath }) {
  const t = useTexts().path;
  return (
    <SpaceBetween size="m">
      <Judged path={path} />
      <div className="tunnels">
        <Way title={t.there} steps={path.There} />
        <Way title={t.back} steps={path.Back} />
      </div>
    </SpaceBetween>
  );
}

function Judged({ path }: { path: TestedPath }) {
  const t = useTexts().path;
  if (path.Verdict === "passes") return <Alert type="success">{t.passes}</Alert>;
  if (path.Verdict === "unknown") return <Alert type="warning">{t.doubtful}</Alert>;
  const hop = path.FirstBroken.Hop ?? "";
  const [meaning, remedy] = t.codes[path.FirstBroken.Code ?? ""] ?? [path.FirstBroken.Text, path.FirstBroken.Remedy];
  return (
    <Alert type="error" header={t.broken(t.hops[hop] ?? hop)}>
      <div>{meaning}</div>
      <div>{remedy}</div>
    </Alert>
  );
}

function Way({ title, steps }: { title: string; steps: PathStep[] }) {
  const t = useTexts().path;
  const isStopped = steps.at(-1)?.State === "broken";
  return (
    <div>
      <Box variant="h3">{title}</Box>
      <ol className="hops" aria-label={title}>
        {steps.map((step, index) => (
          <li key={`${step.Hop} ${index}`}>
            <StatusIndicator type={KINDS[step.State] ?? "info"} iconAriaLabel={t.states[step.State] ?? step.State}>
              {t.hops[step.Hop] ?? step.Hop}
            </StatusIndicator>
            {step.Code && <div>{t.codes[step.Code]?.[0] ?? step.Code}</div>}
            <Box variant="small" display="block" color="text-body-secondary">
              <LinkedText text={step.Text} />
            </Box>
          </li>
        ))}
      </ol>
      {isStopped && <Box color="text-body-secondary">{t.stops}</Box>}
    </div>
  );
}
