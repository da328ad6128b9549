import { expect, test } from "vitest";
import type { CustomerGateway, Tunnel } from "../api/answers";
import { en } from "../i18n/en";
import {
  areTunnelsGood,
  checkDraft,
  copyTunnel,
  isBasicGood,
  isEmptyChange,
  newDraft,
  newTunnel,
  ofTunnel,
  toChange,
  toRequest,
  type Draft,
} from "./draft";

const rules = en.rules;
const gateways = [
  { CustomerGatewayId: "cgw-1", IpAddress: "203.0.113.7", Asn: 65001 },
  { CustomerGatewayId: "cgw-2", IpAddress: "203.0.113.8" },
] as CustomerGateway[];

function good(more: Partial<Draft> = {}): Draft {
  const tunnels: Draft["tunnels"] = [
    { ...newTunnel(), gatewayId: "cgw-1" },
    { ...newTunnel(), gatewayId: "cgw-2" },
  ];
  return { ...newDraft(), name: "n", cenId: "cen-1", tunnels, ...more };
}

test("defaults are those of the manual", () => {
  const request = toRequest(good());
  expect(request).toMatchObject({
    NetworkType: "public",
    LocalSubnet: "0.0.0.0/0",
    EffectImmediately: true,
    EnableTunnelsBgp: false,
  });
  expect(request.TunnelOptionsSpecification?.[0]).toEqual({
    TunnelIndex: 1,
    CustomerGatewayId: "cgw-1",
    EnableDpd: true,
    EnableNatTraversal: true,
    TunnelIkeConfig: {
      Psk: undefined,
      IkeVersion: "ikev2",
      IkeMode: "main",
      IkeEncAlg: "aes",
      IkeAuthAlg: "sha1",
      IkePfs: "group2",
      IkeLifetime: "86400",
      LocalId: undefined,
      RemoteId: undefined,
    },
    TunnelIpsecConfig: { IpsecEncAlg: "aes", IpsecAuthAlg: "sha1", IpsecPfs: "group2", IpsecLifetime: "86400" },
  });
});

test("an empty draft complains about what has no default", () => {
  const found = checkDraft(newDraft(), gateways, rules);
  expect(found.name).toBe(rules.required);
  expect(found.cenId).toBe(rules.choose);
  expect(found.tunnels[0]).toEqual({ gatewayId: rules.choose });
  expect(isBasicGood(found) || areTunnelsGood(found)).toBe(false);
  const fine = checkDraft(good(), gateways, rules);
  expect(isBasicGood(fine) && areTunnelsGood(fine)).toBe(true);
});

test("a connection for another account needs no CEN", () => {
  expect(checkDraft(good({ cenId: "", isCrossAccount: true }), gateways, rules).cenId).toBeUndefined();
});

test("with BGP gateways need an ASN and tunnels different blocks", () => {
  const bgp = { cidr: "169.254.10.0/30", bgpIp: "169.254.10.1" };
  const [first, second] = good().tunnels;
  const found = checkDraft(good({ hasBgp: true, tunnels: [{ ...first, ...bgp }, { ...second, ...bgp }] }), gateways, rules);
  expect(found.tunnels[0]).toEqual({});
  expect(found.tunnels[1]).toEqual({ gatewayId: rules.gatewayNeedsAsn, cidr: rules.tunnelCidrSame });
  expect(checkDraft(good({ hasBgp: true, asn: "0" }), gateways, rules).asn).toBe(rules.asn);
});

test("several protected networks travel as one text and need ikev2 on both tunnels", () => {
  const draft = good({ hasFlows: true, local: ["10.0.0.0/16", " 10.1.0.0/16"], remote: ["192.168.0.0/16"] });
  expect(toRequest(draft)).toMatchObject({ LocalSubnet: "10.0.0.0/16,10.1.0.0/16", RemoteSubnet: "192.168.0.0/16" });
  expect(isBasicGood(checkDraft(draft, gateways, rules))).toBe(true);
  draft.tunnels[1].ikeVersion = "ikev1";
  expect(checkDraft(draft, gateways, rules).local[1]).toBe(rules.severalNeedIkev2);
});

test("copying leaves tunnel 2 what must be its own", () => {
  const own = { gatewayId: "cgw-2", localId: "l", remoteId: "r", cidr: "c", bgpIp: "b" };
  const [, second] = copyTunnel([{ ...newTunnel(), ikeVersion: "ikev1", psk: "k" }, { ...newTunnel(), ...own }]);
  expect(second).toEqual({ ...newTunnel(), ikeVersion: "ikev1", psk: "k", ...own });
});

test("an edit sends only what differs", () => {
  const before = { ...newTunnel(), gatewayId: "cgw-1" };
  expect(isEmptyChange(toChange(before, { ...before }))).toBe(true);
  const change = toChange(before, { ...before, ikeEncryption: "aes256", dpd: false });
  expect(JSON.parse(JSON.stringify(change))).toEqual({ EnableDpd: false, TunnelIkeConfig: { IkeEncAlg: "aes256" } });
});

test("a tunnel as described becomes a draft that changes nothing", () => {
  const tunnel = {
    InternetIp: "198.51.100.1",
    CustomerGatewayId: "cgw-1",
    EnableDpd: "true",
    EnableNatTraversal: "false",
    TunnelIkeConfig: { Psk: "", IkeVersion: "ikev1", IkeMode: "aggressive", IkeEncAlg: "aes256", IkeAuthAlg: "sha256", IkePfs: "group14", IkeLifetime: "3600", LocalId: "198.51.100.1", RemoteId: "gw.example" },
    TunnelIpsecConfig: { IpsecEncAlg: "aes", IpsecAuthAlg: "sha1", IpsecPfs: "disabled", IpsecLifetime: "7200" },
    TunnelBgpConfig: {},
  } as Tunnel;
  expect(ofTunnel(tunnel, gateways[0])).toMatchObject({
    localId: "",
    remoteId: "gw.example",
    dpd: true,
    natTraversal: false,
    ikeLifetime: "3600",
    pfs: "disabled",
  });
});
