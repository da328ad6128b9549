/** One side of protected data flows: CIDR blocks, one field each. */
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useTexts } from "../i18n";
import type { Complaint } from "../rules/network";

export interface PrefixesProps {
  label: string;
  hint: string;
  values: string[];
  change: (values: string[]) => void;
  complaints: Complaint[];
  isTried: boolean;
}

export function Prefixes({ label, hint, values, change, complaints, isTried }: PrefixesProps) {
  const t = useTexts();
  const replaced = (index: number, text: string) => values.map((each, at) => (at === index ? text : each));
  return (
    <FormField
      label={label}
      description={hint}
      constraintText={values.length > 1 ? t.wizard.severalNeedIkev2 : undefined}
      stretch
    >
      <SpaceBetween size="xs">
        {values.map((value, index) => (
          <FormField
            key={index}
            errorText={isTried || value !== "" ? complaints[index] : undefined}
            secondaryControl={
              values.length > 1 ? (
                <Button
                  iconName="remove"
                  variant="icon"
                  ariaLabel={`${t.common.remove} ${value}`}
                  onClick={() => change(values.filter((_, at) => at !== index))}
                />
              ) : undefined
            }
          >
            <Input
              value={value}
              placeholder="10.0.0.0/16"
              ariaLabel={`${label} ${index + 1}`}
              onChange={({ detail }) => change(replaced(index, detail.value))}
            />
          </FormField>
        ))}
        <Button iconName="add-plus" onClick={() => change([...values, ""])} disabled={values.length >= 5}>
          {t.wizard.addCidr}
        </Button>
      </SpaceBetween>
    </FormField>
  );
}
