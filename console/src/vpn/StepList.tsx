/** How far a change of several calls came. */
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useTexts } from "../i18n";
import type { StepState } from "./steps";

const KINDS: Record<StepState, StatusIndicatorProps.Type> = {
  pending: "pending",
  running: "in-progress",
  done: "success",
  skipped: "stopped",
  refused: "error",
};

export interface Step {
  label: string;
  state: StepState;
  note?: string;
}

export function StepList({ steps }: { steps: Step[] }) {
  const t = useTexts().wizard;
  const noted = (step: Step) => {
    if (step.note) return ` (${step.note})`;
    return step.state === "skipped" ? ` (${t.stepSkipped})` : "";
  };
  return (
    <div aria-live="polite">
      {steps.map((step) => (
        <div key={step.label}>
          <StatusIndicator type={KINDS[step.state]}>{step.label + noted(step)}</StatusIndicator>
        </div>
      ))}
    </div>
  );
}
