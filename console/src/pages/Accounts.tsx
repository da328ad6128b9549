/** Accounts of the installation. */
import { call } from "../api/client";
import { useList } from "../api/lists";
import { useSpoken } from "../i18n";
import { ResourcePage } from "../ui/ResourcePage";
import { TextForm } from "../ui/TextForm";
import { writeTime } from "../ui/when";

export default function Accounts() {
  const { texts: t, language } = useSpoken();
  const { items, error, paging } = useList("Futago_ListAccounts", { isInAddress: true });
  return (
    <ResourcePage
      isPage
      title={t.accounts.title}
      description={t.accounts.description}
      items={items}
      paging={paging}
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
