/** Runs of known values: a line breaks where nobody measured. */
import type { Sample } from "../api/answers";

export interface Point {
  x: Date;
  y: number;
}

export type Run = Point[];

/** Cuts points into runs that follow each other at a step, given in seconds. */
export function runsOf(
  points: readonly Sample[],
  step: number,
  value: (point: Sample) => number | null,
): Run[] {
  const runs: Run[] = [];
  // A step that nobody measured has no point at all; of one that was, single values may be absent.
  let last = -Infinity;
  for (const point of points) {
    const y = value(point);
    if (y === null) continue;
    if (point.Time - last > 1000 * step) runs.push([]);
    runs.at(-1)?.push({ x: new Date(point.Time), y });
    last = point.Time;
  }
  return runs;
}
