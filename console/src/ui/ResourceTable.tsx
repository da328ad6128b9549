/** A list that is short by its quota: found, sorted and paged in the page. */
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useCollection } from "@cloudscape-design/collection-hooks";
import type { ReactNode } from "react";
import { useSearchParams } from "react-router-dom";
import { useTexts } from "../i18n";
import { Empty } from "./Empty";
import { Problem } from "./Problem";

const PAGE_SIZE = 25;

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
  /** Whether it is the first of several on a page of its own. */
  isFirst?: boolean;
}

export function ResourceTable<T>(props: ResourceTableProps<T>) {
  const { title, description, items, error, trackBy, columns, empty, action, filterAside, isPage, isFirst } = props;
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
  const isLong = (items?.length ?? 0) > 5 || filterProps.filteringText !== "";
  return (
    <SpaceBetween size="m">
      <Problem error={error} />
      <Table
        {...collectionProps}
        variant={isPage ? "full-page" : "container"}
        stickyHeader={isPage}
        enableKeyboardNavigation
        items={collection.items}
        trackBy={trackBy}
        columnDefinitions={columns}
        loading={items === undefined && !error}
        loadingText={t.loading}
        ariaLabels={{ tableLabel: title }}
        header={
          <Header
            variant={isPage ? "awsui-h1-sticky" : isFirst ? "h1" : "h2"}
            counter={items ? `(${items.length})` : undefined}
            description={description}
            actions={action}
          >
            {title}
          </Header>
        }
        filter={
          (isLong || filterAside) && (
            <SpaceBetween direction="horizontal" size="m" alignItems="end">
              {filterAside}
              {isLong && (
                <TextFilter
                  {...filterProps}
                  filteringAriaLabel={t.filter}
                  filteringPlaceholder={t.filter}
                  countText={filterProps.filteringText ? t.matches(filteredItemsCount ?? 0) : undefined}
                />
              )}
            </SpaceBetween>
          )
        }
        pagination={paginationProps.pagesCount > 1 ? <Pagination {...paginationProps} /> : undefined}
      />
    </SpaceBetween>
  );
}
