/** An error, said so that somebody can act on it. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import { Refusal } from "../api/client";
import { useTexts } from "../i18n";

export function Problem({ error, onDismiss }: { error: unknown; onDismiss?: () => void }) {
  const t = useTexts().common;
  if (!error) return null;
  if (!(error instanceof Refusal)) return <Alert type="error">{t.unreachable}</Alert>;
  const isForbidden = error.code === "NoPermission";
  return (
    <Alert
      type="error"
      header={isForbidden ? t.notAllowed : t.refused}
      dismissible={onDismiss !== undefined}
      onDismiss={onDismiss}
    >
      <div>{error.message}</div>
      <Box variant="small" display="block" color="text-body-secondary">
        {t.code}: {error.code}
        {error.requestId && ` · ${t.requestId}: ${error.requestId}`}
      </Box>
    </Alert>
  );
}
