/** Changes the password of whoever is logged in. */
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { changePassword, Refusal } from "../api/client";
import { useTexts } from "../i18n";
import { FormModal } from "./FormModal";

const SHORTEST = 12;

export function PasswordForm({ close }: { close: () => void }) {
  const t = useTexts();
  const [before, setBefore] = useState("");
  const [after, setAfter] = useState("");
  const [isTried, setTried] = useState(false);
  const isLong = after.length >= SHORTEST;
  const run = async () => {
    try {
      await changePassword(before, after);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "Console.WrongLogin") throw error;
      throw new Refusal(error.code, t.login.wrongOld, error.status, error.requestId);
    }
  };
  return (
    <FormModal
      title={t.common.changePassword}
      action={t.common.save}
      isValid={before !== "" && isLong}
      onAttempt={() => setTried(true)}
      run={run}
      close={close}
    >
      <FormField label={t.login.oldPassword} errorText={isTried && before === "" && t.login.required}>
        <Input
          type="password"
          autoComplete="current-password"
          value={before}
          onChange={({ detail }) => setBefore(detail.value)}
        />
      </FormField>
      <FormField
        label={t.login.newPassword}
        constraintText={t.login.passwordRule}
        errorText={isTried && !isLong && t.login.passwordRule}
      >
        <Input
          type="password"
          autoComplete="new-password"
          value={after}
          onChange={({ detail }) => setAfter(detail.value)}
        />
      </FormField>
    </FormModal>
  );
}
