/** Rules of a tunnel's fields. Source: requirements M3 to M5. */
import type { Texts } from "../i18n/en";
import { readAddress, readPrefix, writeAddress, type Complaint } from "./network";

type Rules = Texts["rules"];

export const ENCRYPTIONS = ["aes", "aes192", "aes256", "des", "3des"] as const;
export const AUTHENTICATIONS = ["sha1", "md5", "sha256", "sha384", "sha512"] as const;
export const IKE_GROUPS = ["group1", "group2", "group5", "group14"] as const;
export const PFS_GROUPS = ["disabled", ...IKE_GROUPS] as const;
export const VERSIONS = ["ikev2", "ikev1"] as const;
export const MODES = ["main", "aggressive"] as const;
export const NOT_RECOMMENDED: readonly string[] = ["des", "3des"];

const PSK_CHARACTER = /^[0-9A-Za-z~`!@#$%^&*()_\-+={}[\]\\|;:',.<>/?]$/;
const LONGEST_PSK = 100;
const LONGEST_LIFETIME = 86400;

export function checkPsk(text: string, rules: Rules): Complaint {
  const characters = [...text];
  if (characters.length > LONGEST_PSK) return rules.pskLength;
  const wrong = characters.findIndex((each) => !PSK_CHARACTER.test(each));
  return wrong < 0 ? undefined : rules.pskCharacter(wrong + 1);
}

export function checkLifetime(text: string, rules: Rules): Complaint {
  const isGood = /^\d{1,5}$/.test(text.trim()) && Number(text) <= LONGEST_LIFETIME;
  return isGood ? undefined : rules.lifetime;
}

const LABEL = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/;

/** An empty identity means the default. */
export function checkIdentity(text: string, rules: Rules): Complaint {
  if (text === "" || readAddress(text) !== undefined) return undefined;
  const labels = text.split(".");
  const isName = text.length <= 100 && labels.every((label) => LABEL.test(label));
  const isNumbers = labels.every((label) => /^\d+$/.test(label));
  return isName && !isNumbers ? undefined : rules.identity;
}

const LINK_LOCAL = readAddress("169.254.0.0") ?? 0;
const LINK_LOCAL_SIZE = 2 ** 16;
const RESERVED = [0, 1, 2, 3, 4, 5, 6].map((third) => LINK_LOCAL + third * 256);
const METADATA = readAddress("169.254.169.252") ?? 0;

export function checkTunnelCidr(text: string, partner: string, rules: Rules): Complaint {
  const found = readPrefix(text.trim());
  if (!found) return rules.cidr;
  if (found.length !== 30) return rules.tunnelCidr30;
  if (found.network !== found.address) return rules.hostBits(`${writeAddress(found.network)}/30`);
  if (found.network < LINK_LOCAL || found.network >= LINK_LOCAL + LINK_LOCAL_SIZE) return rules.tunnelCidrRange;
  if (RESERVED.includes(found.network) || found.network === METADATA) return rules.tunnelCidrReserved;
  return readPrefix(partner.trim())?.network === found.network ? rules.tunnelCidrSame : undefined;
}

/** Gives the two hosts of a tunnel CIDR block. */
export function hostsOf(cidr: string): [string, string] | undefined {
  const found = readPrefix(cidr.trim());
  if (!found || found.length !== 30) return undefined;
  return [writeAddress(found.network + 1), writeAddress(found.network + 2)];
}

export function checkBgpIp(text: string, cidr: string, rules: Rules): Complaint {
  const hosts = hostsOf(cidr);
  if (!hosts) return text.trim() === "" ? undefined : rules.cidrFirst;
  return hosts.includes(text.trim()) ? undefined : rules.bgpIp(...hosts);
}
