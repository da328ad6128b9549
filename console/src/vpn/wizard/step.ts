import type { CustomerGateway } from "../../api/answers";
import type { Complaints, Draft } from "../draft";

/** What every step of the creation gets. */
export interface StepProps {
  draft: Draft;
  change: (more: Partial<Draft>) => void;
  found: Complaints;
  gateways: readonly CustomerGateway[];
}
