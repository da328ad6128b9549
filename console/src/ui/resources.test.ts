import { expect, test } from "vitest";
import { cutAtIds, pageOf } from "./resources";

const VCO = "vco-abcdefghij0123456";
const ATTACHMENT = "tr-attach-abcdefghij0123456";
const ROUTER = "tr-abcdefghij0123456";

test("a refusal leads to what it names", () => {
  expect(cutAtIds(`cgw-x is the customer gateway of a tunnel of ${VCO}; delete the connection.`)).toEqual([
    { text: "cgw-x is the customer gateway of a tunnel of " },
    { text: VCO, page: `/connections/${VCO}` },
    { text: "; delete the connection." },
  ]);
});

test("an attachment is not taken for a router", () => {
  expect(cutAtIds(`${ROUTER} has 1 attachments, the first is ${ATTACHMENT}`).map((each) => each.page)).toEqual([
    `/routers/${ROUTER}`,
    undefined,
    `/attachments/${ATTACHMENT}`,
  ]);
});

test("texts without ids, and markup, stay as they are", () => {
  expect(cutAtIds("")).toEqual([]);
  expect(cutAtIds("<b>nothing</b> vco- tr-1")).toEqual([{ text: "<b>nothing</b> vco- tr-1" }]);
  expect(pageOf("tun-abcdefghij0123456")).toBeUndefined();
});
