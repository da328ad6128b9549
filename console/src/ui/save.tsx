/** Text that somebody takes along: copied, or saved as a file. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { useTexts } from "../i18n";

/** Has the browser save a file. */
export function saveFile(name: string, type: string, content: BlobPart): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

export interface TakeAlongProps {
  /** File name. */
  name: string;
  type: string;
  text: string;
  label: string;
}

/** A text with buttons to copy and to save it. */
export function TakeAlong({ name, type, text, label }: TakeAlongProps) {
  const t = useTexts().common;
  const [copied, setCopied] = useState<boolean | null>(null);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <SpaceBetween size="xs">
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <Button iconName="copy" ariaLabel={`${t.copy}: ${label}`} onClick={copy}>
          {t.copy}
        </Button>
        <Button
          iconName="download"
          ariaLabel={`${t.saveFile}: ${label}`}
          onClick={() => saveFile(name, type, text)}
        >
          {t.saveFile}
        </Button>
        {copied !== null && (
          <StatusIndicator type={copied ? "success" : "error"}>{copied ? t.copied : t.copyFailed}</StatusIndicator>
        )}
      </SpaceBetween>
      <Box variant="code">
        <pre className="mono lines" tabIndex={0} aria-label={label}>
          {text}
        </pre>
      </Box>
    </SpaceBetween>
  );
}
