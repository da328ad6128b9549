/** The fields of one tunnel, in the manual's order. */
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { CustomerGateway } from "../api/answers";
import { useMay } from "../api/session";
import { useTexts } from "../i18n";
import { ListSelect } from "../ui/ListSelect";
import { GatewayForm } from "../pages/GatewayForm";
import {
  AUTHENTICATIONS,
  ENCRYPTIONS,
  IKE_GROUPS,
  MODES,
  NOT_RECOMMENDED,
  PFS_GROUPS,
  VERSIONS,
} from "../rules/tunnel";
import type { TunnelComplaints, TunnelDraft } from "./draft";

export interface TunnelFieldsProps {
  value: TunnelDraft;
  change: (more: Partial<TunnelDraft>) => void;
  complaints: TunnelComplaints;
  /** Whether fields that are still empty complain. */
  isTried: boolean;
  gateways: readonly CustomerGateway[];
  hasBgp: boolean;
  keepsPsk?: boolean;
}

/** Names of fields whose value is text. */
type TextField = { [K in keyof TunnelDraft]: TunnelDraft[K] extends string ? K : never }[keyof TunnelDraft];

export function TunnelFields(props: TunnelFieldsProps) {
  const { value, change, complaints, isTried, gateways, hasBgp, keepsPsk } = props;
  const t = useTexts().wizard;
  const said = (name: keyof TunnelDraft) => (isTried || value[name] !== "" ? complaints[name] : undefined);
  const text = (name: TextField, label: string, hint: string, placeholder?: string) => (
    <FormField label={label} constraintText={hint} errorText={said(name)} stretch>
      <Input
        value={value[name]}
        placeholder={placeholder}
        onChange={({ detail }) => change({ [name]: detail.value })}
        autoComplete={false}
        spellcheck={false}
      />
    </FormField>
  );
  return (
    <SpaceBetween size="l">
      <GatewayField {...props} complaint={said("gatewayId")} gateways={gateways} />
      {text("psk", t.psk, keepsPsk ? t.pskKeepHint : t.pskHint)}
      <ExpandableSection
        headerText={t.encryption}
        headingTagOverride="h3"
        variant="footer"
        defaultExpanded={["ikeLifetime", "ipsecLifetime", "localId", "remoteId"].some(
          (name) => complaints[name as keyof TunnelDraft],
        )}
      >
        <Encryption {...props} text={text} />
      </ExpandableSection>
      {hasBgp && (
        <SpaceBetween size="m">
          <Header variant="h3">{t.bgp}</Header>
          <ColumnLayout columns={2} minColumnWidth={200}>
            {text("cidr", t.tunnelCidr, t.tunnelCidrHint, "169.254.10.0/30")}
            {text("bgpIp", t.localBgpIp, t.localBgpIpHint, "169.254.10.1")}
          </ColumnLayout>
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}

function Encryption({
  value,
  change,
  text,
}: TunnelFieldsProps & { text: (name: TextField, label: string, hint: string) => JSX.Element }) {
  const all = useTexts();
  const t = all.wizard;
  const choice = (name: TextField, label: string, hint: string, values: readonly string[], preset: string) => (
    <FormField
      label={label}
      constraintText={hint}
      warningText={NOT_RECOMMENDED.includes(value[name]) ? all.rules.weak : undefined}
      stretch
    >
      <Select
        selectedOption={{ value: value[name], label: value[name] === preset ? t.byDefault(preset) : value[name] }}
        options={values.map((each) => ({ value: each, label: each === preset ? t.byDefault(each) : each }))}
        onChange={({ detail }) => change({ [name]: detail.selectedOption.value })}
      />
    </FormField>
  );
  return (
    <SpaceBetween size="l">
      <Header variant="h3">{t.ike}</Header>
      <ColumnLayout columns={2} minColumnWidth={200}>
        {choice("ikeVersion", t.ikeVersion, t.ikeVersionHint, VERSIONS, "ikev2")}
        {choice("mode", t.mode, t.modeHint, MODES, "main")}
        {choice("ikeEncryption", t.encAlg, t.encHint, ENCRYPTIONS, "aes")}
        {choice("ikeAuthentication", t.authAlg, t.ikeAuthHint, AUTHENTICATIONS, "sha1")}
        {choice("ikeGroup", t.dh, t.ikeDhHint, IKE_GROUPS, "group2")}
        {text("ikeLifetime", t.lifetime, t.lifetimeHint)}
        {text("localId", t.localId, t.localIdHint)}
        {text("remoteId", t.remoteId, t.remoteIdHint)}
      </ColumnLayout>
      <Header variant="h3">{t.ipsec}</Header>
      <ColumnLayout columns={2} minColumnWidth={200}>
        {choice("ipsecEncryption", t.encAlg, t.encHint, ENCRYPTIONS, "aes")}
        {choice("ipsecAuthentication", t.authAlg, "", AUTHENTICATIONS, "sha1")}
        {choice("pfs", t.dh, t.pfsHint, PFS_GROUPS, "group2")}
        {text("ipsecLifetime", t.lifetime, t.lifetimeHint)}
        <FormField label={t.dpd} constraintText={t.dpdHint} stretch>
          <Toggle checked={value.dpd} onChange={({ detail }) => change({ dpd: detail.checked })}>
            {value.dpd ? all.common.on : all.common.off}
          </Toggle>
        </FormField>
        <FormField label={t.natT} constraintText={t.natTHint} stretch>
          <Toggle checked={value.natTraversal} onChange={({ detail }) => change({ natTraversal: detail.checked })}>
            {value.natTraversal ? all.common.on : all.common.off}
          </Toggle>
        </FormField>
      </ColumnLayout>
    </SpaceBetween>
  );
}

function GatewayField({ value, change, gateways, complaint }: TunnelFieldsProps & { complaint?: string }) {
  const t = useTexts().wizard;
  const all = useTexts();
  const may = useMay();
  const queries = useQueryClient();
  const [isCreating, setCreating] = useState(false);
  const option = (each: CustomerGateway) => ({
    value: each.CustomerGatewayId,
    label: each.Name || each.CustomerGatewayId,
    description: each.CustomerGatewayId,
    tags: [each.IpAddress, each.Asn ? `ASN ${each.Asn}` : t.noAsn],
  });
  const chosen = gateways.find((each) => each.CustomerGatewayId === value.gatewayId);
  const choose = (each: CustomerGateway) => {
    // The checks of the fields need its number at once.
    queries.setQueryData(["gateways", each.CustomerGatewayId], { CustomerGateways: { CustomerGateway: [each] } });
    change({ gatewayId: each.CustomerGatewayId });
  };
  return (
    <>
      <FormField
        label={t.customerGateway}
        constraintText={t.customerGatewayHint}
        errorText={complaint}
        stretch
        secondaryControl={
          may("VPC_CreateCustomerGateway") ? (
            <Button onClick={() => setCreating(true)}>{t.newGateway}</Button>
          ) : undefined
        }
      >
        <ListSelect
          list="VPC_DescribeCustomerGateways"
          placeholder={t.customerGatewayPlaceholder}
          value={value.gatewayId}
          known={chosen && option(chosen)}
          optionOf={option}
          choose={choose}
          empty={all.gateways.empty}
          hasRichTrigger
        />
      </FormField>
      {isCreating && (
        <GatewayForm close={() => setCreating(false)} created={(gatewayId) => change({ gatewayId })} />
      )}
    </>
  );
}
