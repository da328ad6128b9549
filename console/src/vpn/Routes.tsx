/** Routes of a connection: by destination, and those of BGP. */
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Connection, ConnectionRoute } from "../api/answers";
import { call } from "../api/client";
import { patiently, readAll } from "../api/queries";
import { useMay } from "../api/session";
import { useTexts } from "../i18n";
import { checkPrefix } from "../rules/network";
import { Confirm } from "../ui/Confirm";
import { Empty } from "../ui/Empty";
import { FormModal } from "../ui/FormModal";
import { Problem } from "../ui/Problem";
import { tunnelsOf } from "./draft";

export function Routes({ connection }: { connection: Connection }) {
  const t = useTexts();
  const may = useMay();
  const queries = useQueryClient();
  const id = connection.VpnConnectionId;
  const [isAdding, setAdding] = useState(false);
  const [leaving, leave] = useState<ConnectionRoute | null>(null);
  const { data, error } = useQuery({
    queryKey: ["routes", id],
    queryFn: () =>
      readAll(
        (window) => call("VPC_DescribeVcoRouteEntries", { VpnConnectionId: id, ...window }),
        (answer) => answer.VcoRouteEntries,
      ),
  });
  const destinations = (data ?? []).filter((each) => each.RouteEntryType === "custom");
  const learned = (data ?? []).filter((each) => each.RouteEntryType !== "custom");
  const named = new Map(tunnelsOf(connection).map((each) => [each.TunnelId, t.wizard.tunnel(each.TunnelIndex)]));
  const hops = (each: ConnectionRoute) =>
    each.NextHopTunnelIdList.map((tunnel) => named.get(tunnel) ?? tunnel).join(", ") || "-";
  const remove = async (route: ConnectionRoute) => {
    const which = { RouteDest: route.RouteDest, NextHop: route.NextHop, Weight: String(route.Weight) };
    await patiently(() => call("VPC_DeleteVcoRouteEntry", { VpnConnectionId: id, ...which }));
    await queries.invalidateQueries();
  };
  return (
    <SpaceBetween size="l">
      <Problem error={error} />
      <Table
        enableKeyboardNavigation
        header={
          <Header
            counter={`(${destinations.length})`}
            actions={
              may("VPC_CreateVcoRouteEntry") && <Button onClick={() => setAdding(true)}>{t.routes.add}</Button>
            }
          >
            {t.routes.destination}
          </Header>
        }
        items={destinations}
        trackBy={(each) => `${each.RouteDest} ${each.Weight}`}
        ariaLabels={{ tableLabel: t.routes.destination }}
        empty={<Empty title={t.routes.empty} hint={t.routes.emptyHint} />}
        columnDefinitions={[
          { id: "prefix", header: t.routes.prefix, isRowHeader: true, cell: (each) => each.RouteDest },
          { id: "weight", header: t.routes.weight, cell: (each) => each.Weight },
          {
            id: "state",
            header: t.routes.state,
            cell: (each) => (
              <StatusIndicator type={each.State === "published" ? "success" : "pending"}>
                {each.State === "published" ? t.routes.published : t.routes.normal}
              </StatusIndicator>
            ),
          },
          { id: "hops", header: t.routes.nextHop, cell: hops },
          {
            id: "actions",
            header: t.common.actions,
            cell: (each) => (
              <Button
                variant="inline-link"
                disabled={!may("VPC_DeleteVcoRouteEntry")}
                ariaLabel={`${t.common.delete} ${each.RouteDest}`}
                onClick={() => leave(each)}
              >
                {t.common.delete}
              </Button>
            ),
          },
        ]}
      />
      <Table
        enableKeyboardNavigation
        header={<Header counter={`(${learned.length})`}>{t.routes.bgp}</Header>}
        items={learned}
        trackBy={(each) => `${each.Source} ${each.RouteDest}`}
        ariaLabels={{ tableLabel: t.routes.bgp }}
        empty={<Empty title={t.routes.emptyBgp} hint={t.routes.emptyBgpHint} />}
        columnDefinitions={[
          { id: "prefix", header: t.routes.prefix, isRowHeader: true, cell: (each) => each.RouteDest },
          {
            id: "source",
            header: t.routes.source,
            cell: (each) => (each.Source === "CLOUD" ? t.routes.advertised : t.routes.learned),
          },
          { id: "path", header: t.routes.asPath, cell: (each) => each.AsPath || "-" },
          { id: "community", header: t.routes.community, cell: (each) => each.Community || "-" },
          { id: "hops", header: t.routes.nextHop, cell: hops },
        ]}
      />
      {isAdding && <AddRoute connectionId={id} close={() => setAdding(false)} />}
      {leaving && (
        <Confirm
          title={t.routes.deleteTitle}
          warning={t.routes.deleteWarning(leaving.RouteDest)}
          run={() => remove(leaving)}
          close={() => leave(null)}
        />
      )}
    </SpaceBetween>
  );
}

function AddRoute({ connectionId, close }: { connectionId: string; close: () => void }) {
  const t = useTexts();
  const queries = useQueryClient();
  const [prefix, setPrefix] = useState("");
  const [weight, setWeight] = useState("100");
  const [isTried, setTried] = useState(false);
  const complaint = prefix === "" ? t.rules.required : checkPrefix(prefix, t.rules);
  const run = async () => {
    await patiently(() =>
      call("VPC_CreateVcoRouteEntry", {
        VpnConnectionId: connectionId,
        RouteDest: prefix.trim(),
        NextHop: connectionId,
        Weight: weight,
        OverlayMode: "Ipsec",
      }),
    );
    await queries.invalidateQueries();
  };
  return (
    <FormModal
      title={t.routes.addTitle}
      action={t.common.add}
      isValid={!complaint}
      onAttempt={() => setTried(true)}
      run={run}
      close={close}
    >
      <FormField
        label={t.routes.prefix}
        constraintText={t.routes.emptyHint}
        errorText={isTried || prefix ? complaint : undefined}
      >
        <Input
          value={prefix}
          placeholder="192.168.0.0/16"
          onChange={({ detail }) => setPrefix(detail.value)}
          autoFocus
        />
      </FormField>
      <FormField label={t.routes.weight}>
        <Select
          selectedOption={{ value: weight, label: weight }}
          options={[
            { value: "100", label: "100" },
            { value: "0", label: "0" },
          ]}
          onChange={({ detail }) => setWeight(detail.selectedOption.value ?? "100")}
        />
      </FormField>
    </FormModal>
  );
}
