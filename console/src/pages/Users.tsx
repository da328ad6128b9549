/** Users of the account, their keys and policies. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../api/client";
import { useList } from "../api/lists";
import { useRead } from "../api/queries";
import { useMay } from "../api/session";
import { useSpoken } from "../i18n";
import { Problem } from "../ui/Problem";
import { ResourcePage } from "../ui/ResourcePage";
import { ResourceTable } from "../ui/ResourceTable";
import { RowActions } from "../ui/RowActions";
import { SecretOnce } from "../ui/SecretOnce";
import { State } from "../ui/states";
import { TextForm } from "../ui/TextForm";
import { writeTime } from "../ui/when";

export default function Users() {
  const { texts: t, language } = useSpoken();
  const [chosen, choose] = useState("");
  const { items, error, paging } = useList("Futago_ListUsers", { isInAddress: true });
  const shown = items?.find((each) => each.UserName === chosen) ?? items?.[0];
  return (
    <SpaceBetween size="l">
      <ResourcePage
        isFirst
        title={t.users.title}
        description={t.users.description}
        items={items}
        paging={paging}
        error={error}
        nameHeader={t.users.user}
        idOf={(each) => each.UserName}
        nameOf={(each) => each.UserName}
        empty={{ title: t.users.empty }}
        columns={[
          {
            id: "kind",
            header: t.common.type,
            cell: (each) => (each.Administrator ? t.users.administrator : t.users.user),
          },
          { id: "created", header: t.common.created, cell: (each) => writeTime(each.CreateDate, language) },
          {
            id: "show",
            header: t.users.keysAndPolicies,
            cell: (each) =>
              each.UserName === shown?.UserName ? (
                <Box color="text-body-secondary">{t.users.shownBelow}</Box>
              ) : (
                <Button
                  variant="inline-link"
                  ariaLabel={`${t.common.show}: ${each.UserName}`}
                  onClick={() => choose(each.UserName)}
                >
                  {t.common.show}
                </Button>
              ),
          },
        ]}
        create={{
          text: t.users.create,
          needs: "Futago_CreateUser",
          dialog: (close) => (
            <TextForm
              title={t.users.create}
              action={t.common.create}
              fields={[{ name: "name", label: t.users.user, isRequired: true, hint: t.users.passwordHint }]}
              run={({ name }) => call("Futago_CreateUser", { UserName: name ?? "" }).then(() => choose(name ?? ""))}
              close={close}
            />
          ),
        }}
        remove={{
          title: t.users.deleteTitle,
          needs: "Futago_DeleteUser",
          warning: t.users.deleteWarning,
          run: (each) => call("Futago_DeleteUser", { UserName: each.UserName }),
        }}
      />
      {shown && <Keys user={shown.UserName} />}
      {shown && <Policies user={shown.UserName} isAdministrator={shown.Administrator} />}
    </SpaceBetween>
  );
}

const FIRST_POLICY = `{
  "Version": "1",
  "Statement": [
    { "Effect": "Allow", "Action": "vpc:Describe*", "Resource": "*" }
  ]
}`;

function Policies({ user, isAdministrator }: { user: string; isAdministrator: boolean }) {
  const { texts: t, language } = useSpoken();
  const { data, error } = useRead("Futago_ListUserPolicies", { UserName: user });
  const form = (close: () => void, edited?: { PolicyName: string; PolicyDocument: string }) => (
    <TextForm
      title={`${edited ? t.users.editPolicy : t.users.addPolicy}: ${edited?.PolicyName ?? user}`}
      action={t.common.save}
      fields={[
        ...(edited ? [] : [{ name: "name", label: t.users.policyName, isRequired: true }]),
        {
          name: "document",
          label: t.users.document,
          isRequired: true,
          isLong: true,
          initial: edited?.PolicyDocument ?? FIRST_POLICY,
        },
      ]}
      run={({ name, document }) =>
        call("Futago_PutUserPolicy", {
          UserName: user,
          PolicyName: edited?.PolicyName ?? name ?? "",
          PolicyDocument: document ?? "",
        })
      }
      close={close}
    />
  );
  return (
    <ResourcePage
      title={`${t.users.policies}: ${user}`}
      items={data?.Policies.Policy}
      error={error}
      nameHeader={t.users.policyName}
      idOf={(each) => each.PolicyName}
      nameOf={(each) => each.PolicyName}
      empty={{ title: isAdministrator ? t.users.needsNoPolicy : t.users.noPolicies }}
      columns={[
        {
          id: "document",
          header: t.users.document,
          cell: (each) => <span className="mono one-entry">{each.PolicyDocument}</span>,
        },
        { id: "updated", header: t.users.updated, cell: (each) => writeTime(each.UpdateDate, language) },
      ]}
      create={{ text: t.users.addPolicy, needs: "Futago_PutUserPolicy", dialog: (close) => form(close) }}
      edits={[{ needs: "Futago_PutUserPolicy", dialog: (each, close) => form(close, each) }]}
      remove={{
        title: t.users.deletePolicy,
        needs: "Futago_DeleteUserPolicy",
        warning: t.users.deletePolicyWarning,
        run: (each) => call("Futago_DeleteUserPolicy", { UserName: user, PolicyName: each.PolicyName }),
      }}
    />
  );
}

function Keys({ user }: { user: string }) {
  const { texts: t, language } = useSpoken();
  const may = useMay();
  const queries = useQueryClient();
  const { data, error } = useRead("Futago_ListAccessKeys", { UserName: user });
  const [made, setMade] = useState<{ AccessKeyId: string; AccessKeySecret: string } | null>(null);
  const [refused, setRefused] = useState<unknown>(null);
  const act = (change: Promise<unknown>) =>
    change.then(() => queries.invalidateQueries()).catch((problem: unknown) => setRefused(problem));
  const create = () => act(call("Futago_CreateAccessKey", { UserName: user }).then((key) => setMade(key.AccessKey)));
  const set = (id: string, status: string) =>
    act(call("Futago_UpdateAccessKey", { UserAccessKeyId: id, UserName: user, Status: status }));
  return (
    <SpaceBetween size="s">
      {Boolean(refused) && <Problem error={refused} onDismiss={() => setRefused(null)} />}
      <ResourceTable
        title={`${t.users.keys}: ${user}`}
        items={data?.AccessKeys.AccessKey}
        error={error}
        trackBy={(each) => each.AccessKeyId}
        empty={{ title: t.users.noKeys }}
        action={
          may("Futago_CreateAccessKey") && <Button onClick={() => void create()}>{t.users.createKey}</Button>
        }
        columns={[
          { id: "id", header: t.users.keyId, isRowHeader: true, cell: (each) => each.AccessKeyId },
          { id: "status", header: t.common.status, cell: (each) => <State value={each.Status} /> },
          { id: "created", header: t.common.created, cell: (each) => writeTime(each.CreateDate, language) },
          {
            id: "actions",
            header: t.common.actions,
            width: 90,
            cell: (each) => (
              <RowActions
                name={each.AccessKeyId}
                actions={[
                  each.Status === "Active"
                    ? {
                        text: t.users.disable,
                        needs: "Futago_UpdateAccessKey",
                        run: () => void set(each.AccessKeyId, "Inactive"),
                      }
                    : {
                        text: t.users.enable,
                        needs: "Futago_UpdateAccessKey",
                        run: () => void set(each.AccessKeyId, "Active"),
                      },
                  {
                    text: t.common.delete,
                    needs: "Futago_DeleteAccessKey",
                    run: () =>
                      void act(call("Futago_DeleteAccessKey", { UserAccessKeyId: each.AccessKeyId, UserName: user })),
                  },
                ]}
              />
            ),
          },
        ]}
      />
      {made && (
        <SecretOnce
          title={t.users.createKey}
          warning={t.users.secretOnce}
          owner={{ label: t.users.keyId, value: made.AccessKeyId }}
          secret={{ label: t.users.secret, value: made.AccessKeySecret }}
          close={() => setMade(null)}
        />
      )}
    </SpaceBetween>
  );
}
