/** What operators do to one tunnel at once: renew its keys, or start it anew. */
import Alert from "@cloudscape-design/components/alert";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Connection, ConnectionHealth, Tunnel } from "../api/answers";
import { call } from "../api/client";
import { useMay } from "../api/session";
import { useTexts } from "../i18n";
import { FormModal } from "../ui/FormModal";
import { newToken } from "./steps";

type Kind = "rekey" | "rekeyIke" | "reset";

export interface TunnelMenuProps {
  connection: Connection;
  tunnel: Tunnel;
  known: ConnectionHealth | undefined;
}

export function TunnelMenu({ connection, tunnel, known }: TunnelMenuProps) {
  const t = useTexts();
  const may = useMay();
  const queries = useQueryClient();
  const [asked, ask] = useState<Kind | null>(null);
  const partner = known?.Tunnels.find((each) => each.TunnelId !== tunnel.TunnelId);
  const isCovered = partner?.Health === "up" || partner?.Health === "degraded";
  const item = (id: Kind, isAllowed: boolean) => ({
    id,
    text: t.tasks[id],
    disabled: !isAllowed,
    disabledReason: t.common.notAllowed,
  });
  const run = async (kind: Kind) => {
    const which = {
      VpnConnectionId: connection.VpnConnectionId,
      TunnelId: tunnel.TunnelId,
      ClientToken: newToken(),
    };
    if (kind === "reset") await call("Futago_ResetTunnel", which);
    else await call("Futago_RekeyTunnel", { ...which, IncludeIke: kind === "rekeyIke" });
    await queries.invalidateQueries();
  };
  return (
    <>
      <ButtonDropdown
        ariaLabel={`${t.tasks.menu}: ${t.wizard.tunnel(tunnel.TunnelIndex)}`}
        items={[
          item("rekey", may("Futago_RekeyTunnel")),
          item("rekeyIke", may("Futago_RekeyTunnel")),
          item("reset", may("Futago_ResetTunnel")),
        ]}
        onItemClick={({ detail }) => ask(detail.id as Kind)}
      >
        {t.tasks.menu}
      </ButtonDropdown>
      {asked && (
        <FormModal
          title={`${t.tasks[asked]}: ${t.wizard.tunnel(tunnel.TunnelIndex)}`}
          action={t.tasks[asked]}
          isValid
          run={() => run(asked)}
          close={() => ask(null)}
        >
          {asked === "reset" ? (
            <Alert type={isCovered ? "info" : "warning"}>
              <div>{t.tasks.resetHint}</div>
              <div>{isCovered ? t.tasks.resetSafe : t.tasks.resetUnsafe}</div>
            </Alert>
          ) : (
            <Alert type="info">{t.tasks.rekeyHint}</Alert>
          )}
        </FormModal>
      )}
    </>
  );
}
