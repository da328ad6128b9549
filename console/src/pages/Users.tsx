/** Users of the account, their keys and policies. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../api/client";
import { readAll, useRead } from "../api/queries";
import { useMay } from "../api/session";
import { useSpoken, useTexts } from "../i18n";
import { Confirm } from "../ui/Confirm";
import { Problem } from "../ui/Problem";
import { ResourceTable } from "../ui/ResourceTable";
import { RowActions } from "../ui/RowActions";
import { State } from "../ui/states";
import { TextForm } from "../ui/TextForm";
import { writeTime } from "../ui/when";

type Asked = { kind: "create" } | { kind: "delete" | "policy"; user: string } | null;

export default function Users() {
  const { texts: t, language } = useSpoken();
  const may = useMay();
  const queries = useQueryClient();
  const [asked, ask] = useState<Asked>(null);
  const [chosen, choose] = useState("");
  const close = () => ask(null);
  const { data, error } = useQuery({
    queryKey: ["users"],
    queryFn: () =>
      readAll(
        (window) => call("Futago_ListUsers", window),
        (answer) => answer.Users.User,
      ),
  });
  const shown = chosen || (data?.[0]?.UserName ?? "");
  return (
    <SpaceBetween size="l">
      <ResourceTable
        isFirst
        title={t.users.title}
        description={t.users.description}
        items={data}
        error={error}
        trackBy={(each) => each.UserName}
        empty={{ title: t.users.empty }}
        action={
          may("Futago_CreateUser") && (
            <Button variant="primary" onClick={() => ask({ kind: "create" })}>
              {t.users.create}
            </Button>
          )
        }
        columns={[
          {
            id: "name",
            header: t.users.user,
            isRowHeader: true,
            sortingField: "UserName",
            cell: (each) => (
              <Button variant="inline-link" onClick={() => choose(each.UserName)}>
                {each.UserName}
              </Button>
            ),
          },
          {
            id: "kind",
            header: t.common.type,
            cell: (each) => (each.Administrator ? t.users.administrator : t.users.user),
          },
          { id: "created", header: t.common.created, cell: (each) => writeTime(each.CreateDate, language) },
          {
            id: "actions",
            header: t.common.actions,
            cell: (each) => (
              <RowActions
                name={each.UserName}
                actions={[
                  {
                    text: t.users.addPolicy,
                    needs: "Futago_PutUserPolicy",
                    run: () => ask({ kind: "policy", user: each.UserName }),
                  },
                  {
                    text: t.common.delete,
                    needs: "Futago_DeleteUser",
                    run: () => ask({ kind: "delete", user: each.UserName }),
                  },
                ]}
              />
            ),
          },
        ]}
      />
      {shown && <Keys user={shown} />}
      {asked?.kind === "create" && (
        <TextForm
          title={t.users.create}
          action={t.common.create}
          fields={[{ name: "name", label: t.users.user, isRequired: true }]}
          run={({ name }) => call("Futago_CreateUser", { UserName: name ?? "" }).then(() => choose(name ?? ""))}
          close={close}
        />
      )}
      {asked?.kind === "policy" && (
        <TextForm
          title={`${t.users.addPolicy}: ${asked.user}`}
          action={t.common.save}
          fields={[
            { name: "name", label: t.users.policyName, isRequired: true },
            {
              name: "document",
              label: t.users.document,
              isRequired: true,
              isLong: true,
              initial: '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "vpc:Describe*", "Resource": "*"}]}',
            },
          ]}
          run={({ name, document }) =>
            call("Futago_PutUserPolicy", {
              UserName: asked.user,
              PolicyName: name ?? "",
              PolicyDocument: document ?? "",
            })
          }
          close={close}
        />
      )}
      {asked?.kind === "delete" && (
        <Confirm
          title={t.users.deleteTitle}
          warning={t.users.deleteWarning(asked.user)}
          run={() =>
            call("Futago_DeleteUser", { UserName: asked.user }).then(() => {
              choose("");
              return queries.invalidateQueries();
            })
          }
          close={close}
        />
      )}
    </SpaceBetween>
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
      {made && <Secret made={made} close={() => setMade(null)} />}
    </SpaceBetween>
  );
}

function Secret({ made, close }: { made: { AccessKeyId: string; AccessKeySecret: string }; close: () => void }) {
  const t = useTexts();
  return (
    <Modal
      visible
      header={t.users.createKey}
      onDismiss={close}
      closeAriaLabel={t.common.close}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={close}>
            {t.common.close}
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">{t.users.secretOnce}</Alert>
        <KeyValuePairs
          items={[
            { label: t.users.keyId, value: <span className="mono">{made.AccessKeyId}</span> },
            { label: t.users.secret, value: <span className="mono">{made.AccessKeySecret}</span> },
          ]}
        />
      </SpaceBetween>
    </Modal>
  );
}
