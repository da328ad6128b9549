/** Asks before something goes, and shows why it cannot. */
import Alert from "@cloudscape-design/components/alert";
import type { ReactNode } from "react";
import { useTexts } from "../i18n";
import { FormModal } from "./FormModal";

export interface ConfirmProps {
  title: string;
  warning: ReactNode;
  action?: string;
  run: () => Promise<unknown>;
  close: () => void;
}

export function Confirm({ title, warning, action, run, close }: ConfirmProps) {
  const t = useTexts().common;
  return (
    <FormModal title={title} action={action ?? t.delete} isValid run={run} close={close}>
      <Alert type="warning">{warning}</Alert>
    </FormModal>
  );
}
