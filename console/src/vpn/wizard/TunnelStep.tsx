/** Tunnel configuration: BGP for both, then the two tunnels. */
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import { useTexts } from "../../i18n";
import { copyTunnel, type Both, type TunnelDraft } from "../draft";
import { TunnelFields } from "../TunnelFields";
import type { StepProps } from "./step";

export function TunnelStep({ draft, change, found, gateways, isTried }: StepProps & { isTried: boolean }) {
  const all = useTexts();
  const t = all.wizard;
  const [isCopied, setCopied] = useState(false);
  const edit = (index: number, more: Partial<TunnelDraft>) => {
    const next = draft.tunnels.map((each, at) => (at === index ? { ...each, ...more } : each)) as Both<TunnelDraft>;
    setCopied(false);
    change({ tunnels: next });
  };
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">BGP</Header>}>
        <SpaceBetween size="l">
          <FormField label={t.enableBgp} constraintText={t.enableBgpHint}>
            <Toggle checked={draft.hasBgp} onChange={({ detail }) => change({ hasBgp: detail.checked })}>
              {draft.hasBgp ? all.common.on : all.common.off}
            </Toggle>
          </FormField>
          {draft.hasBgp && (
            <FormField label={t.localAsn} constraintText={t.localAsnHint} errorText={found.asn}>
              <Input value={draft.asn} onChange={({ detail }) => change({ asn: detail.value })} />
            </FormField>
          )}
        </SpaceBetween>
      </Container>
      <div className="tunnels">
        {draft.tunnels.map((tunnel, index) => (
          <Container
            key={index}
            header={
              <Header
                variant="h2"
                description={t.zoneChosen}
                actions={
                  index === 0 && (
                    <Button
                      iconName="copy"
                      onClick={() => {
                        change({ tunnels: copyTunnel(draft.tunnels) });
                        setCopied(true);
                      }}
                    >
                      {t.copyTunnel}
                    </Button>
                  )
                }
              >
                {t.tunnel(index + 1)}
              </Header>
            }
          >
            <SpaceBetween size="m">
              {index === 1 && isCopied && <StatusIndicator type="success">{t.copied}</StatusIndicator>}
              <TunnelFields
                value={tunnel}
                change={(more) => edit(index, more)}
                complaints={found.tunnels[index] ?? {}}
                isTried={isTried}
                gateways={gateways}
                hasBgp={draft.hasBgp}
              />
            </SpaceBetween>
          </Container>
        ))}
      </div>
    </SpaceBetween>
  );
}
