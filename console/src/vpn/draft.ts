/** A connection that is being written, its complaints, and the call that it becomes. */
import type { Connection, CustomerGateway, Tunnel } from "../api/answers";
import type { Parameters } from "../api/client";
import type { Texts } from "../i18n/en";
import { checkAsn, checkPrefixes, type Complaint } from "../rules/network";
import { checkBgpIp, checkIdentity, checkLifetime, checkPsk, checkTunnelCidr } from "../rules/tunnel";

type Rules = Texts["rules"];

export interface TunnelDraft {
  gatewayId: string;
  psk: string;
  ikeVersion: string;
  mode: string;
  ikeEncryption: string;
  ikeAuthentication: string;
  ikeGroup: string;
  ikeLifetime: string;
  localId: string;
  remoteId: string;
  ipsecEncryption: string;
  ipsecAuthentication: string;
  pfs: string;
  ipsecLifetime: string;
  dpd: boolean;
  natTraversal: boolean;
  cidr: string;
  bgpIp: string;
}

export type Both<T> = [T, T];

export interface Draft {
  name: string;
  resourceGroup: string;
  isPrivate: boolean;
  isCrossAccount: boolean;
  cenId: string;
  hasFlows: boolean;
  local: string[];
  remote: string[];
  isImmediate: boolean;
  hasBgp: boolean;
  asn: string;
  tunnels: Both<TunnelDraft>;
  advertises: boolean;
  associates: boolean;
  propagates: boolean;
}

export const DEFAULT_ASN = "45104";
const EVERYTHING = "0.0.0.0/0";
const LONGEST_NAME = 100;

export function newTunnel(): TunnelDraft {
  return {
    gatewayId: "",
    psk: "",
    ikeVersion: "ikev2",
    mode: "main",
    ikeEncryption: "aes",
    ikeAuthentication: "sha1",
    ikeGroup: "group2",
    ikeLifetime: "86400",
    localId: "",
    remoteId: "",
    ipsecEncryption: "aes",
    ipsecAuthentication: "sha1",
    pfs: "group2",
    ipsecLifetime: "86400",
    dpd: true,
    natTraversal: true,
    cidr: "",
    bgpIp: "",
  };
}

export function newDraft(): Draft {
  return {
    name: "",
    resourceGroup: "",
    isPrivate: false,
    isCrossAccount: false,
    cenId: "",
    hasFlows: false,
    local: [""],
    remote: [""],
    isImmediate: true,
    hasBgp: false,
    asn: DEFAULT_ASN,
    tunnels: [newTunnel(), newTunnel()],
    advertises: true,
    associates: true,
    propagates: true,
  };
}

/** Gives tunnel 2 the settings of tunnel 1, but for what must be its own. */
export function copyTunnel([first, second]: Both<TunnelDraft>): Both<TunnelDraft> {
  const { gatewayId, localId, remoteId, cidr, bgpIp } = second;
  return [first, { ...first, gatewayId, localId, remoteId, cidr, bgpIp }];
}

export type TunnelComplaints = Partial<Record<keyof TunnelDraft, string>>;

export interface Complaints {
  name: Complaint;
  cenId: Complaint;
  local: Complaint[];
  remote: Complaint[];
  asn: Complaint;
  tunnels: Both<TunnelComplaints>;
}

/** What stands around a tunnel when it is checked. */
export interface Around {
  hasBgp: boolean;
  partnerCidr: string;
  gateways: readonly CustomerGateway[];
}

export function checkTunnel(tunnel: TunnelDraft, around: Around, rules: Rules): TunnelComplaints {
  const gateway = around.gateways.find((each) => each.CustomerGatewayId === tunnel.gatewayId);
  const lacksAsn = around.hasBgp && gateway !== undefined && !gateway.Asn;
  const given: TunnelComplaints = {
    gatewayId: tunnel.gatewayId === "" ? rules.choose : lacksAsn ? rules.gatewayNeedsAsn : undefined,
    psk: checkPsk(tunnel.psk, rules),
    ikeLifetime: checkLifetime(tunnel.ikeLifetime, rules),
    ipsecLifetime: checkLifetime(tunnel.ipsecLifetime, rules),
    localId: checkIdentity(tunnel.localId, rules),
    remoteId: checkIdentity(tunnel.remoteId, rules),
    ...(around.hasBgp ? checkBgp(tunnel, around.partnerCidr, rules) : {}),
  };
  return Object.fromEntries(Object.entries(given).filter(([, complaint]) => complaint));
}

function checkBgp(tunnel: TunnelDraft, partnerCidr: string, rules: Rules): TunnelComplaints {
  return {
    cidr: tunnel.cidr.trim() === "" ? rules.required : checkTunnelCidr(tunnel.cidr, partnerCidr, rules),
    bgpIp: tunnel.bgpIp.trim() === "" ? rules.required : checkBgpIp(tunnel.bgpIp, tunnel.cidr, rules),
  };
}

export function checkDraft(draft: Draft, gateways: readonly CustomerGateway[], rules: Rules): Complaints {
  const isIkev2 = draft.tunnels.every((each) => each.ikeVersion === "ikev2");
  const [first, second] = draft.tunnels;
  const around = { hasBgp: draft.hasBgp, gateways };
  return {
    name: checkName(draft.name, rules),
    cenId: !draft.isCrossAccount && draft.cenId === "" ? rules.choose : undefined,
    local: draft.hasFlows ? checkPrefixes(draft.local, isIkev2, rules) : [],
    remote: draft.hasFlows ? checkPrefixes(draft.remote, isIkev2, rules) : [],
    asn: draft.hasBgp ? checkAsn(draft.asn, rules) : undefined,
    tunnels: [
      checkTunnel(first, { ...around, partnerCidr: "" }, rules),
      checkTunnel(second, { ...around, partnerCidr: first.cidr }, rules),
    ],
  };
}

export function checkName(name: string, rules: Rules): Complaint {
  if (name.trim() === "") return rules.required;
  return name.length > LONGEST_NAME ? rules.tooLong(LONGEST_NAME) : undefined;
}

export function isBasicGood(found: Complaints): boolean {
  return !found.name && !found.cenId && ![...found.local, ...found.remote].some(Boolean);
}

export function areTunnelsGood(found: Complaints): boolean {
  return !found.asn && found.tunnels.every((each) => Object.keys(each).length === 0);
}

type Create = Parameters<"VPC_CreateVpnAttachment">;
type Options = NonNullable<Create["TunnelOptionsSpecification"]>[number];

/** Writes the call that creates the connection. */
export function toRequest(draft: Draft): Create {
  const list = (texts: string[]) => texts.map((each) => each.trim()).join(",");
  return {
    Name: draft.name.trim(),
    NetworkType: draft.isPrivate ? "private" : "public",
    LocalSubnet: draft.hasFlows ? list(draft.local) : EVERYTHING,
    RemoteSubnet: draft.hasFlows ? list(draft.remote) : EVERYTHING,
    AutoConfigRoute: draft.hasFlows,
    EffectImmediately: draft.isImmediate,
    EnableTunnelsBgp: draft.hasBgp,
    TunnelOptionsSpecification: draft.tunnels.map((each, index) => ({
      TunnelIndex: index + 1,
      ...toOptions(each),
      ...(draft.hasBgp ? { TunnelBgpConfig: toBgp(each, draft.asn) } : {}),
    })),
  };
}

export function toBgp(tunnel: TunnelDraft, asn: string): Options["TunnelBgpConfig"] {
  return { LocalAsn: asn.trim(), TunnelCidr: tunnel.cidr.trim(), LocalBgpIp: tunnel.bgpIp.trim() };
}

function toOptions(tunnel: TunnelDraft): Options {
  const orDefault = (text: string) => (text === "" ? undefined : text);
  return {
    CustomerGatewayId: tunnel.gatewayId,
    EnableDpd: tunnel.dpd,
    EnableNatTraversal: tunnel.natTraversal,
    TunnelIkeConfig: {
      Psk: orDefault(tunnel.psk),
      IkeVersion: tunnel.ikeVersion,
      IkeMode: tunnel.mode,
      IkeEncAlg: tunnel.ikeEncryption,
      IkeAuthAlg: tunnel.ikeAuthentication,
      IkePfs: tunnel.ikeGroup,
      IkeLifetime: tunnel.ikeLifetime.trim(),
      LocalId: orDefault(tunnel.localId),
      RemoteId: orDefault(tunnel.remoteId),
    },
    TunnelIpsecConfig: {
      IpsecEncAlg: tunnel.ipsecEncryption,
      IpsecAuthAlg: tunnel.ipsecAuthentication,
      IpsecPfs: tunnel.pfs,
      IpsecLifetime: tunnel.ipsecLifetime.trim(),
    },
  };
}

/** Reads a tunnel as it is; identities that are the default are left empty, as the key is. */
export function ofTunnel(tunnel: Tunnel, gateway: CustomerGateway | undefined): TunnelDraft {
  const { TunnelIkeConfig: ike, TunnelIpsecConfig: ipsec, TunnelBgpConfig: bgp } = tunnel;
  return {
    gatewayId: tunnel.CustomerGatewayId,
    psk: "",
    ikeVersion: ike.IkeVersion,
    mode: ike.IkeMode,
    ikeEncryption: ike.IkeEncAlg,
    ikeAuthentication: ike.IkeAuthAlg,
    ikeGroup: ike.IkePfs,
    ikeLifetime: String(ike.IkeLifetime),
    localId: ike.LocalId === tunnel.InternetIp ? "" : ike.LocalId,
    remoteId: ike.RemoteId === gateway?.IpAddress ? "" : ike.RemoteId,
    ipsecEncryption: ipsec.IpsecEncAlg,
    ipsecAuthentication: ipsec.IpsecAuthAlg,
    pfs: ipsec.IpsecPfs,
    ipsecLifetime: String(ipsec.IpsecLifetime),
    dpd: String(tunnel.EnableDpd) === "true",
    natTraversal: String(tunnel.EnableNatTraversal) === "true",
    cidr: bgp.TunnelCidr ?? "",
    bgpIp: bgp.LocalBgpIp ?? "",
  };
}

type Modify = NonNullable<Parameters<"VPC_ModifyTunnelAttribute">["TunnelOptionsSpecification"]>;

const IKE_NAMES = {
  psk: "Psk",
  ikeVersion: "IkeVersion",
  mode: "IkeMode",
  ikeEncryption: "IkeEncAlg",
  ikeAuthentication: "IkeAuthAlg",
  ikeGroup: "IkePfs",
  ikeLifetime: "IkeLifetime",
  localId: "LocalId",
  remoteId: "RemoteId",
} as const;
const IPSEC_NAMES = {
  ipsecEncryption: "IpsecEncAlg",
  ipsecAuthentication: "IpsecAuthAlg",
  pfs: "IpsecPfs",
  ipsecLifetime: "IpsecLifetime",
} as const;
const BGP_NAMES = { cidr: "TunnelCidr", bgpIp: "LocalBgpIp" } as const;

/** Writes what differs, so that an edit touches only what it must. */
export function toChange(before: TunnelDraft, after: TunnelDraft): Modify {
  const differs = (name: keyof TunnelDraft) => before[name] !== after[name];
  const part = (names: Record<string, string>): Record<string, string> | undefined => {
    const changed = Object.entries(names).filter(([name]) => differs(name as keyof TunnelDraft));
    const written = changed.map(([name, wire]) => [wire, String(after[name as keyof TunnelDraft]).trim()]);
    return written.length ? Object.fromEntries(written) : undefined;
  };
  return {
    CustomerGatewayId: differs("gatewayId") ? after.gatewayId : undefined,
    EnableDpd: differs("dpd") ? after.dpd : undefined,
    EnableNatTraversal: differs("natTraversal") ? after.natTraversal : undefined,
    TunnelIkeConfig: part(IKE_NAMES),
    TunnelIpsecConfig: part(IPSEC_NAMES),
    TunnelBgpConfig: part(BGP_NAMES),
  };
}

export function isEmptyChange(change: Modify): boolean {
  return Object.values(change).every((each) => each === undefined);
}

/** Sorts both tunnels of a connection by index. */
export function tunnelsOf(connection: Connection): Tunnel[] {
  return [...connection.TunnelOptionsSpecification.TunnelOptions].sort((a, b) => a.TunnelIndex - b.TunnelIndex);
}
