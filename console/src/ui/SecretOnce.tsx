/** A secret that the service tells once, to be copied now. */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useTexts } from "../i18n";

export interface SecretOnceProps {
  title: string;
  warning: string;
  /** What the secret belongs to. */
  owner: { label: string; value: string };
  secret: { label: string; value: string };
  close: () => void;
}

export function SecretOnce({ title, warning, owner, secret, close }: SecretOnceProps) {
  const t = useTexts().common;
  return (
    <Modal
      visible
      header={title}
      onDismiss={close}
      closeAriaLabel={t.close}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={close}>
            {t.close}
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">{warning}</Alert>
        <KeyValuePairs
          items={[
            { label: owner.label, value: <span className="mono">{owner.value}</span> },
            {
              label: secret.label,
              value: (
                <SpaceBetween size="xs">
                  <span className="mono" data-testid="secret-once">
                    {secret.value}
                  </span>
                  <CopyToClipboard
                    copyButtonText={t.copy}
                    copyButtonAriaLabel={`${t.copy}: ${secret.label}`}
                    copySuccessText={t.copied}
                    copyErrorText={t.copyFailed}
                    textToCopy={secret.value}
                  />
                </SpaceBetween>
              ),
            },
          ]}
        />
      </SpaceBetween>
    </Modal>
  );
}
