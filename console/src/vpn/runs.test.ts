import { expect, test } from "vitest";
import type { Sample } from "../api/answers";
import { runsOf } from "./runs";

const at = (minute: number, loss: number | null): Sample => ({
  Time: minute * 60_000,
  ReceivedBytes: null,
  SentBytes: null,
  CoveredSeconds: 0,
  RoundTripMilliseconds: null,
  Loss: loss,
  UpShare: null,
});
const minutes = (losses: (number | null | undefined)[]) =>
  runsOf(
    losses.flatMap((loss, minute) => (loss === undefined ? [] : [at(minute, loss)])),
    60,
    (point) => point.Loss,
  ).map((run) => run.map((point) => point.x.getTime() / 60_000));

test("a line breaks where nothing was measured", () => {
  expect(minutes([0, 0.5, null, null, 1, 0])).toEqual([[0, 1], [4, 5]]);
});

test("a line breaks where there is no point", () => {
  expect(minutes([0, undefined, 1, 0])).toEqual([[0], [2, 3]]);
});

test("a lone value is a run of its own, and gaps at the ends are no runs", () => {
  expect(minutes([null, 0, null])).toEqual([[1]]);
});

test("nothing measured is no line", () => {
  expect(minutes([null, null])).toEqual([]);
});
