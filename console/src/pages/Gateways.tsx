/** Customer gateways. */
import { call } from "../api/client";
import { useList } from "../api/lists";
import { useSpoken } from "../i18n";
import { ResourcePage } from "../ui/ResourcePage";
import { writeTime } from "../ui/when";
import { GatewayForm } from "./GatewayForm";

export default function Gateways() {
  const { texts: t, language } = useSpoken();
  const { items, error, paging } = useList("VPC_DescribeCustomerGateways", { isInAddress: true });
  return (
    <ResourcePage
      isPage
      title={t.gateways.title}
      description={t.gateways.description}
      items={items}
      paging={paging}
      error={error}
      idOf={(each) => each.CustomerGatewayId}
      nameOf={(each) => each.Name}
      empty={{ title: t.gateways.empty, hint: t.gateways.emptyHint }}
      columns={[
        { id: "ip", header: t.gateways.ip, sortingField: "IpAddress", cell: (each) => each.IpAddress },
        { id: "asn", header: t.gateways.asn, sortingField: "Asn", cell: (each) => each.Asn ?? "-" },
        { id: "description", header: t.common.description, cell: (each) => each.Description || "-" },
        {
          id: "created",
          header: t.common.created,
          sortingField: "CreateTime",
          cell: (each) => writeTime(each.CreateTime, language),
        },
      ]}
      create={{
        text: t.gateways.create,
        needs: "VPC_CreateCustomerGateway",
        dialog: (close) => <GatewayForm close={close} />,
      }}
      edits={[
        {
          needs: "VPC_ModifyCustomerGatewayAttribute",
          dialog: (edited, close) => <GatewayForm edited={edited} close={close} />,
        },
      ]}
      remove={{
        title: t.gateways.deleteTitle,
        needs: "VPC_DeleteCustomerGateway",
        warning: t.gateways.deleteWarning,
        run: (each) => call("VPC_DeleteCustomerGateway", { CustomerGatewayId: each.CustomerGatewayId }),
      }}
    />
  );
}
