/** The list of IPsec connections: both tunnels at a glance, found and paged by the service. */
import Box from "@cloudscape-design/components/box";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useEffect, useMemo, useState } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";
import type { Connection } from "../api/answers";
import { useRead } from "../api/queries";
import { useMay } from "../api/session";
import { useTexts } from "../i18n";
import { Empty } from "../ui/Empty";
import { Link, LinkButton } from "../ui/Link";
import { Problem } from "../ui/Problem";
import { ESTABLISHED, Negotiation, State } from "../ui/states";
import { DeleteConnection } from "./DeleteConnection";
import { Download } from "./Download";
import { EditConnection } from "./EditConnection";
import { tunnelsOf } from "./draft";
import { HealthState, RedundancyState, useHealth, type Seen } from "./health";

const PAGE_SIZE = 20;
const TYPING_MS = 250;

type Asked = { kind: "download" | "edit" | "delete"; connection: Connection };

export default function Connections() {
  const t = useTexts();
  const may = useMay();
  const [place, setPlace] = useSearchParams();
  const page = Number(place.get("page") ?? "1") || 1;
  const [typed, setTyped] = useState(place.get("find") ?? "");
  const find = place.get("find") ?? "";
  const [asked, ask] = useState<Asked | null>(null);
  useEffect(() => {
    if (typed === find) return undefined;
    const timer = window.setTimeout(() => setPlace(typed ? { find: typed } : {}, { replace: true }), TYPING_MS);
    return () => window.clearTimeout(timer);
  }, [typed, find, setPlace]);
  const { data, error, isPending, refetch } = useRead("VPC_DescribeVpnConnections", {
    PageNumber: page,
    PageSize: PAGE_SIZE,
    Keyword: find || undefined,
  });
  const total = data?.TotalCount ?? 0;
  const items = data?.VpnConnections.VpnConnection;
  const ids = useMemo(() => (items ?? []).map((each) => each.VpnConnectionId), [items]);
  const seen = useHealth(ids);
  const columns = useColumns(ask, seen);
  return (
    <SpaceBetween size="m">
      <Problem error={error} />
      <Table
        variant="full-page"
        stickyHeader
        enableKeyboardNavigation
        wrapLines
        stickyColumns={{ last: 1 }}
        columnDefinitions={columns}
        items={items ?? []}
        trackBy="VpnConnectionId"
        loading={isPending}
        loadingText={t.common.loading}
        ariaLabels={{ tableLabel: t.list.title }}
        header={
          <Header
            variant="awsui-h1-sticky"
            counter={data ? `(${total})` : undefined}
            description={t.list.description}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button iconName="refresh" ariaLabel={t.common.refresh} onClick={() => void refetch()} />
                {may("VPC_CreateVpnAttachment") && (
                  <LinkButton to="/connections/create" variant="primary">
                    {t.list.bindCen}
                  </LinkButton>
                )}
              </SpaceBetween>
            }
          >
            {t.list.title}
          </Header>
        }
        filter={
          <TextFilter
            filteringText={typed}
            filteringPlaceholder={t.list.search}
            filteringAriaLabel={t.list.search}
            countText={find ? t.common.matches(total) : undefined}
            onChange={({ detail }) => setTyped(detail.filteringText)}
          />
        }
        pagination={
          total > PAGE_SIZE ? (
            <Pagination
              currentPageIndex={page}
              pagesCount={Math.ceil(total / PAGE_SIZE)}
              onChange={({ detail }) => {
                const next = new URLSearchParams(place);
                next.set("page", String(detail.currentPageIndex));
                setPlace(next);
              }}
            />
          ) : undefined
        }
        empty={
          find ? (
            <Empty title={t.common.noMatch} action={<Button onClick={() => setTyped("")}>{t.common.clearFilter}</Button>} />
          ) : (
            <Empty
              title={t.list.empty}
              hint={t.list.emptyHint}
              action={<LinkButton to="/connections/create">{t.list.bindCen}</LinkButton>}
            />
          )
        }
      />
      {asked?.kind === "download" && (
        <Download connection={asked.connection} close={() => ask(null)} />
      )}
      {asked?.kind === "edit" && <EditConnection connection={asked.connection} close={() => ask(null)} />}
      {asked?.kind === "delete" && (
        <DeleteConnection connection={asked.connection} close={() => ask(null)} deleted={() => ask(null)} />
      )}
    </SpaceBetween>
  );
}

function useColumns(ask: (asked: Asked) => void, seen: Seen | undefined): TableProps.ColumnDefinition<Connection>[] {
  const t = useTexts();
  const may = useMay();
  const go = useNavigate();
  return useMemo(
    () => [
      {
        id: "name",
        header: t.list.name,
        isRowHeader: true,
        minWidth: 170,
        cell: (each) => (
          <div>
            <Link to={`/connections/${each.VpnConnectionId}`}>{each.Name || each.VpnConnectionId}</Link>
            <Box variant="small" display="block" color="text-body-secondary">
              {each.VpnConnectionId}
            </Box>
          </div>
        ),
      },
      {
        id: "state",
        header: t.common.status,
        minWidth: 145,
        cell: (each) => (
          <div className="one-line">
            <State value={each.State} />
          </div>
        ),
      },
      {
        id: "health",
        header: `${t.health.title} / ${t.list.redundancy}`,
        minWidth: 165,
        cell: (each) => {
          const health = seen?.byId.get(each.VpnConnectionId);
          return (
            <div className="glance">
              <div className="one-line">{health ? <HealthState value={health.Health} /> : "-"}</div>
              <div className="one-line">
                {health ? <RedundancyState health={health} /> : <Redundancy connection={each} />}
              </div>
            </div>
          );
        },
      },
      {
        id: "tunnels",
        header: t.connection.tabTunnels,
        minWidth: 270,
        cell: (each) => {
          const known = seen?.byId.get(each.VpnConnectionId)?.Tunnels ?? [];
          const isUnknown = (id: string) => known.find((one) => one.TunnelId === id)?.Health === "unknown";
          return (
            <div className="glance">
              {tunnelsOf(each).map((tunnel) => (
                <div key={tunnel.TunnelId} className="one-line">
                  {tunnel.TunnelIndex}{" "}
                  {isUnknown(tunnel.TunnelId) ? <HealthState value="unknown" /> : <Negotiation status={tunnel.Status} />}
                </div>
              ))}
            </div>
          );
        },
      },
      { id: "bound", header: t.list.bound, minWidth: 170, cell: (each) => <Bound connection={each} /> },
      { id: "bgp", header: "BGP", cell: (each) => (each.EnableTunnelsBgp ? t.common.on : t.common.off) },
      {
        id: "actions",
        header: t.common.actions,
        minWidth: 75,
        cell: (each) => (
          <ButtonDropdown
            variant="inline-icon"
            expandToViewport
            ariaLabel={`${t.common.actions}: ${each.Name || each.VpnConnectionId}`}
            items={[
              {
                id: "download",
                text: t.list.download,
                disabled: !may("VPC_DownloadVpnConnectionConfig"),
                disabledReason: t.common.notAllowed,
              },
              {
                id: "edit",
                text: t.common.edit,
                disabled: !may("VPC_ModifyVpnAttachmentAttribute"),
                disabledReason: t.common.notAllowed,
              },
              {
                id: "delete",
                text: t.common.delete,
                disabled: !may("VPC_DeleteVpnAttachment"),
                disabledReason: t.common.notAllowed,
              },
              { id: "open", text: t.connection.details },
            ]}
            onItemClick={({ detail }) =>
              detail.id === "open"
                ? go(`/connections/${each.VpnConnectionId}`)
                : ask({ kind: detail.id as Asked["kind"], connection: each })
            }
          />
        ),
      },
    ],
    [t, may, ask, go, seen],
  );
}

export function Redundancy({ connection }: { connection: Connection }) {
  const t = useTexts().list;
  const up = tunnelsOf(connection).filter((each) => each.Status === ESTABLISHED).length;
  if (up === 2) return <StatusIndicator type="success">{t.redundant}</StatusIndicator>;
  return <StatusIndicator type={up ? "warning" : "error"}>{up ? t.single : t.lost}</StatusIndicator>;
}

export function Bound({ connection }: { connection: Connection }) {
  const t = useTexts();
  if (!connection.TransitRouterId) return <>{t.list.unbound}</>;
  const name = connection.TransitRouterName || connection.TransitRouterId;
  return (
    <div>
      {connection.CrossAccountAuthorized ? (
        <>
          {connection.TransitRouterId} ({t.connection.foreignRouter})
        </>
      ) : (
        <Link to={`/routers/${connection.TransitRouterId}`}>{name}</Link>
      )}
      <Box variant="small" display="block" color="text-body-secondary">
        {connection.AttachInstanceId}
      </Box>
    </div>
  );
}
