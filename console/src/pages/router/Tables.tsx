/** The route tables of a router: entries, associations, propagations of the chosen one. */
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Attachment, Binding, RouteEntry, RouteTable } from "../../api/answers";
import { call } from "../../api/client";
import { patiently } from "../../api/queries";
import { useMay } from "../../api/session";
import { useTexts } from "../../i18n";
import { checkPrefix } from "../../rules/network";
import { Confirm } from "../../ui/Confirm";
import { Problem } from "../../ui/Problem";
import { ResourceTable } from "../../ui/ResourceTable";
import { RowActions } from "../../ui/RowActions";
import { State } from "../../ui/states";
import { TextForm } from "../../ui/TextForm";
import { resourceOf, useAssociations, useAttachments, useEntries, usePropagations, useTables } from "./queries";
import { useQueryClient } from "@tanstack/react-query";

const BLACKHOLE = "BlackHole";

export function Tables({ routerId }: { routerId: string }) {
  const t = useTexts();
  const may = useMay();
  const { data, error } = useTables(routerId);
  const attachments = useAttachments(routerId).data ?? [];
  const [chosen, choose] = useState("");
  const [isCreating, setCreating] = useState(false);
  const table = data?.find((each) => each.TransitRouterRouteTableId === chosen) ?? data?.[0];
  const label = (each: RouteTable) => {
    const kind = each.TransitRouterRouteTableType === "System" ? t.routers.system : t.routers.custom;
    return `${each.TransitRouterRouteTableName || each.TransitRouterRouteTableId} (${kind})`;
  };
  const options = (data ?? []).map((each) => ({ value: each.TransitRouterRouteTableId, label: label(each) }));
  return (
    <SpaceBetween size="l">
      <Problem error={error} />
      <SpaceBetween direction="horizontal" size="s" alignItems="end">
        <FormField label={t.routers.table}>
          <Select
            selectedOption={options.find((each) => each.value === table?.TransitRouterRouteTableId) ?? null}
            options={options}
            onChange={({ detail }) => choose(detail.selectedOption.value ?? "")}
          />
        </FormField>
        {may("CBN_CreateTransitRouterRouteTable") && (
          <Button onClick={() => setCreating(true)}>{t.routers.createTable}</Button>
        )}
      </SpaceBetween>
      {table && (
        <>
          <Entries tableId={table.TransitRouterRouteTableId} attachments={attachments} />
          <Bindings kind="association" tableId={table.TransitRouterRouteTableId} attachments={attachments} />
          <Bindings kind="propagation" tableId={table.TransitRouterRouteTableId} attachments={attachments} />
        </>
      )}
      {isCreating && (
        <TextForm
          title={t.routers.createTable}
          action={t.common.create}
          fields={[{ name: "name", label: t.common.name }]}
          run={({ name }) =>
            call("CBN_CreateTransitRouterRouteTable", {
              TransitRouterId: routerId,
              TransitRouterRouteTableName: name || undefined,
            })
          }
          close={() => setCreating(false)}
        />
      )}
    </SpaceBetween>
  );
}

interface PartProps {
  tableId: string;
  attachments: readonly Attachment[];
}

const options = (attachments: readonly Attachment[]) =>
  attachments.map((each) => ({
    value: each.TransitRouterAttachmentId,
    label: resourceOf(each),
    description: each.TransitRouterAttachmentId,
  }));

function Entries({ tableId, attachments }: PartProps) {
  const t = useTexts();
  const may = useMay();
  const queries = useQueryClient();
  const { data, error } = useEntries(tableId);
  const [isAdding, setAdding] = useState(false);
  const [leaving, leave] = useState<RouteEntry | null>(null);
  const remove = async (entry: RouteEntry) => {
    await patiently(() =>
      call("CBN_DeleteTransitRouterRouteEntry", { TransitRouterRouteEntryId: entry.TransitRouterRouteEntryId }),
    );
    await queries.invalidateQueries();
  };
  return (
    <>
      <ResourceTable
        title={t.routers.entries}
        items={data}
        error={error}
        trackBy={(each) => `${each.TransitRouterRouteEntryId} ${each.TransitRouterRouteEntryDestinationCidrBlock} ${each.TransitRouterRouteEntryNextHopId}`}
        empty={{ title: t.routers.noEntries, hint: t.routers.noEntriesHint }}
        action={
          may("CBN_CreateTransitRouterRouteEntry") && (
            <Button onClick={() => setAdding(true)}>{t.routers.addEntry}</Button>
          )
        }
        columns={[
          {
            id: "prefix",
            header: t.routers.prefix,
            isRowHeader: true,
            sortingField: "TransitRouterRouteEntryDestinationCidrBlock",
            cell: (each) => each.TransitRouterRouteEntryDestinationCidrBlock,
          },
          {
            id: "hop",
            header: t.routers.nextHop,
            cell: (each) =>
              each.TransitRouterRouteEntryNextHopType === BLACKHOLE
                ? t.routers.blackhole
                : each.TransitRouterRouteEntryNextHopResourceId || each.TransitRouterRouteEntryNextHopId,
          },
          {
            id: "origin",
            header: t.routers.origin,
            cell: (each) =>
              each.TransitRouterRouteEntryType === "Static" ? t.routers.static : t.routers.propagated,
          },
          {
            id: "status",
            header: t.common.status,
            cell: (each) => <State value={each.TransitRouterRouteEntryStatus} />,
          },
          {
            id: "actions",
            header: t.common.actions,
            cell: (each) =>
              each.TransitRouterRouteEntryType === "Static" && (
                <RowActions
                  name={each.TransitRouterRouteEntryDestinationCidrBlock}
                  actions={[
                    { text: t.common.delete, needs: "CBN_DeleteTransitRouterRouteEntry", run: () => leave(each) },
                  ]}
                />
              ),
          },
        ]}
      />
      {isAdding && (
        <TextForm
          title={t.routers.addEntry}
          action={t.common.add}
          fields={[
            {
              name: "prefix",
              label: t.routers.prefix,
              isRequired: true,
              placeholder: "10.0.0.0/16",
              check: (text) => checkPrefix(text, t.rules),
            },
            {
              name: "hop",
              label: t.routers.nextHop,
              isRequired: true,
              options: [...options(attachments), { value: BLACKHOLE, label: t.routers.blackhole }],
            },
          ]}
          run={({ prefix, hop }) =>
            patiently(() =>
              call("CBN_CreateTransitRouterRouteEntry", {
                TransitRouterRouteTableId: tableId,
                TransitRouterRouteEntryDestinationCidrBlock: prefix ?? "",
                TransitRouterRouteEntryNextHopType: hop === BLACKHOLE ? BLACKHOLE : "Attachment",
                TransitRouterRouteEntryNextHopId: hop === BLACKHOLE ? undefined : hop,
              }),
            )
          }
          close={() => setAdding(false)}
        />
      )}
      {leaving && (
        <Confirm
          title={t.routes.deleteTitle}
          warning={leaving.TransitRouterRouteEntryDestinationCidrBlock}
          run={() => remove(leaving)}
          close={() => leave(null)}
        />
      )}
    </>
  );
}

function Bindings({ kind, tableId, attachments }: PartProps & { kind: "association" | "propagation" }) {
  const t = useTexts().routers;
  const all = useTexts();
  const may = useMay();
  const queries = useQueryClient();
  const isAssociation = kind === "association";
  const associations = useAssociations(isAssociation ? tableId : "");
  const propagations = usePropagations(isAssociation ? "" : tableId);
  const { data, error } = isAssociation ? associations : propagations;
  const [isAdding, setAdding] = useState(false);
  const add = isAssociation
    ? ("CBN_AssociateTransitRouterAttachmentWithRouteTable" as const)
    : ("CBN_EnableTransitRouterRouteTablePropagation" as const);
  const end = isAssociation
    ? ("CBN_DissociateTransitRouterAttachmentFromRouteTable" as const)
    : ("CBN_DisableTransitRouterRouteTablePropagation" as const);
  const [leaving, leave] = useState<Binding | null>(null);
  const where = (attachmentId: string) => ({
    TransitRouterRouteTableId: tableId,
    TransitRouterAttachmentId: attachmentId,
  });
  const remove = async (binding: Binding) => {
    await patiently(() => call(end, where(binding.TransitRouterAttachmentId)));
    await queries.invalidateQueries();
  };
  const addText = isAssociation ? t.associate : t.propagate;
  const endText = isAssociation ? t.dissociate : t.stopPropagation;
  return (
    <>
      <ResourceTable
        title={isAssociation ? t.associations : t.propagations}
        items={data}
        error={error}
        trackBy={(each) => each.TransitRouterAttachmentId}
        empty={
          isAssociation
            ? { title: t.noAssociations, hint: t.noAssociationsHint }
            : { title: t.noPropagations, hint: t.noPropagationsHint }
        }
        action={may(add) && <Button onClick={() => setAdding(true)}>{addText}</Button>}
        columns={[
          { id: "resource", header: t.resource, isRowHeader: true, cell: (each) => each.ResourceId },
          { id: "type", header: all.common.type, cell: (each) => each.ResourceType },
          { id: "attachment", header: t.attachment, cell: (each) => each.TransitRouterAttachmentId },
          { id: "status", header: all.common.status, cell: (each) => <State value={each.Status} /> },
          {
            id: "actions",
            header: all.common.actions,
            cell: (each) => (
              <RowActions name={each.ResourceId} actions={[{ text: endText, needs: end, run: () => leave(each) }]} />
            ),
          },
        ]}
      />
      {isAdding && (
        <TextForm
          title={addText}
          action={addText}
          fields={[{ name: "attachment", label: t.attachment, isRequired: true, options: options(attachments) }]}
          run={({ attachment }) => patiently(() => call(add, where(attachment ?? "")))}
          close={() => setAdding(false)}
        />
      )}
      {leaving && (
        <Confirm
          title={endText}
          action={endText}
          warning={leaving.ResourceId}
          run={() => remove(leaving)}
          close={() => leave(null)}
        />
      )}
    </>
  );
}
