/** Changes that take several calls: in order, each repeated while the service is busy. */
import { call, Late, Refusal } from "../api/client";
import { patiently, readAll, until } from "../api/queries";
import type { Attachment, Connection } from "../api/answers";
import { toRequest, type Draft } from "./draft";

export type StepName = "create" | "attach" | "table" | "propagate" | "dissociate" | "detach" | "delete";
export type StepState = "pending" | "running" | "done" | "skipped" | "refused";
export type Report = (step: StepName, state: StepState) => void;

/** A token makes a call that is repeated the same call. */
export function newToken(): string {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return `console-${[...random].map((each) => each.toString(16).padStart(2, "0")).join("")}`;
}

async function step<T>(name: StepName, report: Report, run: () => Promise<T>): Promise<T> {
  report(name, "running");
  try {
    const done = await run();
    report(name, "done");
    return done;
  } catch (error) {
    report(name, error instanceof Late ? "running" : "refused");
    throw error;
  }
}

/** What is known of a creation that was begun; a step that was done is not done again. */
export interface Begun {
  /** Makes a repeated creation the same creation. */
  token: string;
  connectionId: string;
}

export const nothingBegun = (): Begun => ({ token: newToken(), connectionId: "" });

/**
 * Creates a connection and binds it as the draft wants, from where an earlier attempt came to.
 * `begun` gets the id as soon as there is one.
 */
export async function createConnection(
  draft: Draft,
  routerId: string | undefined,
  begun: Begun,
  report: Report,
): Promise<void> {
  await step("create", report, async () => {
    if (begun.connectionId) return;
    const wanted = { ...toRequest(draft), ClientToken: begun.token };
    const made = await patiently(() => call("VPC_CreateVpnAttachment", wanted));
    begun.connectionId = made.VpnConnectionId;
  });
  if (draft.isCrossAccount || !routerId) {
    for (const each of ["attach", "table", "propagate"] as const) report(each, "skipped");
    return;
  }
  await bindConnection(begun.connectionId, routerId, draft, report);
}

export type Wishes = Pick<Draft, "advertises" | "associates" | "propagates">;

/** Attaches a connection to a router, and to its default table as wished; what is there stays. */
export async function bindConnection(
  connectionId: string,
  routerId: string,
  wishes: Wishes,
  report: Report,
): Promise<void> {
  const token = newToken();
  const attachmentId = await step("attach", report, async () => {
    if (!(await attachmentOf(connectionId, routerId))) {
      await patiently(() =>
        call("CBN_CreateTransitRouterVpnAttachment", {
          TransitRouterId: routerId,
          VpnId: connectionId,
          AutoPublishRouteEnabled: wishes.advertises,
          ClientToken: token,
        }),
      );
    }
    const attachment = await until(async () => {
      const found = await attachmentOf(connectionId, routerId);
      return found?.Status === "Attached" ? found : undefined;
    });
    return attachment.TransitRouterAttachmentId;
  });
  const tableId = wishes.associates || wishes.propagates ? await defaultTable(routerId) : undefined;
  const binding = { TransitRouterAttachmentId: attachmentId, TransitRouterRouteTableId: tableId ?? "" };
  if (tableId && wishes.associates) {
    await step("table", report, () =>
      unlessThere("AssociationExist.TransitRouterTable", () =>
        call("CBN_AssociateTransitRouterAttachmentWithRouteTable", binding),
      ),
    );
  } else report("table", "skipped");
  if (tableId && wishes.propagates) {
    await step("propagate", report, () =>
      unlessThere("OperationUnsupported.EnablePropagation", () =>
        call("CBN_EnableTransitRouterRouteTablePropagation", binding),
      ),
    );
  } else report("propagate", "skipped");
}

/** Makes a change that may have been made by an earlier attempt. */
async function unlessThere(code: string, run: () => Promise<unknown>): Promise<void> {
  try {
    await patiently(run);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== code) throw error;
  }
}

/** Takes back what a creation made. */
export async function takeBack(connectionId: string, report: Report): Promise<void> {
  const found = await call("VPC_DescribeVpnConnection", { VpnConnectionId: connectionId });
  await deleteConnection(found, report);
}

/** Takes a connection off its router, then deletes it. */
export async function deleteConnection(connection: Connection, report: Report): Promise<void> {
  const { VpnConnectionId: connectionId, TransitRouterId: routerId } = connection;
  if (routerId && !connection.CrossAccountAuthorized) {
    const attachment = await attachmentOf(connectionId, routerId);
    if (attachment) await unbind(attachment, report);
  } else for (const each of ["dissociate", "detach"] as const) report(each, "skipped");
  await step("delete", report, () =>
    patiently(() => call("VPC_DeleteVpnAttachment", { VpnConnectionId: connectionId })),
  );
}

async function unbind(attachment: Attachment, report: Report): Promise<void> {
  const id = attachment.TransitRouterAttachmentId;
  await step("dissociate", report, async () => {
    for (const table of await tablesOf(attachment.TransitRouterId)) {
      const where = { TransitRouterRouteTableId: table, TransitRouterAttachmentId: id };
      const learned = await call("CBN_ListTransitRouterRouteTablePropagations", where);
      if (learned.TransitRouterPropagations.length) {
        await patiently(() => call("CBN_DisableTransitRouterRouteTablePropagation", where));
      }
      const associated = await call("CBN_ListTransitRouterRouteTableAssociations", where);
      if (associated.TransitRouterAssociations.length) {
        await patiently(() => call("CBN_DissociateTransitRouterAttachmentFromRouteTable", where));
      }
    }
  });
  await step("detach", report, async () => {
    await patiently(() => call("CBN_DeleteTransitRouterVpnAttachment", { TransitRouterAttachmentId: id }));
    await until(async () => {
      const found = await attachmentOf(attachment.VpnId ?? "", attachment.TransitRouterId);
      return found ? undefined : true;
    });
  });
}

async function attachmentOf(connectionId: string, routerId: string): Promise<Attachment | undefined> {
  let token: string | undefined;
  do {
    const answer = await call("CBN_ListTransitRouterVpnAttachments", {
      TransitRouterId: routerId,
      MaxResults: 100,
      NextToken: token,
    });
    const found = answer.TransitRouterAttachments.find((each) => each.VpnId === connectionId);
    if (found) return found;
    token = answer.NextToken || undefined;
  } while (token);
  return undefined;
}

async function tablesOf(routerId: string): Promise<string[]> {
  const answer = await call("CBN_ListTransitRouterRouteTables", { TransitRouterId: routerId, MaxResults: 100 });
  return answer.TransitRouterRouteTables.map((each) => each.TransitRouterRouteTableId);
}

async function defaultTable(routerId: string): Promise<string | undefined> {
  const answer = await call("CBN_ListTransitRouterRouteTables", { TransitRouterId: routerId, MaxResults: 100 });
  const found = answer.TransitRouterRouteTables.find((each) => each.TransitRouterRouteTableType === "System");
  return found?.TransitRouterRouteTableId;
}

/** Gives the router of a CEN in this region. */
export async function routerOf(cenId: string) {
  const found = await readAll(
    (window) => call("CBN_ListTransitRouters", { CenId: cenId, ...window }),
    (answer) => answer.TransitRouters,
  );
  return found[0] ?? null;
}
