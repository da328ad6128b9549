/** "Bind CEN": the manual's sections in its order, a review, then progress until both are up. */
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import KitWizard from "@cloudscape-design/components/wizard";
import { useState } from "react";
import { useHref, useNavigate } from "react-router-dom";
import { call, Refusal } from "../api/client";
import { useGatewaysOf } from "../api/queries";
import { useTexts } from "../i18n";
import { Problem } from "../ui/Problem";
import { areTunnelsGood, checkDraft, isBasicGood, newDraft, toRequest, type Draft } from "./draft";
import { Progress } from "./Progress";
import { BasicStep } from "./wizard/BasicStep";
import { AdvancedStep } from "./wizard/AdvancedStep";
import { ReviewStep } from "./wizard/ReviewStep";
import { TunnelStep } from "./wizard/TunnelStep";
import { useRouterOf } from "./wizard/router";

const [BASIC, TUNNELS] = [0, 1];

export default function Wizard() {
  const t = useTexts();
  const go = useNavigate();
  const list = useHref("/connections");
  const [draft, setDraft] = useState<Draft>(newDraft);
  const gateways = useGatewaysOf(draft.tunnels.map((each) => each.gatewayId)).items;
  const [at, goTo] = useState(BASIC);
  const [tried, setTried] = useState<ReadonlySet<number>>(new Set());
  const [error, setError] = useState<unknown>(null);
  const [isChecking, setChecking] = useState(false);
  const [isCreating, setCreating] = useState(false);
  const router = useRouterOf(draft.isCrossAccount ? "" : draft.cenId);
  const found = checkDraft(draft, gateways, t.rules);
  const isBound = draft.isCrossAccount || Boolean(router.data);
  const change = (more: Partial<Draft>) => setDraft((before) => ({ ...before, ...more }));
  const isGood = [isBasicGood(found) && isBound, areTunnelsGood(found), true, true];
  const move = (to: number) => {
    setError(null);
    const wrong = isGood.slice(0, to).indexOf(false);
    if (to > at && wrong >= 0) {
      setTried((before) => new Set([...before, wrong]));
      goTo(wrong);
      return;
    }
    goTo(to);
  };
  // The service itself looks at everything before anything is made.
  const submit = async () => {
    setChecking(true);
    setError(null);
    try {
      await call("VPC_CreateVpnAttachment", { ...toRequest(draft), DryRun: true });
    } catch (refused) {
      if (refused instanceof Refusal && refused.code === "DryRunOperation") setCreating(true);
      else setError(refused);
    } finally {
      setChecking(false);
    }
  };
  if (isCreating) return <Progress draft={draft} router={router.data ?? null} />;
  const step = { draft, change, found, gateways };
  return (
    <SpaceBetween size="m">
      <BreadcrumbGroup
        items={[
          { text: t.list.title, href: list },
          { text: t.wizard.title, href: "#" },
        ]}
        onFollow={(event) => {
          event.preventDefault();
          if (event.detail.href === list) go("/connections");
        }}
      />
    <KitWizard
      activeStepIndex={at}
      onNavigate={({ detail }) => move(detail.requestedStepIndex)}
      onCancel={() => go("/connections")}
      onSubmit={() => void submit()}
      isLoadingNextStep={isChecking}
      submitButtonText={t.wizard.submit}
      i18nStrings={{
        nextButton: t.wizard.next,
        previousButton: t.wizard.previous,
        cancelButton: t.common.cancel,
        submitButton: t.wizard.submit,
        optional: t.common.optional,
      }}
      steps={[
        {
          title: t.wizard.basic,
          description: t.wizard.serviceRole,
          errorText: tried.has(BASIC) && !isGood[BASIC] ? t.wizard.checkFirst : undefined,
          content: <BasicStep {...step} isTried={tried.has(BASIC)} router={router} />,
        },
        {
          title: t.wizard.tunnels,
          description: t.wizard.bothNeeded,
          errorText: tried.has(TUNNELS) && !isGood[TUNNELS] ? t.wizard.checkFirst : undefined,
          content: <TunnelStep {...step} isTried={tried.has(TUNNELS)} />,
        },
        {
          title: t.wizard.advanced,
          description: draft.isCrossAccount ? t.wizard.crossAccountHint : t.wizard.advancedHint,
          content: <AdvancedStep {...step} />,
        },
        {
          title: t.wizard.summary,
          errorText: error ? <Problem error={error} /> : undefined,
          content: <ReviewStep {...step} router={router.data ?? null} edit={goTo} />,
        },
      ]}
    />
    </SpaceBetween>
  );
}
