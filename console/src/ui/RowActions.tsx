/** What can be done with a row. */
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { useTexts } from "../i18n";
import type { Operation } from "../api/client";
import { useMay } from "../api/session";

export interface RowAction {
  text: string;
  needs: Operation;
  run: () => void;
}

export function RowActions({ name, actions }: { name: string; actions: RowAction[] }) {
  const t = useTexts().common;
  const may = useMay();
  return (
    <ButtonDropdown
      variant="inline-icon"
      expandToViewport
      ariaLabel={`${t.actions}: ${name}`}
      items={actions.map((each) => ({
        id: each.text,
        text: each.text,
        disabled: !may(each.needs),
        disabledReason: t.notAllowed,
      }))}
      onItemClick={({ detail }) => actions.find((each) => each.text === detail.id)?.run()}
    />
  );
}
