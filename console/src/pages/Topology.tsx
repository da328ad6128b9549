/** A picture from data centers through tunnels, zones and routers to VPCs. */
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueries } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useHref, useNavigate } from "react-router-dom";
import type { Connection, Health, TunnelHealth } from "../api/answers";
import { call } from "../api/client";
import { useGatewaysOf, useRead } from "../api/queries";
import { useTexts } from "../i18n";
import { Empty } from "../ui/Empty";
import { Problem } from "../ui/Problem";
import { ESTABLISHED } from "../ui/states";
import { widthOf, writeRate } from "../ui/amounts";
import { tunnelsOf } from "../vpn/draft";
import { useHealth } from "../vpn/health";

const PER_PAGE = 10;
const ROW = 92;
const COLUMNS = { device: 20, zone: 330, connection: 560, router: 810, vpc: 1040 };
const WIDTH = 1240;
const BOX = { width: 180, height: 56 };

export default function Topology() {
  const t = useTexts();
  const [page, setPage] = useState(1);
  const { data, error } = useRead("VPC_DescribeVpnConnections", { PageNumber: page, PageSize: PER_PAGE });
  const found = data?.VpnConnections.VpnConnection ?? [];
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={t.topology.description}>
          {t.topology.title}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Problem error={error} />
        <Container>
          {found.length > 0 ? (
            <SpaceBetween size="s">
              <Picture connections={found} />
              <Box color="text-body-secondary" variant="small">
                {t.topology.legend}
              </Box>
            </SpaceBetween>
          ) : (
            data && <Empty title={t.topology.empty} hint={t.list.emptyHint} />
          )}
        </Container>
        {data && data.TotalCount > PER_PAGE && (
          <Pagination
            currentPageIndex={page}
            pagesCount={Math.ceil(data.TotalCount / PER_PAGE)}
            onChange={({ detail }) => setPage(detail.currentPageIndex)}
          />
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}

function Picture({ connections }: { connections: Connection[] }) {
  const t = useTexts();
  const gateways = useGatewaysOf(connections.flatMap((each) => tunnelsOf(each).map((tunnel) => tunnel.CustomerGatewayId))).items;
  const seen = useHealth(useMemo(() => connections.map((each) => each.VpnConnectionId), [connections]));
  const routers = [...new Set(connections.map((each) => each.TransitRouterId).filter(Boolean))];
  const vpcs = useQueries({
    queries: routers.map((routerId) => ({
      queryKey: ["vpcsOf", routerId],
      queryFn: () => call("CBN_ListTransitRouterVpcAttachments", { TransitRouterId: routerId, MaxResults: 100 }),
      retry: false,
    })),
  });
  const attached = routers.flatMap((router, index) =>
    (vpcs[index]?.data?.TransitRouterAttachments ?? []).map((each) => ({ router, vpc: each.VpcId ?? "" })),
  );
  const height = Math.max(connections.length * 2 * ROW, attached.length * ROW, routers.length * ROW) + 20;
  const middle = (index: number, count: number) => ((index + 0.5) * (height - 20)) / count + 10;
  const routerY = new Map(routers.map((router, index) => [router, middle(index, routers.length)]));
  const half = BOX.height / 2;
  return (
    <svg className="topology" viewBox={`0 0 ${WIDTH} ${height}`} role="group" aria-label={t.topology.title}>
      {connections.map((connection, at) => {
        const y = middle(at, connections.length);
        const target = routerY.get(connection.TransitRouterId);
        const known = seen?.byId.get(connection.VpnConnectionId);
        const total = known?.Tunnels.reduce((sum, each) => sum + busier(each), 0) ?? null;
        return (
          <g key={connection.VpnConnectionId}>
            {tunnelsOf(connection).map((tunnel, index) => {
              const own = y + (index === 0 ? -ROW / 2 : ROW / 2);
              const health = known?.Tunnels.find((each) => each.TunnelId === tunnel.TunnelId);
              const state = health?.Health ?? (tunnel.Status === ESTABLISHED ? "up" : "down");
              const load = health ? busier(health) : null;
              const gateway = gateways.find((each) => each.CustomerGatewayId === tunnel.CustomerGatewayId);
              const label = load ? `${t.health[state]} · ${writeRate(load)}` : t.health[state];
              return (
                <g key={tunnel.TunnelId}>
                  <Wire from={[COLUMNS.device + BOX.width, own]} to={[COLUMNS.zone, own]} state={state} load={load} label={label} />
                  <Wire from={[COLUMNS.zone + BOX.width, own]} to={[COLUMNS.connection, y]} state={state} load={load} />
                  <Node
                    at={[COLUMNS.device, own - half]}
                    title={gateway?.Name || tunnel.CustomerGatewayId}
                    detail={gateway?.IpAddress ?? ""}
                    to="/customer-gateways"
                  />
                  <Node
                    at={[COLUMNS.zone, own - half]}
                    title={`${t.start.tunnelOf(tunnel.TunnelIndex)}: ${tunnel.ZoneNo || "-"}`}
                    detail={tunnel.InternetIp}
                    to={`/connections/${connection.VpnConnectionId}`}
                  />
                </g>
              );
            })}
            {target !== undefined && (
              <Wire from={[COLUMNS.connection + BOX.width, y]} to={[COLUMNS.router, target]} state={known?.Health} load={total} />
            )}
            <Node
              at={[COLUMNS.connection, y - half]}
              title={connection.Name || connection.VpnConnectionId}
              detail={connection.VpnConnectionId}
              to={`/connections/${connection.VpnConnectionId}`}
            />
          </g>
        );
      })}
      {attached.map(({ router, vpc }, index) => {
        const y = middle(index, attached.length);
        return (
          <g key={vpc}>
            <Wire from={[COLUMNS.router + BOX.width, routerY.get(router) ?? y]} to={[COLUMNS.vpc, y]} load={null} />
            <Node at={[COLUMNS.vpc, y - half]} title="VPC" detail={vpc} to="/vpcs" />
          </g>
        );
      })}
      {routers.map((router) => (
        <Node
          key={router}
          at={[COLUMNS.router, (routerY.get(router) ?? 0) - half]}
          title={t.wizard.router}
          detail={router}
          to={`/routers/${router}`}
        />
      ))}
    </svg>
  );
}

type Point = [number, number];

const SIGNS: Record<Health, string> = { up: "●", degraded: "◐", down: "✕", unknown: "?" };

interface WireProps {
  from: Point;
  to: Point;
  /** Nothing where only the path is known. */
  state?: Health;
  /** Bits per second. */
  load: number | null;
  label?: string;
}

function Wire({ from, to, state, load, label }: WireProps) {
  const bend = (from[0] + to[0]) / 2;
  return (
    <g className={`wire ${state ?? "plain"}`}>
      <path
        d={`M${from[0]} ${from[1]} C${bend} ${from[1]} ${bend} ${to[1]} ${to[0]} ${to[1]}`}
        strokeWidth={widthOf(load)}
      />
      {label && state && (
        <text x={bend} y={from[1] - 12} textAnchor="middle">
          {`${SIGNS[state]} ${label}`}
        </text>
      )}
    </g>
  );
}

/** The rate of the busier direction. */
function busier(tunnel: TunnelHealth): number {
  return Math.max(tunnel.ReceivedBitsPerSecond ?? 0, tunnel.SentBitsPerSecond ?? 0);
}

const LONGEST = 22;

function Node({ at, title, detail, to }: { at: Point; title: string; detail: string; to: string }) {
  const go = useNavigate();
  const cut = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
  return (
    <a
      href={useHref(to)}
      onClick={(event) => {
        event.preventDefault();
        go(to);
      }}
    >
      <rect className="node" x={at[0]} y={at[1]} width={BOX.width} height={BOX.height} rx={8} />
      <text className="node-title" x={at[0] + 12} y={at[1] + 24}>
        {cut(title)}
      </text>
      <text className="node-detail" x={at[0] + 12} y={at[1] + 43}>
        {cut(detail)}
      </text>
    </a>
  );
}
