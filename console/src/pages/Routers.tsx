/** Transit routers. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router-dom";
import type { Router } from "../api/answers";
import { call } from "../api/client";
import { useCens, useRouters } from "../api/queries";
import { useMay } from "../api/session";
import { useSpoken } from "../i18n";
import { checkPrefix } from "../rules/network";
import { Confirm } from "../ui/Confirm";
import { Link } from "../ui/Link";
import { ResourceTable } from "../ui/ResourceTable";
import { RowActions } from "../ui/RowActions";
import { State } from "../ui/states";
import { TextForm } from "../ui/TextForm";
import { writeTime } from "../ui/when";

const words = (text: string) => text.split(/[\s,]+/).filter(Boolean);

export default function Routers() {
  const { texts: t, language } = useSpoken();
  const may = useMay();
  const queries = useQueryClient();
  const [place, setPlace] = useSearchParams();
  const wanted = place.get("cen") ?? "";
  const { data, error } = useRouters();
  const cens = useCens().data;
  const [isCreating, setCreating] = useState(wanted !== "");
  const [leaving, leave] = useState<Router | null>(null);
  const remove = async (router: Router) => {
    await call("CBN_DeleteTransitRouter", { TransitRouterId: router.TransitRouterId });
    await queries.invalidateQueries();
  };
  const stop = () => {
    setCreating(false);
    setPlace({}, { replace: true });
  };
  return (
    <>
      <ResourceTable
        isPage
        title={t.routers.title}
        description={t.routers.description}
        items={data}
        error={error}
        trackBy={(each) => each.TransitRouterId}
        empty={{ title: t.routers.empty, hint: t.routers.emptyHint }}
        action={
          may("CBN_CreateTransitRouter") && (
            <Button variant="primary" onClick={() => setCreating(true)}>
              {t.routers.create}
            </Button>
          )
        }
        columns={[
          {
            id: "name",
            header: t.list.name,
            isRowHeader: true,
            cell: (each) => (
              <div>
                <Link to={`/routers/${each.TransitRouterId}`}>{each.TransitRouterName || each.TransitRouterId}</Link>
                <Box variant="small" display="block" color="text-body-secondary">
                  {each.TransitRouterId}
                </Box>
              </div>
            ),
          },
          { id: "status", header: t.common.status, cell: (each) => <State value={each.Status} /> },
          { id: "cen", header: t.routers.cen, cell: (each) => each.CenId },
          {
            id: "cidrs",
            header: t.routers.cidrs,
            cell: (each) => each.TransitRouterCidrList.map((block) => block.Cidr).join(", ") || "-",
          },
          { id: "created", header: t.common.created, cell: (each) => writeTime(each.CreationTime, language) },
          {
            id: "actions",
            header: t.common.actions,
            cell: (each) => (
              <RowActions
                name={each.TransitRouterName || each.TransitRouterId}
                actions={[{ text: t.common.delete, needs: "CBN_DeleteTransitRouter", run: () => leave(each) }]}
              />
            ),
          },
        ]}
      />
      {isCreating && cens && (
        <TextForm
          title={t.routers.create}
          action={t.common.create}
          fields={[
            {
              name: "cen",
              label: t.routers.cen,
              isRequired: true,
              initial: wanted,
              options: cens.map((each) => ({
                value: each.CenId,
                label: each.Name || each.CenId,
                description: each.CenId,
              })),
            },
            { name: "name", label: t.common.name },
            {
              name: "cidrs",
              label: t.routers.cidrs,
              hint: t.routers.cidrHint,
              isLong: true,
              placeholder: "10.250.0.0/24",
              check: (text) => words(text).map((each) => checkPrefix(each, t.rules)).find(Boolean),
            },
          ]}
          run={(values) =>
            call("CBN_CreateTransitRouter", {
              CenId: values.cen ?? "",
              TransitRouterName: values.name || undefined,
              // This list travels as JSON text.
              TransitRouterCidrList: values.cidrs
                ? JSON.stringify(words(values.cidrs).map((Cidr) => ({ Cidr, PublishCidrRoute: true })))
                : undefined,
            })
          }
          close={stop}
        />
      )}
      {leaving && (
        <Confirm
          title={t.routers.deleteTitle}
          warning={t.routers.deleteWarning(leaving.TransitRouterName || leaving.TransitRouterId)}
          run={() => remove(leaving)}
          close={() => leave(null)}
        />
      )}
    </>
  );
}
