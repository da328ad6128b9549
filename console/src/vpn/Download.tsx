/** What the devices on the other side must configure: as values, or as files for a named device. */
import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useEffect, useState } from "react";
import type { Connection } from "../api/answers";
import { call } from "../api/client";
import { useMay } from "../api/session";
import { useTexts } from "../i18n";
import { Problem } from "../ui/Problem";
import { TakeAlong } from "../ui/save";
import { DeviceFiles } from "./DeviceFiles";

const JSON_FORM = "json";
export const DEVICES = ["strongswan-bird", "strongswan-frr"] as const;
export type Device = (typeof DEVICES)[number];

export function Download({ connection, close }: { connection: Connection; close: () => void }) {
  const t = useTexts();
  const may = useMay();
  const [form, choose] = useState<string>(JSON_FORM);
  const options = [
    { value: JSON_FORM, label: t.download.json, description: t.download.jsonHint },
    ...(may("Futago_DownloadDeviceConfiguration")
      ? DEVICES.map((each) => ({ value: each as string, label: t.download.devices[each], description: t.download.deviceHint }))
      : []),
  ];
  const device = DEVICES.find((each) => each === form);
  return (
    <Modal
      visible
      size="large"
      header={t.connection.downloadTitle}
      onDismiss={close}
      closeAriaLabel={t.common.close}
    >
      <SpaceBetween size="m">
        <Alert type="info">{t.connection.downloadHint}</Alert>
        <FormField label={t.download.form} stretch>
          <Select
            selectedOption={options.find((each) => each.value === form) ?? null}
            options={options}
            onChange={({ detail }) => choose(detail.selectedOption.value ?? JSON_FORM)}
          />
        </FormField>
        {device ? (
          <DeviceFiles key={device} connection={connection} device={device} />
        ) : (
          <Values connectionId={connection.VpnConnectionId} />
        )}
      </SpaceBetween>
    </Modal>
  );
}

function Values({ connectionId }: { connectionId: string }) {
  const t = useTexts();
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  // Not kept with the other answers: it holds keys, and each look is in the audit.
  useEffect(() => {
    const stop = new AbortController();
    call("VPC_DownloadVpnConnectionConfig", { VpnConnectionId: connectionId }, { reveal: true, signal: stop.signal })
      .then((answer) => setText(JSON.stringify(answer.VpnConnectionConfig, null, 2)))
      .catch((refused: unknown) => stop.signal.aborted || setError(refused));
    return () => stop.abort();
  }, [connectionId]);
  return (
    <>
      <Problem error={error} />
      {!text && !error && <Spinner />}
      {text && (
        <TakeAlong
          name={`${connectionId}.json`}
          type="application/json"
          text={text}
          label={t.connection.downloadTitle}
        />
      )}
    </>
  );
}
