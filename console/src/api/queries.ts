/** Reading through the catalogue, kept and looked at again when something changed. */
import { keepPreviousData, useMutation, useQuery, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { call, Late, Refusal, type AnswerOf, type CallOptions, type Operation, type Parameters } from "./client";

export interface Reading {
  enabled?: boolean;
}

/** Reads an operation's answer. */
export function useRead<N extends Operation>(
  name: N,
  values: Parameters<N>,
  { enabled = true }: Reading = {},
): UseQueryResult<AnswerOf<N>, Error> {
  return useQuery({
    queryKey: [name, values],
    queryFn: ({ signal }) => call(name, values, { signal }),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** Calls an operation that changes something; the stream of news has the pages look again. */
export function useCall<N extends Operation>(
  name: N,
  options: CallOptions = {},
): UseMutationResult<AnswerOf<N>, Error, Parameters<N>> {
  return useMutation({ mutationFn: (values: Parameters<N>) => call(name, values, options) });
}

const LARGEST_PAGE = 50;
const MOST_PAGES = 20;

interface Window {
  PageNumber: number;
  PageSize: number;
}

/** Reads all pages of a list that is short by its quota. */
export async function readAll<T, A extends { TotalCount: number }>(
  page: (window: Window) => Promise<A>,
  items: (answer: A) => T[],
): Promise<T[]> {
  const found: T[] = [];
  for (let number = 1; number <= MOST_PAGES; number += 1) {
    const answer = await page({ PageNumber: number, PageSize: LARGEST_PAGE });
    found.push(...items(answer));
    if (found.length >= answer.TotalCount) break;
  }
  return found;
}

export const useGateways = () =>
  useQuery({
    queryKey: ["gateways"],
    queryFn: () =>
      readAll(
        (window) => call("VPC_DescribeCustomerGateways", window),
        (answer) => answer.CustomerGateways.CustomerGateway,
      ),
  });

export const useRouters = () =>
  useQuery({
    queryKey: ["routers"],
    queryFn: () =>
      readAll(
        (window) => call("CBN_ListTransitRouters", window),
        (answer) => answer.TransitRouters,
      ),
  });

export const useCens = (resourceGroupId?: string) =>
  useQuery({
    queryKey: ["cens", resourceGroupId],
    queryFn: () =>
      readAll(
        (window) => call("CBN_DescribeCens", { ...window, ResourceGroupId: resourceGroupId }),
        (answer) => answer.Cens.Cen,
      ),
  });

const PATIENCE_MS = 30_000;
const PAUSE_MS = 300;
const BUSY = /^(Operation(Conflict|\.Blocking)|IncorrectStatus|TaskConflict|VpnTask\.CONFLICT|VpnConnection\.Configuring|VpnGateway\.Configuring|OperationFailed\.AllocateCidrFailed|ServiceUnavailable|InstanceStatus)/;

export function isBusy(error: unknown): boolean {
  return error instanceof Refusal && BUSY.test(error.code);
}

/** Repeats a call while the service is busy with the change before. */
export async function patiently<T>(attempt: () => Promise<T>, patience = PATIENCE_MS): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || Date.now() > end) throw error;
    }
    await pause(PAUSE_MS);
  }
}

/** Waits until a look finds something. */
export async function until<T>(look: () => Promise<T | undefined>, patience = PATIENCE_MS): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Late("not over yet");
    await pause(PAUSE_MS);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => window.setTimeout(resolve, ms));
}
