import { expect, test } from "vitest";
import { en } from "./en";
import { explain, firstLanguage } from "./index";
import { ja } from "./ja";
import { zh } from "./zh";

function leaves(value: unknown, path = ""): [string, unknown][] {
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}.${name}`));
  }
  return [[path, value]];
}

const SAME_EVERYWHERE = /\.(product|id|localId|remoteId|dpd|asn|ip|keyId|secret|vpcs|title|ike|ipsec|vpn|community|submit|vswitches|names\..*|devices\..*|.*bgp.*|bfd|ping|url)$/i;

test.each([
  ["ja", ja],
  ["zh", zh],
])("%s has every text of English and no other", (_name, other) => {
  expect(leaves(other).map(([path]) => path)).toEqual(leaves(en).map(([path]) => path));
});

test.each([
  ["ja", ja],
  ["zh", zh],
])("%s is translated, not copied", (_name, other) => {
  const english = new Map(leaves(en));
  const copied = leaves(other).filter(
    ([path, value]) => typeof value === "string" && value !== "" && value === english.get(path) && !SAME_EVERYWHERE.test(path),
  );
  expect(copied).toEqual([]);
});

test.each([
  ["en", en],
  ["ja", ja],
  ["zh", zh],
])("no text of %s is empty", (_name, texts) => {
  const empty = leaves(texts).filter(([path, value]) => value === "" && path !== ".reasons.NoExceptionFound.1" && !/redundancy\.items\..*\.ok\.1$/.test(path));
  expect(empty).toEqual([]);
});

test("texts with numbers take the same numbers in every language", () => {
  const counts = (texts: unknown) => leaves(texts).map(([, value]) => (typeof value === "function" ? value.length : -1));
  expect(counts(ja)).toEqual(counts(en));
  expect(counts(zh)).toEqual(counts(en));
});

test("the first language is the stored one, else the browser's, else English", () => {
  expect(firstLanguage("zh", ["ja-JP"])).toBe("zh");
  expect(firstLanguage(null, ["de-DE", "ja-JP", "en"])).toBe("ja");
  expect(firstLanguage("xx", ["de"])).toBe("en");
});

test.each([en, ja, zh])("a code is explained whether it is a reason or a cause, and no other is", (texts) => {
  expect(explain(texts, "PskMismatch")).toEqual(texts.reasons.PskMismatch);
  expect(explain(texts, "NodeSilent")).toEqual(texts.health.causes.NodeSilent);
  expect(explain(texts, "Nonsense")).toBeUndefined();
});
