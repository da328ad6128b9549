/** Light or dark, as chosen, else as the system is. */
import { applyMode, Mode } from "@cloudscape-design/global-styles";

const KEY = "futago.theme";
export type Theme = "light" | "dark";

export function currentTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  if (stored === "light" || stored === "dark") return stored;
  return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  startTheme();
}

export function startTheme(): void {
  applyMode(currentTheme() === "dark" ? Mode.Dark : Mode.Light);
}
