/** What becomes of a creation: its calls, then both tunnels until they are up. */
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router-dom";
import type { Connection, Router } from "../api/answers";
import { useRead } from "../api/queries";
import { useTexts } from "../i18n";
import { Link, LinkButton } from "../ui/Link";
import { Problem } from "../ui/Problem";
import { ESTABLISHED } from "../ui/states";
import { DeletionSteps } from "./DeleteConnection";
import { Download } from "./Download";
import { tunnelsOf, type Draft } from "./draft";
import { StepList, type Step } from "./StepList";
import { createConnection, nothingBegun, takeBack, type StepName, type StepState } from "./steps";

type States = Partial<Record<StepName, StepState>>;

export function Progress({ draft, router }: { draft: Draft; router: Router | null }) {
  const t = useTexts();
  const [states, setStates] = useState<States>({});
  const [begun] = useState(nothingBegun);
  const [error, setError] = useState<unknown>(null);
  const [isRunning, setRunning] = useState(true);
  const [isDownloading, setDownloading] = useState(false);
  const started = useRef(false);
  const attempt = useCallback(() => {
    setError(null);
    setRunning(true);
    const report = (step: StepName, state: StepState) => setStates((before) => ({ ...before, [step]: state }));
    createConnection(draft, router?.TransitRouterId, begun, report)
      .catch(setError)
      .finally(() => setRunning(false));
  }, [draft, router, begun]);
  useEffect(() => {
    // Once, also where the page is drawn twice.
    if (started.current) return;
    started.current = true;
    attempt();
  }, [attempt]);
  useStayWhile(isRunning);
  const { connectionId } = begun;
  const { data } = useRead(
    "VPC_DescribeVpnConnection",
    { VpnConnectionId: connectionId },
    { enabled: connectionId !== "" },
  );
  const steps = useSteps(states, data, draft.isCrossAccount);
  const isDone = steps.every((each) => each.state === "done" || each.state === "skipped");
  return (
    <ContentLayout
      header={<Header variant="h1">{isDone ? t.wizard.progressDone : t.wizard.progress}</Header>}
    >
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">{draft.name}</Header>}>
          <SpaceBetween size="m">
            <StepList steps={steps} />
            <Problem error={error} />
            {Boolean(error) && !isRunning && <Stopped connectionId={connectionId} goOn={attempt} />}
            {connectionId && !error && (
              <Alert type={isDone ? "success" : "info"}>
                {draft.isCrossAccount ? t.wizard.crossNext : t.wizard.leave}
              </Alert>
            )}
          </SpaceBetween>
        </Container>
        {connectionId && (
          <SpaceBetween direction="horizontal" size="xs">
            <LinkButton
              variant="primary"
              to={`/connections/${connectionId}${draft.isCrossAccount ? "?tab=grants" : ""}`}
            >
              {t.wizard.toConnection}
            </LinkButton>
            <Button iconName="download" onClick={() => setDownloading(true)}>
              {t.connection.download}
            </Button>
          </SpaceBetween>
        )}
        {isDownloading && data && <Download connection={data} close={() => setDownloading(false)} />}
      </SpaceBetween>
    </ContentLayout>
  );
}

/** After a refusal: what is there, and the two ways on. */
function Stopped({ connectionId, goOn }: { connectionId: string; goOn: () => void }) {
  const t = useTexts();
  const go = useNavigate();
  const queries = useQueryClient();
  const [states, setStates] = useState<States | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const back = async () => {
    setBusy(true);
    setError(null);
    try {
      await takeBack(connectionId, (step, state) => setStates((before) => ({ ...before, [step]: state })));
      await queries.invalidateQueries();
      go("/connections");
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <Alert
      type="warning"
      header={connectionId ? t.wizard.stoppedHalf : t.wizard.stoppedNothing}
      action={
        <SpaceBetween direction="horizontal" size="xs">
          {connectionId && (
            <Button loading={isBusy} onClick={() => void back()}>
              {t.wizard.takeBack}
            </Button>
          )}
          <Button disabled={isBusy} onClick={goOn}>
            {t.wizard.goOn}
          </Button>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="s">
        {connectionId ? (
          <div>
            {t.wizard.stopped} <Link to={`/connections/${connectionId}`}>{connectionId}</Link>
          </div>
        ) : (
          <div>{t.wizard.stoppedNothingHint}</div>
        )}
        {states && <DeletionSteps states={states} />}
        <Problem error={error} />
      </SpaceBetween>
    </Alert>
  );
}

/** Has the browser ask before the page is left in the middle of a change. */
function useStayWhile(isRunning: boolean): void {
  useEffect(() => {
    if (!isRunning) return undefined;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isRunning]);
}

function useSteps(
  states: States,
  connection: Connection | undefined,
  isCrossAccount: boolean,
): Step[] {
  const t = useTexts().wizard;
  const calls: [StepName, string][] = [
    ["create", t.stepCreate],
    ["attach", t.stepAttach],
    ["table", t.stepTable],
    ["propagate", t.stepPropagate],
  ];
  const tunnels = [1, 2].map((index): Step => {
    const tunnel = connection && tunnelsOf(connection)[index - 1];
    const label = t.stepTunnel(index);
    // Without an attachment a tunnel has no gateway to negotiate from.
    if (isCrossAccount) return { label, state: "skipped" };
    if (!tunnel) return { label, state: "pending" };
    return { label, state: tunnel.Status === ESTABLISHED ? "done" : "running", note: tunnel.InternetIp };
  });
  return [...calls.map(([name, label]) => ({ label, state: states[name] ?? "pending" })), ...tunnels];
}
