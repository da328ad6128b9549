/** Times for people. */
import { useEffect, useState } from "react";
import type { Texts } from "../i18n/en";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Writes a moment in the viewer's zone; takes milliseconds or a text of the API. */
export function writeTime(moment: number | string, language: string): string {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return String(moment);
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" }).format(date);
}

/** Says how long ago a moment was. */
export function writeAge(moment: number, now: number, common: Texts["common"]): string {
  const age = Math.max(0, now - moment);
  if (age < MINUTE) return common.secondsAgo(Math.floor(age / SECOND));
  if (age < HOUR) return common.minutesAgo(Math.floor(age / MINUTE));
  if (age < DAY) return common.hoursAgo(Math.floor(age / HOUR));
  return common.daysAgo(Math.floor(age / DAY));
}

/** Gives the time, again each second, for ages that grow while somebody looks. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), SECOND);
    return () => window.clearInterval(timer);
  }, []);
  return now;
}
