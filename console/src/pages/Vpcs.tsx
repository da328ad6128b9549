/** VPCs and their vSwitches. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Vpc, VSwitch } from "../api/answers";
import { call } from "../api/client";
import { readAll, useRead } from "../api/queries";
import { useMay } from "../api/session";
import { useSpoken } from "../i18n";
import { checkPrefix } from "../rules/network";
import { Confirm } from "../ui/Confirm";
import { ResourceTable } from "../ui/ResourceTable";
import { RowActions } from "../ui/RowActions";
import { State } from "../ui/states";
import { TextForm } from "../ui/TextForm";
import { writeTime } from "../ui/when";

type Asked = "vpc" | "vswitch" | null;

export default function Vpcs() {
  const { texts: t, language } = useSpoken();
  const may = useMay();
  const queries = useQueryClient();
  const { data: vpcs, error } = useQuery({
    queryKey: ["vpcs"],
    queryFn: () =>
      readAll(
        (window) => call("VPC_DescribeVpcs", window),
        (answer) => answer.Vpcs.Vpc,
      ),
  });
  const { data: vswitches, error: refused } = useQuery({
    queryKey: ["vswitches"],
    queryFn: () =>
      readAll(
        (window) => call("VPC_DescribeVSwitches", window),
        (answer) => answer.VSwitches.VSwitch,
      ),
  });
  const zones = useRead("VPC_DescribeZones", {}).data?.Zones.Zone ?? [];
  const [asked, ask] = useState<Asked>(null);
  const [leaving, leave] = useState<Vpc | null>(null);
  const [going, go] = useState<VSwitch | null>(null);
  const after = () => queries.invalidateQueries();
  const cidr = (placeholder: string) => ({
    name: "cidr",
    label: t.vpcs.cidr,
    isRequired: true,
    placeholder,
    check: (text: string) => checkPrefix(text, t.rules),
  });
  return (
    <SpaceBetween size="l">
      <ResourceTable
        isFirst
        title={t.vpcs.title}
        description={t.vpcs.description}
        items={vpcs}
        error={error}
        trackBy={(each) => each.VpcId}
        empty={{ title: t.vpcs.empty, hint: t.vpcs.emptyHint }}
        action={
          may("VPC_CreateVpc") && (
            <Button variant="primary" onClick={() => ask("vpc")}>
              {t.vpcs.create}
            </Button>
          )
        }
        columns={[
          {
            id: "name",
            header: t.list.name,
            isRowHeader: true,
            sortingField: "VpcName",
            cell: (each) => (
              <div>
                {each.VpcName || each.VpcId}
                <Box variant="small" display="block" color="text-body-secondary">
                  {each.VpcId}
                </Box>
              </div>
            ),
          },
          { id: "status", header: t.common.status, cell: (each) => <State value={each.Status} /> },
          { id: "cidr", header: t.vpcs.cidr, sortingField: "CidrBlock", cell: (each) => each.CidrBlock },
          { id: "vswitches", header: t.vpcs.vswitches, cell: (each) => each.VSwitchIds.VSwitchId.length },
          { id: "created", header: t.common.created, cell: (each) => writeTime(each.CreationTime, language) },
          {
            id: "actions",
            header: t.common.actions,
            cell: (each) => (
              <RowActions
                name={each.VpcName || each.VpcId}
                actions={[{ text: t.common.delete, needs: "VPC_DeleteVpc", run: () => leave(each) }]}
              />
            ),
          },
        ]}
      />
      <ResourceTable
        title={t.vpcs.vswitches}
        items={vswitches}
        error={refused}
        trackBy={(each) => each.VSwitchId}
        empty={{ title: t.vpcs.noVswitches, hint: t.vpcs.noVswitchesHint }}
        action={
          may("VPC_CreateVSwitch") && <Button onClick={() => ask("vswitch")}>{t.vpcs.createVswitch}</Button>
        }
        columns={[
          {
            id: "name",
            header: t.list.name,
            isRowHeader: true,
            cell: (each) => (
              <div>
                {each.VSwitchName || each.VSwitchId}
                <Box variant="small" display="block" color="text-body-secondary">
                  {each.VSwitchId}
                </Box>
              </div>
            ),
          },
          { id: "status", header: t.common.status, cell: (each) => <State value={each.Status} /> },
          { id: "vpc", header: t.vpcs.title, sortingField: "VpcId", cell: (each) => each.VpcId },
          { id: "zone", header: t.vpcs.zone, sortingField: "ZoneId", cell: (each) => each.ZoneId },
          { id: "cidr", header: t.vpcs.cidr, cell: (each) => each.CidrBlock },
          {
            id: "actions",
            header: t.common.actions,
            cell: (each) => (
              <RowActions
                name={each.VSwitchName || each.VSwitchId}
                actions={[{ text: t.common.delete, needs: "VPC_DeleteVSwitch", run: () => go(each) }]}
              />
            ),
          },
        ]}
      />
      {asked === "vpc" && (
        <TextForm
          title={t.vpcs.create}
          action={t.common.create}
          fields={[{ name: "name", label: t.common.name }, cidr("10.0.0.0/16")]}
          run={(values) => call("VPC_CreateVpc", { VpcName: values.name || undefined, CidrBlock: values.cidr })}
          close={() => ask(null)}
        />
      )}
      {asked === "vswitch" && (
        <TextForm
          title={t.vpcs.createVswitch}
          action={t.common.create}
          fields={[
            {
              name: "vpc",
              label: t.vpcs.title,
              isRequired: true,
              options: (vpcs ?? []).map((each) => ({
                value: each.VpcId,
                label: each.VpcName || each.VpcId,
                description: each.CidrBlock,
              })),
            },
            {
              name: "zone",
              label: t.vpcs.zone,
              isRequired: true,
              options: zones.map((each) => ({ value: each.ZoneId, label: each.ZoneId })),
            },
            { name: "name", label: t.common.name },
            cidr("10.0.1.0/24"),
          ]}
          run={(values) =>
            call("VPC_CreateVSwitch", {
              VpcId: values.vpc ?? "",
              ZoneId: values.zone ?? "",
              VSwitchName: values.name || undefined,
              CidrBlock: values.cidr ?? "",
            })
          }
          close={() => ask(null)}
        />
      )}
      {leaving && (
        <Confirm
          title={t.vpcs.deleteTitle}
          warning={t.vpcs.deleteWarning(leaving.VpcName || leaving.VpcId)}
          run={() => call("VPC_DeleteVpc", { VpcId: leaving.VpcId }).then(after)}
          close={() => leave(null)}
        />
      )}
      {going && (
        <Confirm
          title={t.vpcs.deleteVswitch}
          warning={t.vpcs.deleteWarning(going.VSwitchName || going.VSwitchId)}
          run={() => call("VPC_DeleteVSwitch", { VSwitchId: going.VSwitchId }).then(after)}
          close={() => go(null)}
        />
      )}
    </SpaceBetween>
  );
}
