/** Changes that take several calls: in order, each repeated while the service is busy. */
import { call } from "../api/client";
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
    report(name, "refused");
    throw error;
  }
}

/** Creates a connection and binds it as the draft wants; gives its id as soon as there is one. */
export async function createConnection(
  draft: Draft,
  routerId: string | undefined,
  report: Report,
  created: (connectionId: string) => void,
): Promise<void> {
  const token = newToken();
  const connectionId = await step("create", report, async () => {
    const made = await patiently(() => call("VPC_CreateVpnAttachment", { ...toRequest(draft), ClientToken: token }));
    created(made.VpnConnectionId);
    return made.VpnConnectionId;
  });
  if (draft.isCrossAccount || !routerId) {
    for (const each of ["attach", "table", "propagate"] as const) report(each, "skipped");
    return;
  }
  await bindConnection(connectionId, routerId, draft, report);
}

export type Wishes = Pick<Draft, "advertises" | "associates" | "propagates">;

/** Attaches a connection to a router, and to its default table as wished. */
export async function bindConnection(
  connectionId: string,
  routerId: string,
  wishes: Wishes,
  report: Report,
): Promise<void> {
  const token = newToken();
  const attachmentId = await step("attach", report, async () => {
    const made = await patiently(() =>
      call("CBN_CreateTransitRouterVpnAttachment", {
        TransitRouterId: routerId,
        VpnId: connectionId,
        AutoPublishRouteEnabled: wishes.advertises,
        ClientToken: token,
      }),
    );
    await until(async () => {
      const found = await attachmentOf(connectionId, routerId);
      return found?.Status === "Attached" ? true : undefined;
    });
    return made.TransitRouterAttachmentId;
  });
  const tableId = wishes.associates || wishes.propagates ? await defaultTable(routerId) : undefined;
  const binding = { TransitRouterAttachmentId: attachmentId, TransitRouterRouteTableId: tableId ?? "" };
  if (tableId && wishes.associates) {
    await step("table", report, () =>
      patiently(() => call("CBN_AssociateTransitRouterAttachmentWithRouteTable", binding)),
    );
  } else report("table", "skipped");
  if (tableId && wishes.propagates) {
    await step("propagate", report, () =>
      patiently(() => call("CBN_EnableTransitRouterRouteTablePropagation", binding)),
    );
  } else report("propagate", "skipped");
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
