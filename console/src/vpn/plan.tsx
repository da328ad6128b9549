/** What an edit would do to traffic, as the service plans it, before it is saved. */
import Alert from "@cloudscape-design/components/alert";
import Checkbox from "@cloudscape-design/components/checkbox";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { EditPlan, PlannedTunnel } from "../api/answers";
import { call, type Parameters } from "../api/client";
import { useMay } from "../api/session";
import { useTexts } from "../i18n";
import { Problem } from "../ui/Problem";

const TYPING_MS = 400;

type Asked =
  | { name: "Futago_PlanTunnelEdit"; values: Parameters<"Futago_PlanTunnelEdit"> }
  | { name: "Futago_PlanConnectionEdit"; values: Parameters<"Futago_PlanConnectionEdit"> };

export interface Plan {
  found: EditPlan | undefined;
  error: unknown;
  isLooking: boolean;
}

/** Asks for the plan of a change once nobody types any more; null where there is none. */
export function usePlan(asked: Asked | null): Plan {
  const may = useMay();
  const wanted = asked && may(asked.name) ? JSON.stringify(asked) : "";
  const [settled, settle] = useState("");
  useEffect(() => {
    const timer = window.setTimeout(() => settle(wanted), TYPING_MS);
    return () => window.clearTimeout(timer);
  }, [wanted]);
  const { data, error, isFetching } = useQuery({
    queryKey: ["plan", settled],
    queryFn: (): Promise<EditPlan> => {
      const it = JSON.parse(settled) as Asked;
      return it.name === "Futago_PlanTunnelEdit" ? call(it.name, it.values) : call(it.name, it.values);
    },
    enabled: settled !== "" && settled === wanted,
    // The change may hold a key, which is not to be kept.
    gcTime: 0,
    refetchInterval: false,
  });
  const isSettled = settled === wanted && wanted !== "";
  return {
    found: isSettled ? data : undefined,
    error: isSettled ? error : null,
    isLooking: wanted !== "" && (!isSettled || isFetching),
  };
}

export interface PlanShownProps {
  plan: Plan;
  isForced: boolean;
  force: (isForced: boolean) => void;
}

export function PlanShown({ plan, isForced, force }: PlanShownProps) {
  const t = useTexts().plan;
  const { found } = plan;
  if (plan.error) return <Problem error={plan.error} />;
  if (!found) {
    return plan.isLooking ? (
      <StatusIndicator type="loading">{t.looking}</StatusIndicator>
    ) : (
      <Alert type="info">{t.nothing}</Alert>
    );
  }
  const touched = found.Tunnels.filter((each) => each.Impact !== "nothing");
  const isQuiet = touched.every((each) => each.Effect === "none" || each.Effect === "drained");
  return (
    <Alert type={found.NeedsForce ? "error" : isQuiet ? "info" : "warning"} header={t.title}>
      <SpaceBetween size="s">
        {(touched.length ? touched : found.Tunnels).map((each) => (
          <Effects key={each.TunnelId} tunnel={each} />
        ))}
        {found.NeedsForce && <div>{t.unsafe}</div>}
        {found.NeedsForce && (
          <Checkbox checked={isForced} onChange={({ detail }) => force(detail.checked)}>
            {t.force}
          </Checkbox>
        )}
      </SpaceBetween>
    </Alert>
  );
}

function Effects({ tunnel }: { tunnel: PlannedTunnel }) {
  const all = useTexts();
  const t = all.plan;
  const impact = t.impacts[tunnel.Impact];
  const isTouched = tunnel.Impact !== "nothing" && tunnel.Impact !== "next-key";
  const words = impact
    ? [
        impact,
        isTouched ? (t.effects[tunnel.Effect] ?? "") : "",
        isTouched && tunnel.NeedsPeer ? t.asksPeer : "",
        tunnel.Turn > 1 ? t.second : "",
      ]
    : [tunnel.Explanation];
  return (
    <div>
      <b>{all.wizard.tunnel(tunnel.TunnelIndex)}</b>: {words.filter(Boolean).join(" ")}
    </div>
  );
}
