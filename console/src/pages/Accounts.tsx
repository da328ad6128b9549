/** Accounts of the installation. */
import Button from "@cloudscape-design/components/button";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../api/client";
import { readAll } from "../api/queries";
import { useMay } from "../api/session";
import { useSpoken } from "../i18n";
import { ResourceTable } from "../ui/ResourceTable";
import { TextForm } from "../ui/TextForm";
import { writeTime } from "../ui/when";

export default function Accounts() {
  const { texts: t, language } = useSpoken();
  const may = useMay();
  const [isCreating, setCreating] = useState(false);
  const { data, error } = useQuery({
    queryKey: ["accounts"],
    queryFn: () =>
      readAll(
        (window) => call("Futago_ListAccounts", window),
        (answer) => answer.Accounts,
      ),
  });
  return (
    <>
      <ResourceTable
        isPage
        title={t.accounts.title}
        description={t.accounts.description}
        items={data}
        error={error}
        trackBy={(each) => each.AccountId}
        empty={{ title: t.accounts.empty }}
        action={
          may("Futago_CreateAccount") && (
            <Button variant="primary" onClick={() => setCreating(true)}>
              {t.accounts.create}
            </Button>
          )
        }
        columns={[
          { id: "id", header: t.common.id, isRowHeader: true, cell: (each) => each.AccountId },
          { id: "name", header: t.common.name, sortingField: "AccountName", cell: (each) => each.AccountName || "-" },
          { id: "created", header: t.common.created, cell: (each) => writeTime(each.CreateDate, language) },
        ]}
      />
      {isCreating && (
        <TextForm
          title={t.accounts.create}
          action={t.common.create}
          fields={[{ name: "name", label: t.common.name, isRequired: true }]}
          run={({ name }) => call("Futago_CreateAccount", { AccountName: name ?? "" })}
          close={() => setCreating(false)}
        />
      )}
    </>
  );
}
