/** A small form in a dialog: fields, one call, the refusal beside them. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal, { type ModalProps } from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState, type ReactNode } from "react";
import { useTexts } from "../i18n";
import { Problem } from "./Problem";

export interface FormModalProps {
  title: string;
  action: string;
  size?: ModalProps.Size;
  isValid: boolean;
  /** Told at the first attempt, so that empty fields complain from then on. */
  onAttempt?: () => void;
  run: () => Promise<unknown>;
  close: () => void;
  children: ReactNode;
}

export function FormModal({ title, action, size, isValid, onAttempt, run, close, children }: FormModalProps) {
  const t = useTexts().common;
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async () => {
    onAttempt?.();
    if (!isValid) return;
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
      size={size}
      header={title}
      onDismiss={close}
      closeAriaLabel={t.close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              {t.cancel}
            </Button>
            <Button variant="primary" loading={isBusy} onClick={() => void submit()}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <SpaceBetween size="l">
          {children}
          <Problem error={error} />
        </SpaceBetween>
      </form>
    </Modal>
  );
}
