/** Binds a connection that is attached to nothing. */
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTexts } from "../i18n";
import { FormModal } from "../ui/FormModal";
import { ListSelect } from "../ui/ListSelect";
import { StepList } from "./StepList";
import { bindConnection, type StepName, type StepState } from "./steps";

export function Attach({ connectionId, close }: { connectionId: string; close: () => void }) {
  const t = useTexts();
  const queries = useQueryClient();
  const [routerId, setRouterId] = useState("");
  const [wishes, setWishes] = useState({ advertises: true, associates: true, propagates: true });
  const [states, setStates] = useState<Partial<Record<StepName, StepState>>>({});
  const [isTried, setTried] = useState(false);
  const run = async () => {
    await bindConnection(connectionId, routerId, wishes, (step, state) =>
      setStates((before) => ({ ...before, [step]: state })),
    );
    await queries.invalidateQueries();
  };
  const boxes: [keyof typeof wishes, string, string][] = [
    ["advertises", t.wizard.advertise, t.wizard.advertiseHint],
    ["associates", t.wizard.associate, t.wizard.associateHint],
    ["propagates", t.wizard.propagate, t.wizard.propagateHint],
  ];
  const steps: [StepName, string][] = [
    ["attach", t.wizard.stepAttach],
    ["table", t.wizard.stepTable],
    ["propagate", t.wizard.stepPropagate],
  ];
  return (
    <FormModal
      title={t.connection.attach}
      action={t.connection.attach}
      isValid={routerId !== ""}
      onAttempt={() => setTried(true)}
      run={run}
      close={close}
    >
      <FormField label={t.wizard.router} errorText={isTried && !routerId && t.rules.choose}>
        <ListSelect
          list="CBN_ListTransitRouters"
          value={routerId}
          optionOf={(each) => ({
            value: each.TransitRouterId,
            label: each.TransitRouterName || each.TransitRouterId,
            description: each.CenId,
          })}
          choose={(each) => setRouterId(each.TransitRouterId)}
          empty={t.routers.empty}
        />
      </FormField>
      {boxes.map(([name, label, hint]) => (
        <Checkbox
          key={name}
          checked={wishes[name]}
          description={hint}
          onChange={({ detail }) => setWishes((before) => ({ ...before, [name]: detail.checked }))}
        >
          {label}
        </Checkbox>
      ))}
      {Object.keys(states).length > 0 && (
        <StepList steps={steps.map(([name, label]) => ({ label, state: states[name] ?? "pending" }))} />
      )}
    </FormModal>
  );
}
