/** Lists that may be long: found and paged by the service. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router-dom";
import { call, type AnswerOf, type Parameters } from "./client";

/** The lists of the catalogue that take a page and a keyword, and what is in their answers. */
export const LISTS = {
  VPC_DescribeCustomerGateways: (answer: AnswerOf<"VPC_DescribeCustomerGateways">) =>
    answer.CustomerGateways.CustomerGateway,
  CBN_DescribeCens: (answer: AnswerOf<"CBN_DescribeCens">) => answer.Cens.Cen,
  CBN_ListTransitRouters: (answer: AnswerOf<"CBN_ListTransitRouters">) => answer.TransitRouters,
  VPC_DescribeVpcs: (answer: AnswerOf<"VPC_DescribeVpcs">) => answer.Vpcs.Vpc,
  VPC_DescribeVSwitches: (answer: AnswerOf<"VPC_DescribeVSwitches">) => answer.VSwitches.VSwitch,
  Futago_ListUsers: (answer: AnswerOf<"Futago_ListUsers">) => answer.Users.User,
  Futago_ListAccounts: (answer: AnswerOf<"Futago_ListAccounts">) => answer.Accounts,
};

export type List = keyof typeof LISTS;
export type ItemOf<L extends List> = ReturnType<(typeof LISTS)[L]>[number];

const PAGE_SIZE = 25;
const TYPING_MS = 250;

export interface Wanted {
  page: number;
  size: number;
  keyword: string;
  /** Further parameters of the list. */
  more?: Record<string, string | undefined>;
}

export interface Part<T> {
  items: T[];
  total: number;
}

/** Reads a page of a list. */
export async function readPage<L extends List>(
  list: L,
  { page, size, keyword, more }: Wanted,
  signal?: AbortSignal,
): Promise<Part<ItemOf<L>>> {
  const answer = await call(
    list,
    { ...more, PageNumber: page, PageSize: size, Keyword: keyword || undefined } as unknown as Parameters<L>,
    { signal },
  );
  const items = LISTS[list] as (answer: unknown) => ItemOf<L>[];
  return { items: items(answer), total: (answer as { TotalCount: number }).TotalCount };
}

/** Where somebody is in a long list. */
export interface Paging {
  total: number | undefined;
  page: number;
  pages: number;
  turn: (page: number) => void;
  find: string;
  look: (text: string) => void;
}

export interface Listed<T> {
  items: T[] | undefined;
  error: Error | null;
  paging: Paging;
}

export interface ListOptions {
  /** Whether page and keyword stand in the address: for the list that a page is about. */
  isInAddress?: boolean;
  /** What is looked for at first, where it is not in the address. */
  begin?: string;
  more?: Record<string, string | undefined>;
}

/** Reads the page of a list that is looked at. */
export function useList<L extends List>(list: L, { isInAddress = false, begin = "", more }: ListOptions = {}): Listed<ItemOf<L>> {
  const { page, find, turn, look, keyword } = usePlace(isInAddress, begin);
  const wanted = { page, size: PAGE_SIZE, keyword, more };
  const { data, error } = useQuery({
    queryKey: [list, wanted],
    queryFn: ({ signal }) => readPage(list, wanted, signal),
    placeholderData: keepPreviousData,
  });
  const pages = Math.max(1, Math.ceil((data?.total ?? 0) / PAGE_SIZE));
  const isPast = data !== undefined && page > pages;
  // The last item of the last page may have been deleted.
  useEffect(() => {
    if (isPast) turn(pages);
  }, [isPast, pages, turn]);
  return { items: data?.items, error, paging: { total: data?.total, page, pages, turn, find, look } };
}

function usePlace(isInAddress: boolean, begin: string) {
  const [address, setAddress] = useSearchParams();
  const [local, setLocal] = useState({ page: 1, keyword: begin });
  const page = isInAddress ? Number(address.get("page") ?? "1") || 1 : local.page;
  const keyword = isInAddress ? (address.get("find") ?? "") : local.keyword;
  const [find, look] = useState(keyword);
  const settle = (next: { page: number; keyword: string }, replace: boolean) => {
    if (!isInAddress) return setLocal(next);
    setAddress(
      (before) => {
        const changed = new URLSearchParams(before);
        for (const [name, value] of [["page", next.page > 1 ? String(next.page) : ""], ["find", next.keyword]] as const) {
          if (value) changed.set(name, value);
          else changed.delete(name);
        }
        return changed;
      },
      { replace },
    );
  };
  // Links to a resource that has no page of its own name it in the address.
  useEffect(() => look(keyword), [keyword]);
  useEffect(() => {
    if (find === keyword) return undefined;
    const timer = window.setTimeout(() => settle({ page: 1, keyword: find }, true), TYPING_MS);
    return () => window.clearTimeout(timer);
    // `settle` is made anew each time and would restart the wait.
  }, [find]);
  return { page, keyword, find, look, turn: (to: number) => settle({ page: to, keyword }, false) };
}
