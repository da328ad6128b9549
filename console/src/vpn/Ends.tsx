/** The two addresses of a path: one in a VPC, one in a data center. */
import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useTexts } from "../i18n";
import type { Texts } from "../i18n/en";
import { checkAddress } from "../rules/network";

export interface TwoEnds {
  source: string;
  destination: string;
}

export interface EndsProps {
  ends: TwoEnds;
  change: (ends: TwoEnds) => void;
  hint: string;
  /** Without it both may be empty, and one needs the other. */
  isRequired?: boolean;
  isTried: boolean;
}

export const isWithoutEnds = (ends: TwoEnds) => !ends.source.trim() && !ends.destination.trim();

export function areEnds(ends: TwoEnds, rules: Texts["rules"]): boolean {
  return !checkAddress(ends.source, rules) && !checkAddress(ends.destination, rules);
}

export function Ends({ ends, change, hint, isRequired, isTried }: EndsProps) {
  const t = useTexts();
  const isIdle = !isRequired && isWithoutEnds(ends);
  const complain = (text: string) =>
    !isIdle && (isTried || text !== "") ? checkAddress(text, t.rules) : undefined;
  const label = (text: string) => (isRequired ? text : `${text} (${t.common.optional})`);
  return (
    <ColumnLayout columns={2} minColumnWidth={220}>
      <FormField label={label(t.path.source)} constraintText={hint} errorText={complain(ends.source)}>
        <Input
          value={ends.source}
          placeholder="10.0.1.10"
          onChange={({ detail }) => change({ ...ends, source: detail.value })}
        />
      </FormField>
      <FormField label={label(t.path.destination)} errorText={complain(ends.destination)}>
        <Input
          value={ends.destination}
          placeholder="192.168.0.10"
          onChange={({ detail }) => change({ ...ends, destination: detail.value })}
        />
      </FormField>
    </ColumnLayout>
  );
}
