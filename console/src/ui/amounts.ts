/** Amounts for people. */

const UNITS = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"];
const SIZES = ["B", "KiB", "MiB", "GiB"];

function write(value: number, base: number, units: readonly string[]): string {
  let at = 0;
  let rest = value;
  while (rest >= base && at < units.length - 1) {
    rest /= base;
    at += 1;
  }
  const digits = at === 0 || rest >= 100 ? 0 : 1;
  return `${rest.toFixed(digits)} ${units[at] ?? ""}`;
}

export const writeRate = (bitsPerSecond: number): string => write(bitsPerSecond, 1000, UNITS);

export const writeSize = (bytes: number): string => write(bytes, 1024, SIZES);

const THINNEST = 2;
const THICKEST = 14;
const LEAST_SHOWN = 1_000;
const MOST_SHOWN = 1e9;

/** Gives the width of a line for a rate: by its magnitude, since rates differ by thousands. */
export function widthOf(bitsPerSecond: number | null): number {
  if (!bitsPerSecond || bitsPerSecond <= LEAST_SHOWN) return THINNEST;
  const share = Math.log(bitsPerSecond / LEAST_SHOWN) / Math.log(MOST_SHOWN / LEAST_SHOWN);
  return THINNEST + Math.min(1, share) * (THICKEST - THINNEST);
}
