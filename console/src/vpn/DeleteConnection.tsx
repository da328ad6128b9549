/** Deletes a connection, detached first; says before what that means. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Connection } from "../api/answers";
import { useTexts } from "../i18n";
import { Problem } from "../ui/Problem";
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
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const isForeign = connection.CrossAccountAuthorized;
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      await deleteConnection(connection, (step, state) => setStates((before) => ({ ...before, [step]: state })));
      await queries.invalidateQueries();
      deleted();
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <Modal
      visible
      header={t.connection.deleteTitle}
      onDismiss={close}
      closeAriaLabel={t.common.close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              {t.common.cancel}
            </Button>
            <Button variant="primary" loading={isBusy} disabled={isForeign} onClick={() => void run()}>
              {t.common.delete}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type={isForeign ? "error" : "warning"}>
          {isForeign
            ? t.connection.deleteForeign
            : t.connection.deleteWarning(connection.Name || connection.VpnConnectionId)}
          {connection.TransitRouterId && !isForeign && <div>{t.connection.deleteAttached}</div>}
        </Alert>
        {Object.keys(states).length > 0 && (
          <StepList
            steps={[
              { label: t.connection.stepDissociate, state: states.dissociate ?? "pending" },
              { label: t.connection.stepDetach, state: states.detach ?? "pending" },
              { label: t.connection.stepDelete, state: states.delete ?? "pending" },
            ]}
          />
        )}
        <Problem error={error} />
      </SpaceBetween>
    </Modal>
  );
}
