/** Which CENs of other accounts may take the connection. */
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { GrantRule } from "../api/answers";
import { call } from "../api/client";
import { useRead } from "../api/queries";
import { useMay } from "../api/session";
import { useTexts } from "../i18n";
import { Confirm } from "../ui/Confirm";
import { Empty } from "../ui/Empty";
import { FormModal } from "../ui/FormModal";
import { Problem } from "../ui/Problem";

const BY_OWNER = "PayByCenOwner";
const BY_RESOURCE = "PayByResourceOwner";

export function Grants({ connectionId }: { connectionId: string }) {
  const t = useTexts();
  const may = useMay();
  const queries = useQueryClient();
  const [isGranting, setGranting] = useState(false);
  const [leaving, leave] = useState<GrantRule | null>(null);
  const { data, error } = useRead("CBN_DescribeGrantRulesToResource", {
    ProductType: "VPN",
    ResourceId: connectionId,
    MaxResults: 100,
  });
  const revoke = async (rule: GrantRule) => {
    await call("CBN_RevokeInstanceFromTransitRouter", {
      CenId: rule.CenId,
      CenOwnerId: Number(rule.CenOwnerId),
      InstanceId: connectionId,
      InstanceType: "VPN",
    });
    await queries.invalidateQueries();
  };
  return (
    <SpaceBetween size="m">
      <Problem error={error} />
      <Table
        enableKeyboardNavigation
        header={
          <Header
            actions={
              may("CBN_GrantInstanceToTransitRouter") && (
                <Button onClick={() => setGranting(true)}>{t.grants.grant}</Button>
              )
            }
          >
            {t.grants.title}
          </Header>
        }
        items={data?.GrantRules ?? []}
        trackBy={(each) => `${each.CenId}`}
        ariaLabels={{ tableLabel: t.grants.title }}
        empty={<Empty title={t.grants.empty} hint={t.grants.emptyHint} />}
        columnDefinitions={[
          { id: "cen", header: t.grants.cen, isRowHeader: true, cell: (each) => each.CenId },
          { id: "owner", header: t.grants.cenOwner, cell: (each) => String(each.CenOwnerId) },
          {
            id: "payer",
            header: t.grants.payer,
            cell: (each) => (each.OrderType === BY_RESOURCE ? t.grants.payByResource : t.grants.payByOwner),
          },
          {
            id: "actions",
            header: t.common.actions,
            cell: (each) => (
              <Button
                variant="inline-link"
                disabled={!may("CBN_RevokeInstanceFromTransitRouter")}
                ariaLabel={`${t.grants.revoke} ${each.CenId}`}
                onClick={() => leave(each)}
              >
                {t.grants.revoke}
              </Button>
            ),
          },
        ]}
      />
      {isGranting && <Grant connectionId={connectionId} close={() => setGranting(false)} />}
      {leaving && (
        <Confirm
          title={t.grants.revoke}
          action={t.grants.revoke}
          warning={t.grants.revokeWarning}
          run={() => revoke(leaving)}
          close={() => leave(null)}
        />
      )}
    </SpaceBetween>
  );
}

function Grant({ connectionId, close }: { connectionId: string; close: () => void }) {
  const t = useTexts();
  const queries = useQueryClient();
  const [owner, setOwner] = useState("");
  const [cen, setCen] = useState("");
  const [payer, setPayer] = useState(BY_OWNER);
  const [isTried, setTried] = useState(false);
  const run = async () => {
    await call("CBN_GrantInstanceToTransitRouter", {
      CenId: cen.trim(),
      CenOwnerId: Number(owner.trim()),
      InstanceId: connectionId,
      InstanceType: "VPN",
      OrderType: payer,
    });
    await queries.invalidateQueries();
  };
  return (
    <FormModal
      title={t.grants.title}
      action={t.grants.grant}
      isValid={/^\d+$/.test(owner.trim()) && cen.trim() !== ""}
      onAttempt={() => setTried(true)}
      run={run}
      close={close}
    >
      <FormField label={t.grants.cenOwner} errorText={isTried && !/^\d+$/.test(owner.trim()) && t.rules.required}>
        <Input value={owner} inputMode="numeric" onChange={({ detail }) => setOwner(detail.value)} autoFocus />
      </FormField>
      <FormField label={t.grants.cen} errorText={isTried && !cen.trim() && t.rules.required}>
        <Input value={cen} placeholder="cen-..." onChange={({ detail }) => setCen(detail.value)} />
      </FormField>
      <FormField label={t.grants.payer}>
        <RadioGroup
          value={payer}
          onChange={({ detail }) => setPayer(detail.value)}
          items={[
            { value: BY_OWNER, label: t.grants.payByOwner },
            { value: BY_RESOURCE, label: t.grants.payByResource },
          ]}
        />
      </FormField>
    </FormModal>
  );
}
