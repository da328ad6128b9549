/** Creates a customer gateway, on its page or inside the creation of a connection. */
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { CustomerGateway } from "../api/answers";
import { call } from "../api/client";
import { useTexts } from "../i18n";
import { checkAddress, checkAsn } from "../rules/network";
import { FormModal } from "../ui/FormModal";

export interface GatewayFormProps {
  /** Of a gateway that is edited; its address and ASN never change. */
  edited?: CustomerGateway;
  created?: (id: string) => void;
  close: () => void;
}

export function GatewayForm({ edited, created, close }: GatewayFormProps) {
  const all = useTexts();
  const t = all.gateways;
  const queries = useQueryClient();
  const [name, setName] = useState(edited?.Name ?? "");
  const [address, setAddress] = useState(edited?.IpAddress ?? "");
  const [asn, setAsn] = useState(edited?.Asn ? String(edited.Asn) : "");
  const [authKey, setAuthKey] = useState("");
  const [description, setDescription] = useState(edited?.Description ?? "");
  const [isTried, setTried] = useState(false);
  const wrongAddress = checkAddress(address, all.rules);
  const wrongAsn = asn.trim() === "" ? undefined : checkAsn(asn, all.rules);
  const run = async () => {
    const given = { Name: name || undefined, Description: description || undefined, AuthKey: authKey || undefined };
    if (edited) {
      await call("VPC_ModifyCustomerGatewayAttribute", { CustomerGatewayId: edited.CustomerGatewayId, ...given });
    } else {
      const where = { IpAddress: address.trim(), Asn: asn.trim() || undefined };
      const made = await call("VPC_CreateCustomerGateway", { ...given, ...where });
      await queries.invalidateQueries({ queryKey: ["gateways"] });
      created?.(made.CustomerGatewayId);
    }
    await queries.invalidateQueries();
  };
  return (
    <FormModal
      title={edited ? t.edit : t.create}
      action={edited ? all.common.save : all.common.create}
      isValid={!wrongAddress && !wrongAsn}
      onAttempt={() => setTried(true)}
      run={run}
      close={close}
    >
      <FormField label={all.common.name}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoFocus />
      </FormField>
      <FormField
        label={t.ip}
        constraintText={t.ipHint}
        errorText={isTried || address !== "" ? wrongAddress : undefined}
      >
        <Input
          value={address}
          disabled={edited !== undefined}
          placeholder="203.0.113.7"
          onChange={({ detail }) => setAddress(detail.value)}
        />
      </FormField>
      <FormField label={t.asn} constraintText={t.asnHint} errorText={wrongAsn}>
        <Input value={asn} disabled={edited !== undefined} onChange={({ detail }) => setAsn(detail.value)} />
      </FormField>
      <FormField label={t.authKey} constraintText={t.authKeyHint}>
        <Input value={authKey} onChange={({ detail }) => setAuthKey(detail.value)} autoComplete={false} type="password" />
      </FormField>
      <FormField label={all.common.description}>
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
    </FormModal>
  );
}
