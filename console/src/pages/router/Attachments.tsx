/** What is attached to a router. */
import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Attachment } from "../../api/answers";
import { call } from "../../api/client";
import { patiently, readAll } from "../../api/queries";
import { useTexts } from "../../i18n";
import { FormModal } from "../../ui/FormModal";
import { Link } from "../../ui/Link";
import { ResourcePage } from "../../ui/ResourcePage";
import { pageOf } from "../../ui/resources";
import { State } from "../../ui/states";
import { VpcSelect } from "../VpcSelect";
import { resourceOf, useAttachments } from "./queries";

export function Attachments({ routerId }: { routerId: string }) {
  const t = useTexts();
  const { data, error } = useAttachments(routerId);
  return (
    <ResourcePage
      title={t.routers.attachments}
      items={data}
      error={error}
      nameHeader={t.routers.attachment}
      idOf={(each) => each.TransitRouterAttachmentId}
      nameOf={(each) => each.TransitRouterAttachmentName}
      empty={{ title: t.routers.noAttachments, hint: t.routers.noAttachmentsHint }}
      columns={[
        { id: "type", header: t.common.type, sortingField: "ResourceType", cell: (each) => each.ResourceType },
        {
          id: "resource",
          header: t.routers.resource,
          cell: (each) => {
            const resource = resourceOf(each);
            const page = pageOf(resource);
            return page ? <Link to={page}>{resource}</Link> : resource;
          },
        },
        { id: "status", header: t.common.status, cell: (each) => <State value={each.Status} /> },
        { id: "owner", header: t.routers.owner, cell: (each) => String(each.VpnOwnerId ?? each.VpcOwnerId ?? "-") },
      ]}
      create={{
        text: t.routers.attachVpc,
        needs: "CBN_CreateTransitRouterVpcAttachment",
        dialog: (close) => <AttachVpc routerId={routerId} close={close} />,
      }}
      remove={{
        title: t.routers.detach,
        text: t.routers.detach,
        needs: (each) =>
          each.ResourceType === "VPN"
            ? "CBN_DeleteTransitRouterVpnAttachment"
            : "CBN_DeleteTransitRouterVpcAttachment",
        warning: (name) => `${name}: ${t.routers.detachWarning}`,
        run: detach,
      }}
    />
  );
}

async function detach(attachment: Attachment): Promise<void> {
  const which = { TransitRouterAttachmentId: attachment.TransitRouterAttachmentId };
  if (attachment.ResourceType === "VPN") await call("CBN_DeleteTransitRouterVpnAttachment", which);
  else await call("CBN_DeleteTransitRouterVpcAttachment", which);
}

function AttachVpc({ routerId, close }: { routerId: string; close: () => void }) {
  const t = useTexts();
  const queries = useQueryClient();
  const [vpcId, setVpcId] = useState("");
  const [chosen, choose] = useState<readonly string[]>([]);
  const [isTried, setTried] = useState(false);
  const { data: segments = [] } = useQuery({
    queryKey: ["vswitchesOf", vpcId],
    queryFn: () =>
      readAll(
        (window) => call("VPC_DescribeVSwitches", { VpcId: vpcId, ...window }),
        (answer) => answer.VSwitches.VSwitch,
      ),
    enabled: vpcId !== "",
  });
  const options = segments.map((each) => ({
    value: each.VSwitchId,
    label: each.VSwitchName || each.VSwitchId,
    description: `${each.ZoneId} · ${each.CidrBlock}`,
  }));
  const run = async () => {
    const mappings = segments
      .filter((each) => chosen.includes(each.VSwitchId))
      .map((each) => ({ ZoneId: each.ZoneId, VSwitchId: each.VSwitchId }));
    await patiently(() =>
      call("CBN_CreateTransitRouterVpcAttachment", {
        TransitRouterId: routerId,
        VpcId: vpcId,
        ZoneMappings: mappings,
      }),
    );
    await queries.invalidateQueries();
  };
  return (
    <FormModal
      title={t.routers.attachVpc}
      action={t.routers.attachVpc}
      isValid={vpcId !== "" && chosen.length > 0}
      onAttempt={() => setTried(true)}
      run={run}
      close={close}
    >
      <FormField label={t.vpcs.title} errorText={isTried && !vpcId && t.rules.choose}>
        <VpcSelect
          value={vpcId}
          choose={(id) => {
            setVpcId(id);
            choose([]);
          }}
        />
      </FormField>
      <FormField
        label={t.routers.vswitches}
        constraintText={t.routers.vswitchHint}
        errorText={isTried && !chosen.length && t.rules.choose}
      >
        <Multiselect
          selectedOptions={options.filter((each) => chosen.includes(each.value))}
          options={options}
          disabled={!vpcId}
          empty={t.vpcs.noVswitches}
          onChange={({ detail }) => choose(detail.selectedOptions.map((each) => each.value ?? ""))}
        />
      </FormField>
    </FormModal>
  );
}
