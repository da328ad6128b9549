/** Deletes a connection, detached first; says before what that means. */
import Alert from "@cloudscape-design/components/alert";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Connection } from "../api/answers";
import { useTexts } from "../i18n";
import { FormModal } from "../ui/FormModal";
import { deleteConnection, type StepName, type StepState } from "./steps";
import { StepList } from "./StepList";

export interface DeleteConnectionProps {
  connection: Connection;
  close: () => void;
  deleted: () => void;
}

export function DeleteConnection({ connection, close, deleted }: DeleteConnectionProps) {
  const t = useTexts();
  const queries = useQueryClient();
  const [states, setStates] = useState<Partial<Record<StepName, StepState>>>({});
  const isForeign = connection.CrossAccountAuthorized;
  const run = async () => {
    await deleteConnection(connection, (step, state) => setStates((before) => ({ ...before, [step]: state })));
    await queries.invalidateQueries();
    deleted();
  };
  return (
    <FormModal
      title={t.connection.deleteTitle}
      action={t.common.delete}
      isValid
      isRefused={isForeign}
      run={run}
      staysOpen
      close={close}
    >
      <Alert type={isForeign ? "error" : "warning"}>
        {isForeign
          ? t.connection.deleteForeign
          : t.connection.deleteWarning(connection.Name || connection.VpnConnectionId)}
        {connection.TransitRouterId && !isForeign && <div>{t.connection.deleteAttached}</div>}
      </Alert>
      {Object.keys(states).length > 0 && <DeletionSteps states={states} />}
    </FormModal>
  );
}

export function DeletionSteps({ states }: { states: Partial<Record<StepName, StepState>> }) {
  const t = useTexts().connection;
  return (
    <StepList
      steps={[
        { label: t.stepDissociate, state: states.dissociate ?? "pending" },
        { label: t.stepDetach, state: states.detach ?? "pending" },
        { label: t.stepDelete, state: states.delete ?? "pending" },
      ]}
    />
  );
}
