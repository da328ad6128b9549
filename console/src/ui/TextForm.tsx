/** A dialog of a few text fields: most things are made with one. */
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import Textarea from "@cloudscape-design/components/textarea";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTexts } from "../i18n";
import type { Complaint } from "../rules/network";
import { FormModal } from "./FormModal";

export interface TextField {
  name: string;
  label: string;
  hint?: string;
  placeholder?: string;
  initial?: string;
  isRequired?: boolean;
  isLong?: boolean;
  options?: { value: string; label: string; description?: string }[];
  /** Another way to enter the value, such as a choice from a long list. */
  entry?: (value: string, change: (text: string) => void) => ReactNode;
  check?: (text: string) => Complaint;
}

export interface TextFormProps {
  title: string;
  action: string;
  fields: TextField[];
  run: (values: Record<string, string>) => Promise<unknown>;
  close: () => void;
}

export function TextForm({ title, action, fields, run, close }: TextFormProps) {
  const t = useTexts();
  const queries = useQueryClient();
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(fields.map((field) => [field.name, field.initial ?? ""])),
  );
  const [isTried, setTried] = useState(false);
  const complain = (field: TextField): Complaint => {
    const value = (values[field.name] ?? "").trim();
    if (value === "") return field.isRequired ? (field.options || field.entry ? t.rules.choose : t.rules.required) : undefined;
    return field.check?.(value);
  };
  const submit = async () => {
    await run(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.trim()])));
    await queries.invalidateQueries();
  };
  return (
    <FormModal
      title={title}
      action={action}
      isValid={!fields.some(complain)}
      onAttempt={() => setTried(true)}
      run={submit}
      close={close}
    >
      {fields.map((field, index) => {
        const value = values[field.name] ?? "";
        const change = (text: string) => setValues((before) => ({ ...before, [field.name]: text }));
        return (
          <FormField
            key={field.name}
            label={field.label}
            constraintText={field.hint}
            errorText={isTried || value !== "" ? complain(field) : undefined}
            stretch
          >
            <Entry field={field} value={value} change={change} isFirst={index === 0} />
          </FormField>
        );
      })}
    </FormModal>
  );
}

interface EntryProps {
  field: TextField;
  value: string;
  change: (text: string) => void;
  isFirst: boolean;
}

function Entry({ field, value, change, isFirst }: EntryProps) {
  if (field.entry) return <>{field.entry(value, change)}</>;
  if (field.options) {
    return (
      <Select
        selectedOption={field.options.find((each) => each.value === value) ?? null}
        options={field.options}
        onChange={({ detail }) => change(detail.selectedOption.value ?? "")}
      />
    );
  }
  const common = { value, placeholder: field.placeholder, onChange: (event: { detail: { value: string } }) => change(event.detail.value) };
  return field.isLong ? <Textarea {...common} rows={6} spellcheck={false} /> : <Input {...common} autoFocus={isFirst} />;
}
