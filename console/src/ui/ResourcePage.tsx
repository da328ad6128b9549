/** A list of resources with what can be done to them: made, edited, deleted. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import type { TableProps } from "@cloudscape-design/components/table";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { Operation } from "../api/client";
import { useMay } from "../api/session";
import { useTexts } from "../i18n";
import { Confirm } from "./Confirm";
import { Link } from "./Link";
import { ResourceTable, type ResourceTableProps } from "./ResourceTable";
import { RowActions, type RowAction } from "./RowActions";

type Close = () => void;

export interface Creation {
  text: string;
  needs: Operation;
  dialog: (close: Close) => ReactNode;
  /** Whether the dialog is open from the beginning. */
  isOpen?: boolean;
  ended?: Close;
}

export interface Edit<T> {
  text?: string;
  needs: Operation;
  dialog: (item: T, close: Close) => ReactNode;
}

export interface Removal<T> {
  title: string;
  text?: string;
  needs: Operation | ((item: T) => Operation);
  warning: (name: string) => string;
  run: (item: T) => Promise<unknown>;
  /** Whether it can be asked of an item; of all without it. */
  fits?: (item: T) => boolean;
}

export interface ResourcePageProps<T> extends Omit<ResourceTableProps<T>, "trackBy" | "columns" | "action"> {
  idOf: (item: T) => string;
  nameOf: (item: T) => string;
  /** The page of an item. */
  pageOf?: (item: T) => string;
  nameHeader?: string;
  /** Columns between name and actions. */
  columns: TableProps.ColumnDefinition<T>[];
  create?: Creation;
  edits?: Edit<T>[];
  remove?: Removal<T>;
}

type Asked<T> = { kind: "create" } | { kind: "remove"; item: T } | { kind: "edit"; edit: number; item: T } | null;

export function ResourcePage<T>(props: ResourcePageProps<T>) {
  const { idOf, nameOf, pageOf, nameHeader, columns, create, edits = [], remove, ...table } = props;
  const t = useTexts();
  const may = useMay();
  const queries = useQueryClient();
  const [asked, ask] = useState<Asked<T>>(create?.isOpen ? { kind: "create" } : null);
  const close = () => {
    if (asked?.kind === "create") create?.ended?.();
    ask(null);
  };
  const actionsOf = (item: T): RowAction[] => [
    ...edits.map((edit, at) => ({
      text: edit.text ?? t.common.edit,
      needs: edit.needs,
      run: () => ask({ kind: "edit", edit: at, item }),
    })),
    ...(remove && (remove.fits?.(item) ?? true)
      ? [
          {
            text: remove.text ?? t.common.delete,
            needs: typeof remove.needs === "function" ? remove.needs(item) : remove.needs,
            run: () => ask({ kind: "remove", item }),
          },
        ]
      : []),
  ];
  const name: TableProps.ColumnDefinition<T> = {
    id: "name",
    header: nameHeader ?? t.list.name,
    isRowHeader: true,
    sortingComparator: (one, other) => (nameOf(one) || idOf(one)).localeCompare(nameOf(other) || idOf(other)),
    cell: (each) => <Name id={idOf(each)} name={nameOf(each)} page={pageOf?.(each)} />,
  };
  const actions: TableProps.ColumnDefinition<T> = {
    id: "actions",
    header: t.common.actions,
    width: 90,
    cell: (each) => {
      const offered = actionsOf(each);
      return offered.length > 0 && <RowActions name={nameOf(each) || idOf(each)} actions={offered} />;
    },
  };
  return (
    <>
      <ResourceTable
        {...table}
        trackBy={idOf}
        columns={edits.length || remove ? [name, ...columns, actions] : [name, ...columns]}
        action={
          create &&
          may(create.needs) && (
            <Button variant={table.isPage || table.isFirst ? "primary" : "normal"} onClick={() => ask({ kind: "create" })}>
              {create.text}
            </Button>
          )
        }
      />
      {asked?.kind === "create" && create?.dialog(close)}
      {asked?.kind === "edit" && edits[asked.edit]?.dialog(asked.item, close)}
      {asked?.kind === "remove" && remove && (
        <Confirm
          title={remove.title}
          action={remove.text}
          warning={remove.warning(nameOf(asked.item) || idOf(asked.item))}
          run={() => remove.run(asked.item).then(() => queries.invalidateQueries())}
          close={close}
        />
      )}
    </>
  );
}

/** A name above its id. */
export function Name({ id, name, page }: { id: string; name: string; page?: string }) {
  const shown = name || id;
  return (
    <div>
      {page ? <Link to={page}>{shown}</Link> : shown}
      {name !== "" && name !== id && (
        <Box variant="small" display="block" color="text-body-secondary">
          {id}
        </Box>
      )}
    </div>
  );
}
