/** Attachments and tables of a router, all of them. */
import { useQuery } from "@tanstack/react-query";
import type { Attachment, RouteTable } from "../../api/answers";
import { call } from "../../api/client";

const PAGE_SIZE = 100;

async function readTokens<T, A extends { NextToken: string }>(
  page: (token: string | undefined) => Promise<A>,
  items: (answer: A) => T[],
): Promise<T[]> {
  const found: T[] = [];
  let token: string | undefined;
  do {
    const answer = await page(token);
    found.push(...items(answer));
    token = answer.NextToken || undefined;
  } while (token);
  return found;
}

const attachmentsQuery = (routerId: string) => ({
  queryKey: ["attachments", routerId],
  queryFn: async (): Promise<Attachment[]> => {
    const window = { TransitRouterId: routerId, MaxResults: PAGE_SIZE };
    const vpns = await readTokens(
      (NextToken) => call("CBN_ListTransitRouterVpnAttachments", { ...window, NextToken }),
      (answer) => answer.TransitRouterAttachments,
    );
    const vpcs = await readTokens(
      (NextToken) => call("CBN_ListTransitRouterVpcAttachments", { ...window, NextToken }),
      (answer) => answer.TransitRouterAttachments,
    );
    return [...vpns, ...vpcs];
  },
  enabled: routerId !== "",
});

export const useAttachments = (routerId: string) => useQuery(attachmentsQuery(routerId));

export const useTables = (routerId: string) =>
  useQuery({
    queryKey: ["tables", routerId],
    queryFn: (): Promise<RouteTable[]> =>
      readTokens(
        (NextToken) =>
          call("CBN_ListTransitRouterRouteTables", { TransitRouterId: routerId, MaxResults: PAGE_SIZE, NextToken }),
        (answer) => answer.TransitRouterRouteTables,
      ),
  });

export const useEntries = (tableId: string) =>
  useQuery({
    queryKey: ["entries", tableId],
    queryFn: () =>
      readTokens(
        (NextToken) =>
          call("CBN_ListTransitRouterRouteEntries", {
            TransitRouterRouteTableId: tableId,
            MaxResults: PAGE_SIZE,
            NextToken,
          }),
        (answer) => answer.TransitRouterRouteEntries,
      ),
    enabled: tableId !== "",
  });

export const useAssociations = (tableId: string) =>
  useQuery({
    queryKey: ["associations", tableId],
    queryFn: () =>
      readTokens(
        (NextToken) =>
          call("CBN_ListTransitRouterRouteTableAssociations", {
            TransitRouterRouteTableId: tableId,
            MaxResults: PAGE_SIZE,
            NextToken,
          }),
        (answer) => answer.TransitRouterAssociations,
      ),
    enabled: tableId !== "",
  });

export const usePropagations = (tableId: string) =>
  useQuery({
    queryKey: ["propagations", tableId],
    queryFn: () =>
      readTokens(
        (NextToken) =>
          call("CBN_ListTransitRouterRouteTablePropagations", {
            TransitRouterRouteTableId: tableId,
            MaxResults: PAGE_SIZE,
            NextToken,
          }),
        (answer) => answer.TransitRouterPropagations,
      ),
    enabled: tableId !== "",
  });

/** Gives the resource behind an attachment. */
export function resourceOf(attachment: Attachment): string {
  return attachment.VpnId ?? attachment.VpcId ?? "-";
}
