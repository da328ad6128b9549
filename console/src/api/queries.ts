/** Reading through the catalogue, kept and looked at again when something changed. */
import {
  keepPreviousData,
  useMutation,
  useQueries,
  useQuery,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import type { CustomerGateway } from "./answers";
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

interface Window {
  PageNumber: number;
  PageSize: number;
}

/** Reads all pages of a list, however many there are. */
export async function readAll<T, A extends { TotalCount: number }>(
  page: (window: Window) => Promise<A>,
  items: (answer: A) => T[],
): Promise<T[]> {
  const found: T[] = [];
  for (let number = 1; ; number += 1) {
    const shown = await page({ PageNumber: number, PageSize: LARGEST_PAGE });
    found.push(...items(shown));
    // A list that shrinks meanwhile ends with an empty page.
    if (found.length >= shown.TotalCount || items(shown).length === 0) return found;
  }
}

/** Reads customer gateways by their ids: a page needs a few of them, the account may have thousands. */
export function useGatewaysOf(ids: readonly string[]): { items: CustomerGateway[]; error: Error | null } {
  const wanted = [...new Set(ids)].filter(Boolean).sort();
  return useQueries({
    queries: wanted.map((id) => ({
      queryKey: ["gateways", id],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        call("VPC_DescribeCustomerGateways", { CustomerGatewayId: id }, { signal }),
    })),
    combine: together,
  });
}

// Outside, so that it stays the same and its result does too.
function together(found: UseQueryResult<AnswerOf<"VPC_DescribeCustomerGateways">, Error>[]) {
  return {
    items: found.flatMap((each) => each.data?.CustomerGateways.CustomerGateway ?? []),
    error: found.find((each) => each.error)?.error ?? null,
  };
}

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
