/** Addresses, prefixes and AS numbers: the service's rules, so that a form can say them at once. */
import type { Texts } from "../i18n/en";

type Rules = Texts["rules"];
/** What is wrong with a value, or nothing. */
export type Complaint = string | undefined;

const OCTETS = 4;
const BITS = 32;

/** Reads an IPv4 address as its number; undefined if it is none. */
export function readAddress(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== OCTETS || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function writeAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

export interface Prefix {
  /** As written, bits behind the mask included. */
  address: number;
  length: number;
  /** First address of the block. */
  network: number;
}

/** Reads `10.0.0.0/16`; undefined if it is no prefix. */
export function readPrefix(text: string): Prefix | undefined {
  const found = /^([\d.]+)\/(\d|[12]\d|3[0-2])$/.exec(text);
  const address = found?.[1] === undefined ? undefined : readAddress(found[1]);
  if (!found || address === undefined) return undefined;
  const length = Number(found[2]);
  const size = 2 ** (BITS - length);
  return { address, length, network: Math.floor(address / size) * size };
}

export function checkPrefix(text: string, rules: Rules): Complaint {
  const found = readPrefix(text.trim());
  if (!found) return rules.cidr;
  if (found.network !== found.address) return rules.hostBits(`${writeAddress(found.network)}/${found.length}`);
  return undefined;
}

const MOST_PREFIXES = 5;

/** Checks one side of protected data flows, entry by entry. */
export function checkPrefixes(texts: readonly string[], isIkev2: boolean, rules: Rules): Complaint[] {
  return texts.map((text, index) => {
    if (text.trim() === "") return rules.required;
    if (index >= MOST_PREFIXES) return rules.tooMany(MOST_PREFIXES);
    const complaint = checkPrefix(text, rules);
    if (complaint) return complaint;
    if (texts.slice(0, index).some((other) => other.trim() === text.trim())) return rules.duplicate;
    return index > 0 && !isIkev2 ? rules.severalNeedIkev2 : undefined;
  });
}

const LARGEST_ASN = 2 ** 32 - 1;
const LARGEST_HALF = 2 ** 16 - 1;

/** Reads an AS number, plain or as two halves: 123.456 is 8061384. */
export function readAsn(text: string): number | undefined {
  const halves = /^(\d{1,5})\.(\d{1,5})$/.exec(text);
  if (halves) {
    const [high, low] = [Number(halves[1]), Number(halves[2])];
    if (high > LARGEST_HALF || low > LARGEST_HALF) return undefined;
    const value = high * (LARGEST_HALF + 1) + low;
    return value >= 1 ? value : undefined;
  }
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  return value >= 1 && value <= LARGEST_ASN ? value : undefined;
}

export function checkAsn(text: string, rules: Rules): Complaint {
  return readAsn(text.trim()) === undefined ? rules.asn : undefined;
}

export function checkAddress(text: string, rules: Rules): Complaint {
  if (text.trim() === "") return rules.required;
  return readAddress(text.trim()) === undefined ? rules.ip : undefined;
}
