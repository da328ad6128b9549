/** The field for the code of a second factor. */
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useTexts } from "../i18n";

const CODE = /^\d{6}$/;

export interface CodeProps {
  value: string;
  change: (text: string) => void;
  isTried: boolean;
}

export function isCode(text: string): boolean {
  return CODE.test(text.replace(/\s/g, ""));
}

/** The code of an application, on its way in. */
export function Code({ value, change, isTried }: CodeProps) {
  const t = useTexts().factor;
  return (
    <FormField label={t.code} constraintText={t.codeHint} errorText={isTried && !isCode(value) && t.codeRule}>
      <Input
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        value={value}
        onChange={({ detail }) => change(detail.value)}
        autoFocus
      />
    </FormField>
  );
}
