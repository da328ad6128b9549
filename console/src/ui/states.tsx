/** States as a word with a color and a shape. */
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useTexts } from "../i18n";
import type { Texts } from "../i18n/en";

type Kind = StatusIndicatorProps.Type;
type Word = keyof Texts["states"];

export const ESTABLISHED = "ipsec_sa_established";

const STATES: Record<string, [Kind, Word]> = {
  init: ["stopped", "init"],
  attaching: ["in-progress", "attaching"],
  attached: ["success", "attached"],
  updating: ["in-progress", "updating"],
  deleting: ["in-progress", "deleting"],
  detaching: ["in-progress", "detaching"],
  active: ["success", "normal"],
  Active: ["success", "active"],
  Attached: ["success", "attached"],
  Attaching: ["in-progress", "attaching"],
  Detaching: ["in-progress", "detaching"],
  Creating: ["in-progress", "creating"],
  Deleting: ["in-progress", "deleting"],
  Candidate: ["pending", "candidate"],
  Rejected: ["error", "rejected"],
  Associating: ["in-progress", "associating"],
  Dissociating: ["in-progress", "dissociating"],
  Enabling: ["in-progress", "enabling"],
  Disabling: ["in-progress", "disabling"],
  Available: ["success", "available"],
  Pending: ["in-progress", "creating"],
  Inactive: ["stopped", "disabled"],
};

/** The state of a resource, in the page's language. */
export function State({ value }: { value: string }) {
  const t = useTexts().states;
  const found = STATES[value];
  return found ? <StatusIndicator type={found[0]}>{t[found[1]]}</StatusIndicator> : <>{value}</>;
}

export function negotiation(status: string): [Kind, Word] {
  if (status === ESTABLISHED) return ["success", "phase2"];
  return status === "ipsec_sa_not_established" ? ["error", "phase2Failed"] : ["error", "phase1Failed"];
}

/** How far the negotiation of a tunnel came. */
export function Negotiation({ status }: { status: string }) {
  const t = useTexts().states;
  const [kind, word] = negotiation(status);
  return <StatusIndicator type={kind}>{t[word]}</StatusIndicator>;
}
