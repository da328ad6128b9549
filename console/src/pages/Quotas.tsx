/** Limits of the account; the first account sets them, of other accounts too. */
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { call } from "../api/client";
import { useRead } from "../api/queries";
import { useLogin, useMay } from "../api/session";
import { useTexts } from "../i18n";
import { ListSelect } from "../ui/ListSelect";
import { ResourcePage } from "../ui/ResourcePage";
import { TextForm } from "../ui/TextForm";

const NUMBER = /^\d{1,7}$/;

export default function Quotas() {
  const all = useTexts();
  const t = all.quotas;
  const may = useMay();
  const { session } = useLogin();
  const isOperator = session.IsFirstAccount && may("Futago_SetQuota");
  const [accountId, choose] = useState(session.AccountId);
  const { data, error } = useRead("Futago_ListQuotas", accountId === session.AccountId ? {} : { AccountId: accountId });
  const names: Record<string, string> = t.names;
  return (
    <SpaceBetween size="l">
      <ResourcePage
        isFirst
        title={t.title}
        description={t.description}
        items={data?.Quotas}
        error={error}
        nameHeader={t.quota}
        idOf={(each) => each.QuotaCode}
        nameOf={(each) => names[each.QuotaCode] ?? each.QuotaCode}
        empty={{ title: t.title }}
        filterAside={isOperator && may("Futago_ListAccounts") && <ChooseAccount chosen={accountId} choose={choose} />}
        columns={[
          { id: "value", header: t.value, sortingField: "Value", cell: (each) => each.Value },
          { id: "default", header: t.default, cell: (each) => each.DefaultValue },
        ]}
        edits={
          isOperator
            ? [
                {
                  text: t.set,
                  needs: "Futago_SetQuota",
                  dialog: (quota, close) => (
                    <TextForm
                      title={`${t.set}: ${names[quota.QuotaCode] ?? quota.QuotaCode}`}
                      action={all.common.save}
                      fields={[
                        {
                          name: "value",
                          label: t.value,
                          isRequired: true,
                          initial: String(quota.Value),
                          hint: t.setHint(quota.DefaultValue),
                          check: (text) => (NUMBER.test(text) ? undefined : all.rules.number),
                        },
                      ]}
                      run={({ value }) =>
                        call("Futago_SetQuota", {
                          AccountId: accountId,
                          QuotaCode: quota.QuotaCode,
                          Value: Number(value),
                        })
                      }
                      close={close}
                    />
                  ),
                },
              ]
            : []
        }
      />
    </SpaceBetween>
  );
}

function ChooseAccount({ chosen, choose }: { chosen: string; choose: (id: string) => void }) {
  const t = useTexts();
  return (
    <FormField label={t.common.account}>
      <ListSelect
        list="Futago_ListAccounts"
        value={chosen}
        optionOf={(each) => ({
          value: each.AccountId,
          label: each.AccountName || each.AccountId,
          description: each.AccountId,
        })}
        choose={(each) => choose(each.AccountId)}
        empty={t.accounts.empty}
      />
    </FormField>
  );
}
