/** Advanced configuration: the three helpers for routes. */
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useTexts } from "../../i18n";
import type { StepProps } from "./step";

export function AdvancedStep({ draft, change }: StepProps) {
  const t = useTexts().wizard;
  const disabled = draft.isCrossAccount;
  return (
    <Container>
      <SpaceBetween size="m">
        <Checkbox
          checked={draft.advertises && !disabled}
          disabled={disabled}
          description={t.advertiseHint}
          onChange={({ detail }) => change({ advertises: detail.checked })}
        >
          {t.advertise}
        </Checkbox>
        <Checkbox
          checked={draft.associates && !disabled}
          disabled={disabled}
          description={t.associateHint}
          onChange={({ detail }) => change({ associates: detail.checked })}
        >
          {t.associate}
        </Checkbox>
        <Checkbox
          checked={draft.propagates && !disabled}
          disabled={disabled}
          description={t.propagateHint}
          onChange={({ detail }) => change({ propagates: detail.checked })}
        >
          {t.propagate}
        </Checkbox>
      </SpaceBetween>
    </Container>
  );
}
