/** What the devices on the other side must configure. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useState } from "react";
import { call } from "../api/client";
import { useTexts } from "../i18n";
import { Problem } from "../ui/Problem";

export function Download({ connectionId, close }: { connectionId: string; close: () => void }) {
  const t = useTexts();
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [copied, setCopied] = useState<boolean | null>(null);
  // Not kept with the other answers: it holds keys, and each look is in the audit.
  useEffect(() => {
    const stop = new AbortController();
    call("VPC_DownloadVpnConnectionConfig", { VpnConnectionId: connectionId }, { reveal: true, signal: stop.signal })
      .then((answer) => setText(JSON.stringify(answer.VpnConnectionConfig, null, 2)))
      .catch((refused: unknown) => stop.signal.aborted || setError(refused));
    return () => stop.abort();
  }, [connectionId]);
  const copy = () => {
    navigator.clipboard.writeText(text ?? "").then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  const save = () => {
    const address = URL.createObjectURL(new Blob([text ?? ""], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = `${connectionId}.json`;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <Modal
      visible
      size="large"
      header={t.connection.downloadTitle}
      onDismiss={close}
      closeAriaLabel={t.common.close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            {copied !== null && (
              <StatusIndicator type={copied ? "success" : "error"}>
                {copied ? t.common.copied : t.common.copyFailed}
              </StatusIndicator>
            )}
            <Button iconName="copy" disabled={!text} onClick={copy}>
              {t.common.copy}
            </Button>
            <Button variant="primary" iconName="download" disabled={!text} onClick={save}>
              {t.common.saveFile}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="info">{t.connection.downloadHint}</Alert>
        <Problem error={error} />
        {!text && !error && <Spinner />}
        {text && (
          <Box variant="code">
            <pre className="mono lines" tabIndex={0} aria-label={t.connection.downloadTitle}>
              {text}
            </pre>
          </Box>
        )}
      </SpaceBetween>
    </Modal>
  );
}
