/** A choice from a long list: what is typed is looked for by the service, more comes with scrolling. */
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { readPage, type ItemOf, type List } from "../api/lists";
import { useTexts } from "../i18n";

const PAGE_SIZE = 50;
const TYPING_MS = 250;

export interface ListSelectProps<L extends List> {
  list: L;
  more?: Record<string, string | undefined>;
  optionOf: (item: ItemOf<L>) => SelectProps.Option;
  /** Id of what is chosen, or nothing. */
  value: string;
  /** The chosen one, where the page has read it already. */
  known?: SelectProps.Option;
  choose: (item: ItemOf<L>) => void;
  /** Says that there is nothing to choose. */
  empty: string;
  placeholder?: string;
  hasRichTrigger?: boolean;
}

export function ListSelect<L extends List>(props: ListSelectProps<L>) {
  const { list, more, optionOf, value, known, choose, empty, placeholder, hasRichTrigger } = props;
  const t = useTexts().common;
  const [typed, type] = useState("");
  const [keyword, look] = useState("");
  // What is chosen may not be among what is shown.
  const [picked, pick] = useState<SelectProps.Option | null>(null);
  useEffect(() => {
    const timer = window.setTimeout(() => look(typed), TYPING_MS);
    return () => window.clearTimeout(timer);
  }, [typed]);
  const { data, error, isFetching, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ["choice", list, more, keyword],
    queryFn: ({ pageParam, signal }) => readPage(list, { page: pageParam, size: PAGE_SIZE, keyword, more }, signal),
    initialPageParam: 1,
    getNextPageParam: (last, _all, page) => (page * PAGE_SIZE < last.total ? page + 1 : undefined),
    placeholderData: keepPreviousData,
  });
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  const total = data?.pages[0]?.total ?? 0;
  const options = items.map(optionOf);
  const kept = picked?.value === value ? picked : undefined;
  return (
    <Select
      selectedOption={value ? (known ?? options.find((each) => each.value === value) ?? kept ?? { value, label: value }) : null}
      options={options}
      placeholder={placeholder}
      triggerVariant={hasRichTrigger ? "option" : "label"}
      filteringType={total > 8 || typed ? "manual" : "none"}
      filteringAriaLabel={t.filter}
      filteringPlaceholder={t.filter}
      empty={keyword ? t.noMatch : empty}
      statusType={error ? "error" : isFetching ? "loading" : hasNextPage ? "pending" : "finished"}
      loadingText={t.loading}
      errorText={t.unreachable}
      recoveryText={t.refresh}
      onLoadItems={({ detail }) => {
        if (!detail.samePage && detail.firstPage) type(detail.filteringText);
        else if (error) void refetch();
        else if (hasNextPage && !isFetching) void fetchNextPage();
      }}
      onChange={({ detail }) => {
        const at = options.findIndex((each) => each.value === detail.selectedOption.value);
        const item = items[at];
        if (item === undefined) return;
        pick(options[at] ?? null);
        choose(item);
      }}
    />
  );
}
