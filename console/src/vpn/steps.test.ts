import { beforeEach, expect, test, vi } from "vitest";
import { Refusal } from "../api/client";
import { newDraft } from "./draft";
import { createConnection, nothingBegun, takeBack, type StepName, type StepState } from "./steps";

const calls: string[] = [];
const cloud = { attached: false, associated: false, propagated: false, exists: false };
let refusesOnce: string | null = null;

function answer(name: string): unknown {
  calls.push(name);
  if (refusesOnce === name) {
    refusesOnce = null;
    throw new Refusal("QuotaExceeded", "full", 400, "R");
  }
  const attachment = { TransitRouterAttachmentId: "a", TransitRouterId: "t", VpnId: "v", Status: "Attached" };
  switch (name) {
    case "VPC_CreateVpnAttachment":
      cloud.exists = true;
      return { VpnConnectionId: "v" };
    case "CBN_CreateTransitRouterVpnAttachment":
      cloud.attached = true;
      return { TransitRouterAttachmentId: "a" };
    case "CBN_ListTransitRouterVpnAttachments":
      return { TransitRouterAttachments: cloud.attached ? [attachment] : [], NextToken: "" };
    case "CBN_ListTransitRouterRouteTables":
      return { TransitRouterRouteTables: [{ TransitRouterRouteTableId: "d", TransitRouterRouteTableType: "System" }] };
    case "CBN_AssociateTransitRouterAttachmentWithRouteTable":
      if (cloud.associated) throw new Refusal("AssociationExist.TransitRouterTable", "there", 400, "R");
      cloud.associated = true;
      return {};
    case "CBN_EnableTransitRouterRouteTablePropagation":
      cloud.propagated = true;
      return {};
    case "CBN_ListTransitRouterRouteTablePropagations":
      return { TransitRouterPropagations: cloud.propagated ? [{}] : [] };
    case "CBN_ListTransitRouterRouteTableAssociations":
      return { TransitRouterAssociations: cloud.associated ? [{}] : [] };
    case "CBN_DisableTransitRouterRouteTablePropagation":
      cloud.propagated = false;
      return {};
    case "CBN_DissociateTransitRouterAttachmentFromRouteTable":
      cloud.associated = false;
      return {};
    case "CBN_DeleteTransitRouterVpnAttachment":
      cloud.attached = false;
      return {};
    case "VPC_DescribeVpnConnection":
      return { VpnConnectionId: "v", TransitRouterId: cloud.attached ? "t" : "", CrossAccountAuthorized: false };
    case "VPC_DeleteVpnAttachment":
      cloud.exists = false;
      return {};
    default:
      throw new Error(name);
  }
}

vi.mock("../api/client", async (original) => ({
  ...(await original<typeof import("../api/client")>()),
  call: (name: string) => Promise.resolve().then(() => answer(name)),
}));

const states: Partial<Record<StepName, StepState>> = {};
const report = (step: StepName, state: StepState) => void (states[step] = state);

beforeEach(() => {
  calls.length = 0;
  refusesOnce = null;
  Object.assign(cloud, { attached: false, associated: false, propagated: false, exists: false });
});

test.each([
  "CBN_CreateTransitRouterVpnAttachment",
  "CBN_AssociateTransitRouterAttachmentWithRouteTable",
  "CBN_EnableTransitRouterRouteTablePropagation",
])("after a refusal of %s the rest is made and nothing twice", async (name) => {
  const begun = nothingBegun();
  refusesOnce = name;
  await expect(createConnection(newDraft(), "t", begun, report)).rejects.toThrow("full");
  expect(begun.connectionId).toBe("v");
  expect(Object.values(states)).toContain("refused");
  await createConnection(newDraft(), "t", begun, report);
  expect(cloud).toEqual({ attached: true, associated: true, propagated: true, exists: true });
  expect(calls.filter((each) => each === "VPC_CreateVpnAttachment")).toHaveLength(1);
  expect(states).toMatchObject({ create: "done", attach: "done", table: "done", propagate: "done" });
});

test("a refused creation made nothing, and is repeated as the same call", async () => {
  const begun = nothingBegun();
  refusesOnce = "VPC_CreateVpnAttachment";
  await expect(createConnection(newDraft(), "t", begun, report)).rejects.toThrow("full");
  expect(begun.connectionId).toBe("");
  await createConnection(newDraft(), "t", begun, report);
  expect(cloud.propagated).toBe(true);
});

test("taking back removes all that was made, wherever it stopped", async () => {
  for (const name of [
    "CBN_CreateTransitRouterVpnAttachment",
    "CBN_AssociateTransitRouterAttachmentWithRouteTable",
    "CBN_EnableTransitRouterRouteTablePropagation",
  ]) {
    refusesOnce = name;
    const begun = nothingBegun();
    await expect(createConnection(newDraft(), "t", begun, report)).rejects.toThrow();
    await takeBack(begun.connectionId, report);
    expect(cloud).toEqual({ attached: false, associated: false, propagated: false, exists: false });
  }
});
