import { expect, test } from "vitest";
import { widthOf, writeRate, writeSize } from "./amounts";

test.each([
  [0, "0 bit/s"],
  [999, "999 bit/s"],
  [1500, "1.5 kbit/s"],
  [123_456, "123 kbit/s"],
  [2.5e9, "2.5 Gbit/s"],
  [9e13, "90000 Gbit/s"],
])("rate %d", (value, text) => expect(writeRate(value)).toBe(text));

test("sizes are by 1024", () => {
  expect(writeSize(1024)).toBe("1.0 KiB");
  expect(writeSize(8 * 1024 * 1024)).toBe("8.0 MiB");
});

test("lines are wider for more traffic, within bounds", () => {
  const widths = [null, 0, 1e3, 1e4, 1e6, 1e8, 1e9, 1e12].map(widthOf);
  expect(widths).toEqual([...widths].sort((a, b) => a - b));
  expect(widths[0]).toBe(2);
  expect(widths.at(-1)).toBe(14);
});
