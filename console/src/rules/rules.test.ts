import { expect, test } from "vitest";
import { flatten } from "../api/form";
import { en } from "../i18n/en";
import { checkPrefix, checkPrefixes, readAddress, readAsn, writeAddress } from "./network";
import { checkBgpIp, checkIdentity, checkLifetime, checkPsk, checkTunnelCidr, hostsOf } from "./tunnel";

const rules = en.rules;

test.each([
  ["0.0.0.0", 0],
  ["255.255.255.255", 2 ** 32 - 1],
  ["10.1.2.3", 167838211],
])("address %s", (text, value) => {
  expect(readAddress(text)).toBe(value);
  expect(writeAddress(value)).toBe(text);
});

test.each(["", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.5", "a.b.c.d", " 1.2.3.4"])("no address: %s", (text) => {
  expect(readAddress(text)).toBeUndefined();
});

test.each([
  ["123.456", 8061384],
  ["45104", 45104],
  ["1", 1],
  ["4294967295", 4294967295],
  ["65535.65535", 4294967295],
])("ASN %s", (text, value) => expect(readAsn(text)).toBe(value));

test.each(["0", "0.0", "4294967296", "65536.1", "1.65536", "1.2.3", "-1", "1e3", ""])("no ASN: %s", (text) => {
  expect(readAsn(text)).toBeUndefined();
});

test("prefixes with bits behind the mask are told what is meant", () => {
  expect(checkPrefix("10.0.0.1/16", rules)).toBe(rules.hostBits("10.0.0.0/16"));
  expect(checkPrefix("10.0.0.0/16", rules)).toBeUndefined();
  expect(checkPrefix("0.0.0.0/0", rules)).toBeUndefined();
  expect(checkPrefix("10.0.0.0/33", rules)).toBe(rules.cidr);
  expect(checkPrefix("10.0.0.0", rules)).toBe(rules.cidr);
});

test("several prefixes need ikev2, are different and are five at most", () => {
  expect(checkPrefixes(["10.0.0.0/8", "10.0.0.0/8"], true, rules)).toEqual([undefined, rules.duplicate]);
  expect(checkPrefixes(["10.0.0.0/8", "11.0.0.0/8"], false, rules)).toEqual([undefined, rules.severalNeedIkev2]);
  expect(checkPrefixes(["10.0.0.0/8", "11.0.0.0/8"], true, rules)).toEqual([undefined, undefined]);
  expect(checkPrefixes([""], true, rules)).toEqual([rules.required]);
  const six = [1, 2, 3, 4, 5, 6].map((each) => `${each}.0.0.0/8`);
  expect(checkPrefixes(six, true, rules)[5]).toBe(rules.tooMany(5));
});

test.each(["", "a", "~`!@#$%^&*()_-+={}[]\\|;:',.<>/?", "x".repeat(100)])("a good key: %s", (text) => {
  expect(checkPsk(text, rules)).toBeUndefined();
});

test("a key's wrong character is named by its place", () => {
  expect(checkPsk("ab c", rules)).toBe(rules.pskCharacter(3));
  expect(checkPsk("鍵", rules)).toBe(rules.pskCharacter(1));
  expect(checkPsk('a"', rules)).toBe(rules.pskCharacter(2));
  expect(checkPsk("x".repeat(101), rules)).toBe(rules.pskLength);
});

test("lifetimes are whole seconds up to a day", () => {
  for (const good of ["0", "86400", "3600"]) expect(checkLifetime(good, rules)).toBeUndefined();
  for (const bad of ["", "86401", "-1", "1.5", "1e2"]) expect(checkLifetime(bad, rules)).toBe(rules.lifetime);
});

test("identities are addresses or names without spaces", () => {
  for (const good of ["", "203.0.113.7", "example.aliyun.com", "gw-1"]) {
    expect(checkIdentity(good, rules)).toBeUndefined();
  }
  for (const bad of ["a b", "1.2.3", "-a.com", "a..b", "名.jp"]) expect(checkIdentity(bad, rules)).toBe(rules.identity);
});

test.each([
  ["169.254.10.0/30", undefined],
  ["169.254.10.0/29", rules.tunnelCidr30],
  ["169.254.10.1/30", rules.hostBits("169.254.10.0/30")],
  ["169.255.0.0/30", rules.tunnelCidrRange],
  ["169.254.0.0/30", rules.tunnelCidrReserved],
  ["169.254.6.0/30", rules.tunnelCidrReserved],
  ["169.254.6.4/30", undefined],
  ["169.254.169.252/30", rules.tunnelCidrReserved],
  ["169.254.20.0/30", rules.tunnelCidrSame],
  ["", rules.cidr],
])("tunnel CIDR %s", (text, complaint) => {
  expect(checkTunnelCidr(text, "169.254.20.0/30", rules)).toBe(complaint);
});

test("the BGP address is one of two hosts", () => {
  expect(hostsOf("169.254.10.0/30")).toEqual(["169.254.10.1", "169.254.10.2"]);
  expect(checkBgpIp("169.254.10.1", "169.254.10.0/30", rules)).toBeUndefined();
  expect(checkBgpIp("169.254.10.3", "169.254.10.0/30", rules)).toBe(rules.bgpIp("169.254.10.1", "169.254.10.2"));
  expect(checkBgpIp("169.254.10.1", "", rules)).toBe(rules.cidrFirst);
});

test("parameters travel flat, lists from 1, without what is not given", () => {
  expect(flatten({ A: "x", B: [{ C: 1, D: undefined }, { C: true }], E: { F: null, G: "" } })).toEqual([
    ["A", "x"],
    ["B.1.C", "1"],
    ["B.2.C", "true"],
    ["E.G", ""],
  ]);
});
