/** A list: a long one is found and paged by the service, a short one in the page, which sorts it too. */
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useCollection } from "@cloudscape-design/collection-hooks";
import type { ReactNode } from "react";
import { useSearchParams } from "react-router-dom";
import type { Paging } from "../api/lists";
import { useTexts } from "../i18n";
import { Empty } from "./Empty";
import { Problem } from "./Problem";

const PAGE_SIZE = 25;
/** From how many items on a filter is worth its place. */
const FILTERED = 5;

export interface ResourceTableProps<T> {
  title: string;
  description?: string;
  items: readonly T[] | undefined;
  error: unknown;
  trackBy: (item: T) => string;
  columns: TableProps.ColumnDefinition<T>[];
  empty: { title: string; hint?: string };
  /** What to press for another one. */
  action?: ReactNode;
  /** What stands beside the filter. */
  filterAside?: ReactNode;
  /** Whether the list is the page, not a part of one. */
  isPage?: boolean;
  /** Of a long list, of which the items are one page. */
  paging?: Paging;
  /** Whether it is the first of several on a page of its own. */
  isFirst?: boolean;
}

interface Shown<T> {
  items: readonly T[];
  total: number | undefined;
  columns: TableProps.ColumnDefinition<T>[];
  kit: Partial<TableProps<T>>;
  filter: { filteringText: string; onChange: (text: string) => void; matches: number | undefined };
  pagination: ReactNode;
  isLong: boolean;
}

export function ResourceTable<T>(props: ResourceTableProps<T>) {
  return props.paging ? <LongTable {...props} paging={props.paging} /> : <ShortTable {...props} />;
}

function LongTable<T>(props: ResourceTableProps<T> & { paging: Paging }) {
  const { items, paging, columns, action, empty } = props;
  const t = useTexts().common;
  const { total, page, pages, turn, find, look } = paging;
  return (
    <Drawn
      {...props}
      shown={{
        items: items ?? [],
        total,
        // The service sorts by age; a page alone cannot be sorted.
        columns: columns.map(({ sortingField: _field, sortingComparator: _comparator, ...column }) => column),
        kit: {
          empty: find ? (
            <Empty title={t.noMatch} action={<Button onClick={() => look("")}>{t.clearFilter}</Button>} />
          ) : (
            <Empty title={empty.title} hint={empty.hint} action={action} />
          ),
        },
        filter: { filteringText: find, onChange: look, matches: total },
        pagination: pages > 1 && (
          <Pagination
            currentPageIndex={page}
            pagesCount={pages}
            onChange={({ detail }) => turn(detail.currentPageIndex)}
          />
        ),
        isLong: (total ?? 0) > FILTERED || find !== "",
      }}
    />
  );
}

function ShortTable<T>(props: ResourceTableProps<T>) {
  const { items, columns, empty, action } = props;
  const t = useTexts().common;
  // Links to a resource that has no page of its own name it here.
  const find = useSearchParams()[0].get("find") ?? "";
  const isFound = (item: T) => find === "" || JSON.stringify(item).includes(find);
  const collection = useCollection(items ?? [], {
    filtering: {
      defaultFilteringText: items?.some(isFound) || items === undefined ? find : "",
      empty: <Empty title={empty.title} hint={empty.hint} action={action} />,
      noMatch: (
        <Empty
          title={t.noMatch}
          action={<Button onClick={() => collection.actions.setFiltering("")}>{t.clearFilter}</Button>}
        />
      ),
    },
    pagination: { pageSize: PAGE_SIZE },
    sorting: {},
  });
  const { collectionProps, filterProps, filteredItemsCount, paginationProps } = collection;
  return (
    <Drawn
      {...props}
      shown={{
        items: collection.items,
        total: items?.length,
        columns,
        kit: collectionProps,
        filter: {
          filteringText: filterProps.filteringText,
          onChange: collection.actions.setFiltering,
          matches: filteredItemsCount,
        },
        pagination: paginationProps.pagesCount > 1 && <Pagination {...paginationProps} />,
        isLong: (items?.length ?? 0) > FILTERED || filterProps.filteringText !== "",
      }}
    />
  );
}

function Drawn<T>(props: ResourceTableProps<T> & { shown: Shown<T> }) {
  const { title, description, items, error, trackBy, action, filterAside, isPage, isFirst, shown } = props;
  const t = useTexts().common;
  const { filter } = shown;
  return (
    <SpaceBetween size="m">
      <Problem error={error} />
      <Table
        {...shown.kit}
        variant={isPage ? "full-page" : "container"}
        stickyHeader={isPage}
        enableKeyboardNavigation
        items={shown.items}
        trackBy={trackBy}
        columnDefinitions={shown.columns}
        loading={items === undefined && !error}
        loadingText={t.loading}
        ariaLabels={{ tableLabel: title }}
        header={
          <Header
            variant={isPage ? "awsui-h1-sticky" : isFirst ? "h1" : "h2"}
            counter={shown.total === undefined ? undefined : `(${shown.total})`}
            description={description}
            actions={action}
          >
            {title}
          </Header>
        }
        filter={
          (shown.isLong || filterAside) && (
            <SpaceBetween direction="horizontal" size="m" alignItems="end">
              {filterAside}
              {shown.isLong && (
                <TextFilter
                  filteringText={filter.filteringText}
                  onChange={({ detail }) => filter.onChange(detail.filteringText)}
                  filteringAriaLabel={t.filter}
                  filteringPlaceholder={t.filter}
                  countText={filter.filteringText ? t.matches(filter.matches ?? 0) : undefined}
                />
              )}
            </SpaceBetween>
          )
        }
        pagination={shown.pagination || undefined}
      />
    </SpaceBetween>
  );
}
