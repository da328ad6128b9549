/** Account, user and password. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { logIn, Refusal, type Session } from "../api/client";
import { useTexts } from "../i18n";
import { Code, isCode } from "../ui/Code";
import { Problem } from "../ui/Problem";

const ACCOUNT = "futago.account";

export function Login({ hasEnded, enter }: { hasEnded: boolean; enter: (session: Session) => void }) {
  const t = useTexts().login;
  const [account, setAccount] = useState(() => localStorage.getItem(ACCOUNT) ?? "");
  const [user, setUser] = useState("admin");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const [isTried, setTried] = useState(false);
  const [code, setCode] = useState("");
  const [needsCode, setNeedsCode] = useState(false);
  const submit = async () => {
    setTried(true);
    if (!user || !password || (needsCode && !isCode(code))) return;
    setBusy(true);
    setError(null);
    try {
      const session = await logIn({ account, user, password, code: needsCode ? code : "" });
      localStorage.setItem(ACCOUNT, account);
      enter(session);
    } catch (refused) {
      const isAsked = refused instanceof Refusal && refused.code === "Console.CodeNeeded";
      if (isAsked) setNeedsCode(true);
      setTried(!isAsked);
      setCode("");
      setError(isAsked ? null : refused);
      setBusy(false);
    }
  };
  return (
    <main className="login">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Container header={<Header variant="h1">{t.title}</Header>}>
          <SpaceBetween size="l">
            {hasEnded && !error && <Alert type="info">{t.ended}</Alert>}
            <FormField label={t.account} constraintText={t.accountHint}>
              <Input
                value={account}
                onChange={({ detail }) => setAccount(detail.value)}
                inputMode="numeric"
                autoComplete="organization"
                name="account"
              />
            </FormField>
            <FormField label={t.user} errorText={isTried && !user && t.required}>
              <Input
                value={user}
                onChange={({ detail }) => setUser(detail.value)}
                autoComplete="username"
                name="user"
              />
            </FormField>
            <FormField label={t.password} errorText={isTried && !password && t.required}>
              <Input
                type="password"
                value={password}
                onChange={({ detail }) => setPassword(detail.value)}
                autoComplete="current-password"
                name="password"
                autoFocus
              />
            </FormField>
            {needsCode && <Code value={code} change={setCode} isTried={isTried && !error} />}
            <Failure error={error} />
            <Button variant="primary" formAction="submit" loading={isBusy} fullWidth>
              {t.submit}
            </Button>
            <Box variant="small" display="block" color="text-body-secondary">
              {t.forgotten}
            </Box>
          </SpaceBetween>
        </Container>
      </form>
    </main>
  );
}

function Failure({ error }: { error: unknown }) {
  const t = useTexts().login;
  if (error instanceof Refusal && error.code === "Console.WrongLogin") return <Alert type="error">{t.wrong}</Alert>;
  if (error instanceof Refusal && error.code === "Console.TooManyAttempts") {
    return <Alert type="error">{t.wait(error.retryAfter)}</Alert>;
  }
  return <Problem error={error} />;
}
