/** VPCs and their vSwitches. */
import SpaceBetween from "@cloudscape-design/components/space-between";
import { call } from "../api/client";
import { useSearchParams } from "react-router-dom";
import { useList } from "../api/lists";
import { useRead } from "../api/queries";
import { useSpoken, useTexts } from "../i18n";
import { checkPrefix } from "../rules/network";
import { Link } from "../ui/Link";
import { ResourcePage } from "../ui/ResourcePage";
import { State } from "../ui/states";
import { VpcSelect } from "./VpcSelect";
import { TextForm, type TextField } from "../ui/TextForm";
import { writeTime } from "../ui/when";

export default function Vpcs() {
  const { texts: t, language } = useSpoken();
  const { items, error, paging } = useList("VPC_DescribeVpcs", { isInAddress: true });
  return (
    <SpaceBetween size="l">
      <ResourcePage
        isFirst
        title={t.vpcs.title}
        description={t.vpcs.description}
        items={items}
        paging={paging}
        error={error}
        idOf={(each) => each.VpcId}
        nameOf={(each) => each.VpcName}
        empty={{ title: t.vpcs.empty, hint: t.vpcs.emptyHint }}
        columns={[
          { id: "status", header: t.common.status, cell: (each) => <State value={each.Status} /> },
          { id: "cidr", header: t.vpcs.cidr, sortingField: "CidrBlock", cell: (each) => each.CidrBlock },
          { id: "vswitches", header: t.vpcs.vswitches, cell: (each) => each.VSwitchIds.VSwitchId.length },
          { id: "created", header: t.common.created, cell: (each) => writeTime(each.CreationTime, language) },
        ]}
        create={{
          text: t.vpcs.create,
          needs: "VPC_CreateVpc",
          dialog: (close) => <CreateVpc close={close} />,
        }}
        remove={{
          title: t.vpcs.deleteTitle,
          needs: "VPC_DeleteVpc",
          warning: t.vpcs.deleteWarning,
          run: (each) => call("VPC_DeleteVpc", { VpcId: each.VpcId }),
        }}
      />
      <VSwitches />
    </SpaceBetween>
  );
}

function VSwitches() {
  const t = useTexts();
  const { items, error, paging } = useList("VPC_DescribeVSwitches", { begin: useSearchParams()[0].get("vswitch") ?? "" });
  return (
    <ResourcePage
      title={t.vpcs.vswitches}
      items={items}
      paging={paging}
      error={error}
      idOf={(each) => each.VSwitchId}
      nameOf={(each) => each.VSwitchName}
      empty={{ title: t.vpcs.noVswitches, hint: t.vpcs.noVswitchesHint }}
      columns={[
        { id: "status", header: t.common.status, cell: (each) => <State value={each.Status} /> },
        {
          id: "vpc",
          header: t.vpcs.title,
          sortingField: "VpcId",
          cell: (each) => <Link to={`/vpcs?find=${each.VpcId}`}>{each.VpcId}</Link>,
        },
        { id: "zone", header: t.vpcs.zone, sortingField: "ZoneId", cell: (each) => each.ZoneId },
        { id: "cidr", header: t.vpcs.cidr, cell: (each) => each.CidrBlock },
      ]}
      create={{
        text: t.vpcs.createVswitch,
        needs: "VPC_CreateVSwitch",
        dialog: (close) => <CreateVSwitch close={close} />,
      }}
      remove={{
        title: t.vpcs.deleteVswitch,
        needs: "VPC_DeleteVSwitch",
        warning: t.vpcs.deleteWarning,
        run: (each) => call("VPC_DeleteVSwitch", { VSwitchId: each.VSwitchId }),
      }}
    />
  );
}

function useCidrField(placeholder: string): TextField {
  const t = useTexts();
  return {
    name: "cidr",
    label: t.vpcs.cidr,
    isRequired: true,
    placeholder,
    check: (text: string) => checkPrefix(text, t.rules),
  };
}

function CreateVpc({ close }: { close: () => void }) {
  const t = useTexts();
  return (
    <TextForm
      title={t.vpcs.create}
      action={t.common.create}
      fields={[{ name: "name", label: t.common.name }, useCidrField("10.0.0.0/16")]}
      run={(values) => call("VPC_CreateVpc", { VpcName: values.name || undefined, CidrBlock: values.cidr })}
      close={close}
    />
  );
}

function CreateVSwitch({ close }: { close: () => void }) {
  const t = useTexts();
  const zones = useRead("VPC_DescribeZones", {}).data?.Zones.Zone ?? [];
  return (
    <TextForm
      title={t.vpcs.createVswitch}
      action={t.common.create}
      fields={[
        {
          name: "vpc",
          label: t.vpcs.title,
          isRequired: true,
          entry: (value, change) => <VpcSelect value={value} choose={change} />,
        },
        {
          name: "zone",
          label: t.vpcs.zone,
          isRequired: true,
          options: zones.map((each) => ({ value: each.ZoneId, label: each.ZoneId })),
        },
        { name: "name", label: t.common.name },
        useCidrField("10.0.1.0/24"),
      ]}
      run={(values) =>
        call("VPC_CreateVSwitch", {
          VpcId: values.vpc ?? "",
          ZoneId: values.zone ?? "",
          VSwitchName: values.name || undefined,
          CidrBlock: values.cidr ?? "",
        })
      }
      close={close}
    />
  );
}
