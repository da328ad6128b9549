/** Customer gateways. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { CustomerGateway } from "../api/answers";
import { call } from "../api/client";
import { useGateways } from "../api/queries";
import { useMay } from "../api/session";
import { useSpoken } from "../i18n";
import { Confirm } from "../ui/Confirm";
import { ResourceTable } from "../ui/ResourceTable";
import { RowActions } from "../ui/RowActions";
import { writeTime } from "../ui/when";
import { GatewayForm } from "./GatewayForm";

type Asked = { kind: "create" } | { kind: "edit" | "delete"; gateway: CustomerGateway } | null;

export default function Gateways() {
  const { texts: t, language } = useSpoken();
  const may = useMay();
  const queries = useQueryClient();
  const { data, error } = useGateways();
  const [asked, ask] = useState<Asked>(null);
  const close = () => ask(null);
  const remove = async (gateway: CustomerGateway) => {
    await call("VPC_DeleteCustomerGateway", { CustomerGatewayId: gateway.CustomerGatewayId });
    await queries.invalidateQueries();
  };
  return (
    <>
      <ResourceTable
        isPage
        title={t.gateways.title}
        description={t.gateways.description}
        items={data}
        error={error}
        trackBy={(each) => each.CustomerGatewayId}
        empty={{ title: t.gateways.empty, hint: t.gateways.emptyHint }}
        action={
          may("VPC_CreateCustomerGateway") && (
            <Button variant="primary" onClick={() => ask({ kind: "create" })}>
              {t.gateways.create}
            </Button>
          )
        }
        columns={[
          {
            id: "name",
            header: t.list.name,
            isRowHeader: true,
            sortingField: "Name",
            cell: (each) => (
              <div>
                {each.Name || each.CustomerGatewayId}
                <Box variant="small" display="block" color="text-body-secondary">
                  {each.CustomerGatewayId}
                </Box>
              </div>
            ),
          },
          { id: "ip", header: t.gateways.ip, sortingField: "IpAddress", cell: (each) => each.IpAddress },
          { id: "asn", header: t.gateways.asn, cell: (each) => each.Asn ?? "-" },
          { id: "description", header: t.common.description, cell: (each) => each.Description || "-" },
          {
            id: "created",
            header: t.common.created,
            sortingField: "CreateTime",
            cell: (each) => writeTime(each.CreateTime, language),
          },
          {
            id: "actions",
            header: t.common.actions,
            cell: (each) => (
              <RowActions
                name={each.Name || each.CustomerGatewayId}
                actions={[
                  {
                    text: t.common.edit,
                    needs: "VPC_ModifyCustomerGatewayAttribute",
                    run: () => ask({ kind: "edit", gateway: each }),
                  },
                  {
                    text: t.common.delete,
                    needs: "VPC_DeleteCustomerGateway",
                    run: () => ask({ kind: "delete", gateway: each }),
                  },
                ]}
              />
            ),
          },
        ]}
      />
      {asked?.kind === "create" && <GatewayForm close={close} />}
      {asked?.kind === "edit" && <GatewayForm edited={asked.gateway} close={close} />}
      {asked?.kind === "delete" && (
        <Confirm
          title={t.gateways.deleteTitle}
          warning={t.gateways.deleteWarning(asked.gateway.Name || asked.gateway.CustomerGatewayId)}
          run={() => remove(asked.gateway)}
          close={close}
        />
      )}
    </>
  );
}
