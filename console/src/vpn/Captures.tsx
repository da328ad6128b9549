/** Packet captures of a connection: started, stopped, taken along. */
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import type { Capture, Connection } from "../api/answers";
import { call } from "../api/client";
import { useRead } from "../api/queries";
import { useMay } from "../api/session";
import { useSpoken, useTexts } from "../i18n";
import { checkPrefix } from "../rules/network";
import { Problem } from "../ui/Problem";
import { ResourcePage } from "../ui/ResourcePage";
import { writeSize } from "../ui/amounts";
import { saveFile } from "../ui/save";
import { TextForm } from "../ui/TextForm";
import { writeTime } from "../ui/when";
import { tunnelsOf } from "./draft";
import { newToken } from "./steps";
import { TaskState } from "./Tasks";

const isOver = (capture: Capture) => capture.State === "done" || capture.State === "failed";

export function Captures({ connection }: { connection: Connection }) {
  const { texts: t, language } = useSpoken();
  const { data, error } = useRead("Futago_ListPacketCaptures", {
    VpnConnectionId: connection.VpnConnectionId,
    MaxResults: 50,
  });
  const named = new Map(tunnelsOf(connection).map((each) => [each.TunnelId, t.wizard.tunnel(each.TunnelIndex)]));
  const of = (capture: Capture) => ({ VpnConnectionId: connection.VpnConnectionId, CaptureId: capture.CaptureId });
  return (
    <ResourcePage
      title={t.captures.title}
      description={t.captures.description}
      items={data?.PacketCaptures}
      error={error}
      nameHeader={t.common.id}
      idOf={(each) => each.CaptureId}
      nameOf={(each) => each.CaptureId}
      empty={{ title: t.captures.empty, hint: t.captures.emptyHint }}
      columns={[
        { id: "at", header: t.tasks.at, cell: (each) => writeTime(each.RequestTime, language) },
        { id: "tunnel", header: t.logs.tunnel, cell: (each) => named.get(each.TunnelId) ?? each.TunnelId },
        {
          id: "side",
          header: t.captures.side,
          cell: (each) => (each.Side === "inside" ? t.captures.insideShort : t.captures.outsideShort),
        },
        {
          id: "state",
          header: t.common.status,
          cell: (each) => <TaskState state={each.State} message={each.Message} />,
        },
        {
          id: "packets",
          header: t.captures.packetCount,
          cell: (each) =>
            each.Packets + (each.DroppedPackets ? ` (${t.captures.dropped(each.DroppedPackets)})` : ""),
        },
        { id: "size", header: t.captures.size, cell: (each) => (each.FileBytes ? writeSize(each.FileBytes) : "-") },
        { id: "take", header: "pcap", cell: (each) => <Take capture={each} of={of(each)} /> },
      ]}
      create={{
        text: t.captures.start,
        needs: "Futago_StartPacketCapture",
        dialog: (close) => <StartCapture connection={connection} close={close} />,
      }}
      remove={{
        title: t.captures.deleteTitle,
        needs: "Futago_DeletePacketCapture",
        warning: t.captures.deleteWarning,
        fits: isOver,
        run: (each) => call("Futago_DeletePacketCapture", of(each)),
      }}
    />
  );
}

/** Stops a capture that runs, or saves what one holds. */
function Take({ capture, of }: { capture: Capture; of: { VpnConnectionId: string; CaptureId: string } }) {
  const t = useTexts();
  const may = useMay();
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const act = (run: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    run()
      .catch(setError)
      .finally(() => setBusy(false));
  };
  if (error) return <Problem error={error} onDismiss={() => setError(null)} />;
  if (!isOver(capture)) {
    return (
      <Button
        variant="inline-link"
        loading={isBusy}
        disabled={!may("Futago_StopPacketCapture")}
        ariaLabel={`${t.captures.stop}: ${capture.CaptureId}`}
        onClick={() => act(() => call("Futago_StopPacketCapture", of))}
      >
        {t.captures.stop}
      </Button>
    );
  }
  if (!capture.FileBytes) return <>-</>;
  return (
    <Button
      variant="inline-link"
      loading={isBusy}
      disabled={!may("Futago_DownloadPacketCapture")}
      ariaLabel={`${t.captures.download}: ${capture.CaptureId}`}
      onClick={() => act(() => save(of))}
    >
      {t.captures.download}
    </Button>
  );
}

/** Reads a capture part by part, and has the browser save it. */
async function save(of: { VpnConnectionId: string; CaptureId: string }): Promise<void> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (;;) {
    const part = await call("Futago_DownloadPacketCapture", { ...of, Offset: offset });
    parts.push(Uint8Array.from(atob(part.Content), (each) => each.charCodeAt(0)));
    if (part.NextOffset <= offset || part.NextOffset >= part.TotalBytes) break;
    offset = part.NextOffset;
  }
  saveFile(`${of.CaptureId}.pcap`, "application/vnd.tcpdump.pcap", new Blob(parts));
}

const PROTOCOLS = ["icmp", "tcp", "udp", "esp"];
const NUMBER = /^\d{1,5}$/;

function StartCapture({ connection, close }: { connection: Connection; close: () => void }) {
  const t = useTexts();
  const between = (least: number, most: number) => (text: string) =>
    NUMBER.test(text) && Number(text) >= least && Number(text) <= most ? undefined : t.rules.number;
  return (
    <TextForm
      title={t.captures.start}
      action={t.captures.start}
      fields={[
        {
          name: "tunnel",
          label: t.logs.tunnel,
          options: [
            { value: "", label: t.captures.both },
            ...tunnelsOf(connection).map((each) => ({
              value: each.TunnelId,
              label: t.wizard.tunnel(each.TunnelIndex),
              description: each.TunnelId,
            })),
          ],
        },
        {
          name: "side",
          label: t.captures.side,
          isRequired: true,
          initial: "outside",
          options: [
            { value: "outside", label: t.captures.outside },
            { value: "inside", label: t.captures.inside },
          ],
        },
        { name: "seconds", label: t.captures.seconds, isRequired: true, initial: "30", check: between(1, 300) },
        { name: "packets", label: t.captures.packets, isRequired: true, initial: "1000", check: between(1, 10_000) },
        {
          name: "cidr",
          label: `${t.captures.onlyCidr} (${t.common.optional})`,
          placeholder: "10.0.0.0/16",
          check: (text) => checkPrefix(text, t.rules),
        },
        {
          name: "protocol",
          label: `${t.captures.onlyProtocol} (${t.common.optional})`,
          options: [
            { value: "", label: t.captures.anyProtocol },
            ...PROTOCOLS.map((each) => ({ value: each, label: each.toUpperCase() })),
          ],
        },
        { name: "port", label: `${t.captures.onlyPort} (${t.common.optional})`, check: between(1, 65_535) },
      ]}
      run={(values) =>
        call("Futago_StartPacketCapture", {
          VpnConnectionId: connection.VpnConnectionId,
          TunnelId: values.tunnel || undefined,
          Side: values.side ?? "outside",
          Seconds: Number(values.seconds),
          Packets: Number(values.packets),
          FilterCidr: values.cidr || undefined,
          FilterProtocol: values.protocol || undefined,
          FilterPort: values.port ? Number(values.port) : undefined,
          ClientToken: newToken(),
        })
      }
      close={close}
    />
  );
}
