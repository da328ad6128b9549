/** Accounts of the installation. */
import { useQuery } from "@tanstack/react-query";
import { call } from "../api/client";
import { readAll } from "../api/queries";
import { useSpoken } from "../i18n";
import { ResourcePage } from "../ui/ResourcePage";
import { TextForm } from "../ui/TextForm";
import { writeTime } from "../ui/when";

export const useAccounts = (isAsked = true) =>
  useQuery({
    queryKey: ["accounts"],
    queryFn: () =>
      readAll(
        (window) => call("Futago_ListAccounts", window),
        (answer) => answer.Accounts,
      ),
    enabled: isAsked,
  });

export default function Accounts() {
  const { texts: t, language } = useSpoken();
  const { data, error } = useAccounts();
  return (
    <ResourcePage
      isPage
      title={t.accounts.title}
      description={t.accounts.description}
      items={data}
      error={error}
      idOf={(each) => each.AccountId}
      nameOf={(each) => each.AccountName}
      empty={{ title: t.accounts.empty }}
      columns={[
        { id: "created", header: t.common.created, cell: (each) => writeTime(each.CreateDate, language) },
      ]}
      create={{
        text: t.accounts.create,
        needs: "Futago_CreateAccount",
        dialog: (close) => (
          <TextForm
            title={t.accounts.create}
            action={t.common.create}
            fields={[{ name: "name", label: t.common.name, isRequired: true }]}
            run={({ name }) => call("Futago_CreateAccount", { AccountName: name ?? "" })}
            close={close}
          />
        ),
      }}
    />
  );
}
