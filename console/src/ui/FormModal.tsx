/** A dialog of one change: what it needs, one button, the refusal beside it. */
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
  /** Whether the change cannot be made at all, which the dialog explains. */
  isRefused?: boolean;
  /** Told at the first attempt, so that empty fields complain from then on. */
  onAttempt?: () => void;
  run: () => Promise<unknown>;
  /** Whether another dialog follows. */
  staysOpen?: boolean;
  close: () => void;
  children: ReactNode;
}

export function FormModal(props: FormModalProps) {
  const { title, action, size, isValid, isRefused = false, onAttempt, run, staysOpen, close, children } = props;
  const t = useTexts().common;
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async () => {
    onAttempt?.();
    if (!isValid || isRefused || isBusy) return;
    setBusy(true);
    setError(null);
    try {
      await run();
      if (!staysOpen) close();
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
            <Button variant="primary" loading={isBusy} disabled={isRefused} onClick={() => void submit()}>
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
