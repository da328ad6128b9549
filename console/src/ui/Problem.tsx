/** An error, said in the page's language so that somebody can act on it, with links to what it names. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import { Late, Refusal } from "../api/client";
import { useTexts } from "../i18n";
import { Link } from "./Link";
import { cutAtIds } from "./resources";

export function Problem({ error, onDismiss }: { error: unknown; onDismiss?: () => void }) {
  const t = useTexts();
  if (!error) return null;
  if (error instanceof Late) return <Alert type="warning">{t.common.late}</Alert>;
  if (!(error instanceof Refusal)) return <Alert type="error">{t.common.unreachable}</Alert>;
  const told = t.refusals[error.code];
  const isForbidden = error.code === "NoPermission";
  return (
    <Alert
      type="error"
      header={isForbidden ? t.common.notAllowed : t.common.refused}
      dismissible={onDismiss !== undefined}
      onDismiss={onDismiss}
    >
      {told && !isForbidden && <div>{told}</div>}
      <Box variant={told ? "small" : "div"} display="block" color={told ? "text-body-secondary" : "inherit"}>
        <LinkedText text={error.message} />
      </Box>
      <Box variant="small" display="block" color="text-body-secondary">
        {t.common.code}: {error.code}
        {error.requestId && ` · ${t.common.requestId}: ${error.requestId}`}
      </Box>
    </Alert>
  );
}

/** A text of the service in which resources are links. */
export function LinkedText({ text }: { text: string }) {
  return (
    <>
      {cutAtIds(text).map((piece, index) =>
        piece.page ? (
          <Link key={index} to={piece.page} fontSize="inherit">
            {piece.text}
          </Link>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}
