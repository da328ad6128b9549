/** Asks before something goes, and shows why it cannot. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState, type ReactNode } from "react";
import { useTexts } from "../i18n";
import { Problem } from "./Problem";

export interface ConfirmProps {
  title: string;
  warning: ReactNode;
  action?: string;
  run: () => Promise<unknown>;
  close: () => void;
}

export function Confirm({ title, warning, action, run, close }: ConfirmProps) {
  const t = useTexts().common;
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      await run();
      close();
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      visible
      header={title}
      onDismiss={close}
      closeAriaLabel={t.close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              {t.cancel}
            </Button>
            <Button variant="primary" loading={isBusy} onClick={() => void confirm()}>
              {action ?? t.delete}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">{warning}</Alert>
        <Problem error={error} />
      </SpaceBetween>
    </Modal>
  );
}
