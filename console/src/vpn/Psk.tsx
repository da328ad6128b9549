/** A pre-shared key: masked, fetched and shown on demand only. */
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { call } from "../api/client";
import { useMay } from "../api/session";
import { useTexts } from "../i18n";
import { Problem } from "../ui/Problem";

const MASK = "••••••••••••";

export function Psk({ connectionId, tunnelId }: { connectionId: string; tunnelId: string }) {
  const t = useTexts();
  const may = useMay();
  const [key, setKey] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const show = async () => {
    setBusy(true);
    setError(null);
    try {
      const which = { VpnConnectionId: connectionId, TunnelId: tunnelId };
      setKey((await call("Futago_RevealTunnelPsk", which, { reveal: true })).Psk);
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  if (error) return <Problem error={error} onDismiss={() => setError(null)} />;
  return (
    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
      <span className="mono" data-testid="psk">
        {key ?? MASK}
      </span>
      {key === null ? (
        <Button
          variant="inline-link"
          loading={isBusy}
          disabled={!may("Futago_RevealTunnelPsk")}
          disabledReason={t.common.notAllowed}
          ariaLabel={`${t.connection.showPsk}: ${t.connection.psk}`}
          onClick={() => void show()}
        >
          {t.connection.showPsk}
        </Button>
      ) : (
        <Button variant="inline-link" onClick={() => setKey(null)}>
          {t.common.hide}
        </Button>
      )}
    </SpaceBetween>
  );
}
