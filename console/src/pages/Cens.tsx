/** CEN instances. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Cen } from "../api/answers";
import { call } from "../api/client";
import { useCens, useRouters } from "../api/queries";
import { useMay } from "../api/session";
import { useSpoken } from "../i18n";
import { Confirm } from "../ui/Confirm";
import { Link } from "../ui/Link";
import { ResourceTable } from "../ui/ResourceTable";
import { RowActions } from "../ui/RowActions";
import { State } from "../ui/states";
import { TextForm } from "../ui/TextForm";
import { writeTime } from "../ui/when";

type Asked = { kind: "create" } | { kind: "edit" | "delete"; cen: Cen } | null;

export default function Cens() {
  const { texts: t, language } = useSpoken();
  const may = useMay();
  const queries = useQueryClient();
  const { data, error } = useCens();
  const routers = useRouters().data ?? [];
  const [asked, ask] = useState<Asked>(null);
  const close = () => ask(null);
  const remove = async (cen: Cen) => {
    await call("CBN_DeleteCen", { CenId: cen.CenId });
    await queries.invalidateQueries();
  };
  const fields = (cen?: Cen) => [
    { name: "Name", label: t.common.name, initial: cen?.Name },
    { name: "Description", label: t.common.description, initial: cen?.Description },
  ];
  return (
    <>
      <ResourceTable
        isPage
        title={t.cens.title}
        description={t.cens.description}
        items={data}
        error={error}
        trackBy={(each) => each.CenId}
        empty={{ title: t.cens.empty, hint: t.cens.emptyHint }}
        action={
          may("CBN_CreateCen") && (
            <Button variant="primary" onClick={() => ask({ kind: "create" })}>
              {t.cens.create}
            </Button>
          )
        }
        columns={[
          {
            id: "name",
            header: t.list.name,
            isRowHeader: true,
            sortingField: "Name",
            cell: (each) => (
              <div>
                {each.Name || each.CenId}
                <Box variant="small" display="block" color="text-body-secondary">
                  {each.CenId}
                </Box>
              </div>
            ),
          },
          { id: "status", header: t.common.status, cell: (each) => <State value={each.Status} /> },
          {
            id: "routers",
            header: t.cens.routers,
            cell: (each) => {
              const own = routers.filter((router) => router.CenId === each.CenId);
              if (!own.length) return <Link to={`/routers?cen=${each.CenId}`}>{t.routers.create}</Link>;
              return own.map((router) => (
                <Link key={router.TransitRouterId} to={`/routers/${router.TransitRouterId}`}>
                  {router.TransitRouterName || router.TransitRouterId}
                </Link>
              ));
            },
          },
          { id: "created", header: t.common.created, cell: (each) => writeTime(each.CreationTime, language) },
          {
            id: "actions",
            header: t.common.actions,
            cell: (each) => (
              <RowActions
                name={each.Name || each.CenId}
                actions={[
                  { text: t.common.edit, needs: "CBN_ModifyCenAttribute", run: () => ask({ kind: "edit", cen: each }) },
                  { text: t.common.delete, needs: "CBN_DeleteCen", run: () => ask({ kind: "delete", cen: each }) },
                ]}
              />
            ),
          },
        ]}
      />
      {asked?.kind === "create" && (
        <TextForm
          title={t.cens.create}
          action={t.common.create}
          fields={fields()}
          run={({ Name, Description }) =>
            call("CBN_CreateCen", { Name: Name || undefined, Description: Description || undefined })
          }
          close={close}
        />
      )}
      {asked?.kind === "edit" && (
        <TextForm
          title={t.cens.edit}
          action={t.common.save}
          fields={fields(asked.cen)}
          run={({ Name, Description }) =>
            call("CBN_ModifyCenAttribute", {
              CenId: asked.cen.CenId,
              Name: Name || undefined,
              Description: Description || undefined,
            })
          }
          close={close}
        />
      )}
      {asked?.kind === "delete" && (
        <Confirm
          title={t.cens.deleteTitle}
          warning={t.cens.deleteWarning(asked.cen.Name || asked.cen.CenId)}
          run={() => remove(asked.cen)}
          close={close}
        />
      )}
    </>
  );
}
