/** Adds a second factor to whoever is logged in, or takes it away. */
import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useState } from "react";
import { encode } from "uqr";
import { beginFactor, confirmFactor, removeFactor, type BegunFactor } from "../api/client";
import { useLogin } from "../api/session";
import { useTexts } from "../i18n";
import { Code, isCode } from "./Code";
import { FormModal } from "./FormModal";

export default function SecondFactor({ close }: { close: () => void }) {
  const { session } = useLogin();
  const [begun, setBegun] = useState<BegunFactor | null>(null);
  // What is open stays what it is until it is closed.
  const [hadFactor] = useState(session.HasSecondFactor);
  if (hadFactor) return <Remove close={close} />;
  return begun ? <Confirm begun={begun} close={close} /> : <Begin begun={setBegun} close={close} />;
}

function Begin({ begun, close }: { begun: (begun: BegunFactor) => void; close: () => void }) {
  const t = useTexts().factor;
  const [password, setPassword] = useState("");
  const [isTried, setTried] = useState(false);
  return (
    <FormModal
      title={t.title}
      action={t.begin}
      isValid={password !== ""}
      onAttempt={() => setTried(true)}
      run={async () => begun(await beginFactor(password))}
      close={close}
      staysOpen
    >
      <div>{t.what}</div>
      <Password value={password} change={setPassword} isTried={isTried} />
    </FormModal>
  );
}

function Confirm({ begun, close }: { begun: BegunFactor; close: () => void }) {
  const t = useTexts().factor;
  const { renew } = useLogin();
  const [code, setCode] = useState("");
  const [isTried, setTried] = useState(false);
  return (
    <FormModal
      title={t.title}
      action={t.confirm}
      isValid={isCode(code)}
      onAttempt={() => setTried(true)}
      run={() => confirmFactor(code).then(renew)}
      close={close}
    >
      <Alert type="warning">{t.once}</Alert>
      <SpaceBetween size="s">
        <div>{t.scan}</div>
        <QrCode text={begun.Uri} label={t.scan} />
        <div>
          {t.orType} <span className="mono" data-testid="factor-secret">{begun.Secret}</span>
        </div>
      </SpaceBetween>
      <Code value={code} change={setCode} isTried={isTried} />
    </FormModal>
  );
}

function Remove({ close }: { close: () => void }) {
  const t = useTexts().factor;
  const { renew } = useLogin();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [isTried, setTried] = useState(false);
  return (
    <FormModal
      title={t.title}
      action={t.remove}
      isValid={password !== "" && isCode(code)}
      onAttempt={() => setTried(true)}
      run={() => removeFactor(password, code).then(renew)}
      close={close}
    >
      <Alert type="warning">{t.removeWarning}</Alert>
      <Password value={password} change={setPassword} isTried={isTried} />
      <Code value={code} change={setCode} isTried={isTried} />
    </FormModal>
  );
}

interface FieldProps {
  value: string;
  change: (text: string) => void;
  isTried: boolean;
}

function Password({ value, change, isTried }: FieldProps) {
  const t = useTexts().login;
  return (
    <FormField label={t.oldPassword} errorText={isTried && value === "" && t.required}>
      <Input
        type="password"
        autoComplete="current-password"
        value={value}
        onChange={({ detail }) => change(detail.value)}
        autoFocus
      />
    </FormField>
  );
}

const MARGIN = 4;

/** A QR code as one path: dark on light in every theme, since cameras want it so. */
function QrCode({ text, label }: { text: string; label: string }) {
  const { path, size } = useMemo(() => {
    const code = encode(text, { border: MARGIN });
    const cells = code.data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
    return { path: cells.join(""), size: code.size };
  }, [text]);
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <rect width={size} height={size} />
      <path d={path} />
    </svg>
  );
}
