/** One IPsec connection: both tunnels side by side, live, and everything around them. */
import Alert from "@cloudscape-design/components/alert";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import Spinner from "@cloudscape-design/components/spinner";
import { lazy, Suspense, useMemo, useState } from "react";
import { useHref, useNavigate, useParams, useSearchParams } from "react-router-dom";
import type { Connection as Described, ConnectionHealth, Tunnel } from "../api/answers";
import { Refusal } from "../api/client";
import { useRead } from "../api/queries";
import { useMay } from "../api/session";
import { useSpoken, useTexts } from "../i18n";
import { Empty } from "../ui/Empty";
import { LinkButton } from "../ui/Link";
import { Problem } from "../ui/Problem";
import { State } from "../ui/states";
import { writeTime } from "../ui/when";
import { Attach } from "./Attach";
import { Captures } from "./Captures";
import { Bound, Redundancy } from "./Connections";
import { DeleteConnection } from "./DeleteConnection";
import { Diagnosis } from "./Diagnosis";
import { Download } from "./Download";
import { EditConnection } from "./EditConnection";
import { EditTunnel } from "./EditTunnel";
import { EnableBgp } from "./EnableBgp";
import { Grants } from "./Grants";
import { HealthState, RedundancyState, useHealth } from "./health";
import { Logs } from "./Logs";
import { Routes } from "./Routes";
import { Timeline } from "./Timeline";
import { TunnelPanel } from "./TunnelPanel";
import { tunnelsOf } from "./draft";

const Charts = lazy(() => import("./Charts"));

type Asked = "download" | "edit" | "delete" | "bgp" | "attach" | null;

export default function Connection() {
  const t = useTexts();
  const id = useParams().id ?? "";
  const { data, error } = useRead("VPC_DescribeVpnConnection", { VpnConnectionId: id });
  if (error instanceof Refusal && error.status === 404) {
    return (
      <Empty
        title={t.connection.notFound}
        hint={id}
        action={<LinkButton to="/connections">{t.list.title}</LinkButton>}
      />
    );
  }
  return (
    <SpaceBetween size="m">
      <Problem error={error} />
      {data?.VpnConnectionId === id && <Shown connection={data} />}
    </SpaceBetween>
  );
}

function Shown({ connection }: { connection: Described }) {
  const t = useTexts();
  const may = useMay();
  const go = useNavigate();
  const list = useHref("/connections");
  const [place, setPlace] = useSearchParams();
  const [asked, ask] = useState<Asked>(null);
  const [edited, edit] = useState<Tunnel | null>(null);
  // A key that was shown may be another one after an edit.
  const [edits, countEdit] = useState(0);
  const close = () => ask(null);
  const id = connection.VpnConnectionId;
  const seen = useHealth(useMemo(() => [id], [id]));
  return (
    <ContentLayout
      breadcrumbs={
        <BreadcrumbGroup
          items={[
            { text: t.list.title, href: list },
            { text: connection.Name || id, href: "#" },
          ]}
          onFollow={(event) => {
            event.preventDefault();
            if (event.detail.href === list) go("/connections");
          }}
        />
      }
      header={<Title connection={connection} ask={ask} />}
    >
      <SpaceBetween size="l">
        {connection.State === "init" && (
          <Alert
            type="info"
            action={<Button onClick={() => ask("attach")}>{t.connection.attach}</Button>}
          >
            {t.connection.attachHint}
          </Alert>
        )}
        <Basic connection={connection} health={seen?.byId.get(id)} />
        <Tabs
          activeTabId={place.get("tab") ?? "tunnels"}
          onChange={({ detail }) => setPlace({ tab: detail.activeTabId }, { replace: true })}
          tabs={[
            {
              id: "tunnels",
              label: t.connection.tabTunnels,
              content: (
                <div className="tunnels">
                  {tunnelsOf(connection).map((tunnel) => (
                    <TunnelPanel
                      key={`${tunnel.TunnelId} ${edits}`}
                      connection={connection}
                      tunnel={tunnel}
                      seen={seen}
                      edit={() => edit(tunnel)}
                    />
                  ))}
                </div>
              ),
            },
            { id: "routes", label: t.connection.tabRoutes, content: <Routes connection={connection} /> },
            { id: "logs", label: t.connection.tabLogs, content: <Logs connection={connection} /> },
            { id: "diagnosis", label: t.connection.tabDiagnosis, content: <Diagnosis connection={connection} /> },
            ...(may("Futago_ListTunnelSamples")
              ? [
                  {
                    id: "charts",
                    label: t.connection.tabCharts,
                    content: (
                      <Suspense fallback={<Spinner />}>
                        <Charts connection={connection} />
                      </Suspense>
                    ),
                  },
                ]
              : []),
            ...(may("Futago_ListPacketCaptures")
              ? [{ id: "captures", label: t.connection.tabCaptures, content: <Captures connection={connection} /> }]
              : []),
            { id: "grants", label: t.connection.tabGrants, content: <Grants connectionId={id} /> },
            { id: "events", label: t.connection.tabEvents, content: <Timeline connection={connection} /> },
          ]}
        />
      </SpaceBetween>
      {asked === "download" && <Download connection={connection} close={close} />}
      {asked === "edit" && <EditConnection connection={connection} close={close} />}
      {asked === "bgp" && <EnableBgp connection={connection} close={close} />}
      {asked === "attach" && <Attach connectionId={id} close={close} />}
      {asked === "delete" && (
        <DeleteConnection connection={connection} close={close} deleted={() => go("/connections")} />
      )}
      {edited && (
        <EditTunnel
          connection={connection}
          tunnel={edited}
          close={() => {
            edit(null);
            countEdit(edits + 1);
          }}
        />
      )}
    </ContentLayout>
  );
}

function Title({ connection, ask }: { connection: Described; ask: (asked: Asked) => void }) {
  const t = useTexts();
  const may = useMay();
  const denied = (isAllowed: boolean) => ({ disabled: !isAllowed, disabledReason: t.common.notAllowed });
  return (
    <Header
      variant="h1"
      description={connection.VpnConnectionId}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button
            iconName="download"
            {...denied(may("VPC_DownloadVpnConnectionConfig"))}
            onClick={() => ask("download")}
          >
            {t.connection.download}
          </Button>
          {!connection.EnableTunnelsBgp && (
            <Button {...denied(may("VPC_ModifyVpnAttachmentAttribute"))} onClick={() => ask("bgp")}>
              {t.connection.enableBgp}
            </Button>
          )}
          <Button {...denied(may("VPC_ModifyVpnAttachmentAttribute"))} onClick={() => ask("edit")}>
            {t.connection.edit}
          </Button>
          <Button {...denied(may("VPC_DeleteVpnAttachment"))} onClick={() => ask("delete")}>
            {t.connection.delete}
          </Button>
        </SpaceBetween>
      }
    >
      {connection.Name || connection.VpnConnectionId}
    </Header>
  );
}

function Basic({ connection, health }: { connection: Described; health: ConnectionHealth | undefined }) {
  const { texts: t, language } = useSpoken();
  const hasFlows = connection.LocalSubnet !== "0.0.0.0/0" || connection.RemoteSubnet !== "0.0.0.0/0";
  return (
    <Container header={<Header variant="h2">{t.connection.basic}</Header>}>
      <KeyValuePairs
        columns={4}
        minColumnWidth={170}
        items={[
          { label: t.common.status, value: <State value={connection.State} /> },
          ...(health
            ? [
                { label: t.health.title, value: <HealthState value={health.Health} /> },
                { label: t.list.redundancy, value: <RedundancyState health={health} /> },
              ]
            : [{ label: t.list.redundancy, value: <Redundancy connection={connection} /> }]),
          { label: t.list.bound, value: <Bound connection={connection} /> },
          {
            label: t.wizard.gatewayType,
            value: connection.NetworkType === "private" ? t.wizard.private : t.wizard.public,
          },
          {
            label: t.wizard.routingMode,
            value: hasFlows
              ? `${t.wizard.flows}: ${connection.LocalSubnet} ↔ ${connection.RemoteSubnet}`
              : t.wizard.destination,
          },
          { label: t.wizard.effective, value: connection.EffectImmediately ? t.common.yes : t.common.no },
          { label: "BGP", value: connection.EnableTunnelsBgp ? t.common.on : t.common.off },
          { label: t.common.created, value: writeTime(connection.CreateTime, language) },
        ]}
      />
    </Container>
  );
}
