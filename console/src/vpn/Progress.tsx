/** What becomes of a creation: its calls, then both tunnels until they are up. */
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useRef, useState } from "react";
import type { Connection, Router } from "../api/answers";
import { useRead } from "../api/queries";
import { useTexts } from "../i18n";
import { LinkButton } from "../ui/Link";
import { Problem } from "../ui/Problem";
import { ESTABLISHED } from "../ui/states";
import { Download } from "./Download";
import { tunnelsOf, type Draft } from "./draft";
import { StepList, type Step } from "./StepList";
import { createConnection, type StepName, type StepState } from "./steps";

export function Progress({ draft, router }: { draft: Draft; router: Router | null }) {
  const t = useTexts();
  const [states, setStates] = useState<Partial<Record<StepName, StepState>>>({});
  const [connectionId, setConnectionId] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isDownloading, setDownloading] = useState(false);
  const started = useRef(false);
  useEffect(() => {
    // Once, also where the page is drawn twice.
    if (started.current) return;
    started.current = true;
    const report = (step: StepName, state: StepState) => setStates((before) => ({ ...before, [step]: state }));
    createConnection(draft, router?.TransitRouterId, report, setConnectionId).catch(setError);
  }, [draft, router]);
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
            {Boolean(error) && connectionId && <Alert type="info">{t.wizard.stopped}</Alert>}
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
        {isDownloading && <Download connectionId={connectionId} close={() => setDownloading(false)} />}
      </SpaceBetween>
    </ContentLayout>
  );
}

function useSteps(
  states: Partial<Record<StepName, StepState>>,
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
