/** Parameters as the API takes them: `Name.N.Member`, lists counted from 1. */

export type Value = string | number | boolean | null | undefined | readonly Value[] | { readonly [name: string]: Value };

/** Writes nested values as pairs; what is null or undefined is left out. */
export function flatten(values: { readonly [name: string]: Value }): [string, string][] {
  return Object.entries(values).flatMap(([name, value]) => pairs(name, value));
}

function pairs(name: string, value: Value): [string, string][] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((each, index) => pairs(`${name}.${index + 1}`, each as Value));
  if (typeof value === "object") {
    return Object.entries(value).flatMap(([member, inner]) => pairs(`${name}.${member}`, inner as Value));
  }
  return [[name, String(value)]];
}
