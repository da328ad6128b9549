/** Everything once more, before anything is made. */
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs, { type KeyValuePairsProps } from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Router } from "../../api/answers";
import { useLogin } from "../../api/session";
import { useTexts } from "../../i18n";
import type { StepProps } from "./step";

export interface ReviewStepProps extends StepProps {
  router: Router | null;
  edit: (step: number) => void;
}

export function ReviewStep(props: ReviewStepProps) {
  const all = useTexts();
  const t = all.wizard;
  const { draft, edit } = props;
  const section = (title: string, step: number, items: KeyValuePairsProps.Item[], columns = 3) => (
    <Container
      header={
        <Header variant="h2" actions={<Button onClick={() => edit(step)} ariaLabel={`${all.common.edit}: ${title}`}>{all.common.edit}</Button>}>
          {title}
        </Header>
      }
    >
      <KeyValuePairs columns={columns} items={items} />
    </Container>
  );
  const yes = (value: boolean) => (value ? all.common.yes : all.common.no);
  return (
    <SpaceBetween size="l">
      {section(t.basic, 0, useBasic(props))}
      <div className="tunnels">
        {draft.tunnels.map((_, index) => (
          <div key={index}>{section(t.tunnel(index + 1), 1, tunnelItems(props, index, all), 2)}</div>
        ))}
      </div>
      {!draft.isCrossAccount &&
        section(t.advanced, 2, [
          { label: t.advertise, value: yes(draft.advertises) },
          { label: t.associate, value: yes(draft.associates) },
          { label: t.propagate, value: yes(draft.propagates) },
        ])}
    </SpaceBetween>
  );
}

function useBasic({ draft, router }: ReviewStepProps): KeyValuePairsProps.Item[] {
  const all = useTexts();
  const t = all.wizard;
  const { session } = useLogin();
  const flows = draft.hasFlows
    ? [
        { label: t.localNetwork, value: draft.local.join(", ") },
        { label: t.remoteNetwork, value: draft.remote.join(", ") },
      ]
    : [];
  const bound = draft.isCrossAccount
    ? []
    : [
        { label: t.cen, value: draft.cenId },
        { label: t.router, value: router?.TransitRouterId ?? "-" },
      ];
  return [
    { label: t.name, value: draft.name },
    { label: t.region, value: session.RegionId },
    { label: t.gatewayType, value: draft.isPrivate ? t.private : t.public },
    { label: t.bindCen, value: draft.isCrossAccount ? t.crossAccount : t.currentAccount },
    ...bound,
    { label: t.routingMode, value: draft.hasFlows ? t.flows : t.destination },
    ...flows,
    { label: t.effective, value: draft.isImmediate ? all.common.yes : all.common.no },
    { label: t.enableBgp, value: draft.hasBgp ? `${all.common.on} (ASN ${draft.asn})` : all.common.off },
  ];
}

function tunnelItems(
  { draft, gateways }: ReviewStepProps,
  index: number,
  all: ReturnType<typeof useTexts>,
): KeyValuePairsProps.Item[] {
  const t = all.wizard;
  const tunnel = draft.tunnels[index as 0 | 1];
  const gateway = gateways.find((each) => each.CustomerGatewayId === tunnel.gatewayId);
  const bgp = draft.hasBgp
    ? [
        { label: t.tunnelCidr, value: tunnel.cidr },
        { label: t.localBgpIp, value: tunnel.bgpIp },
      ]
    : [];
  return [
    { label: t.customerGateway, value: gateway ? `${gateway.Name || gateway.CustomerGatewayId} (${gateway.IpAddress})` : "-" },
    { label: t.psk, value: tunnel.psk ? t.given : t.generated },
    {
      label: t.ike,
      value: [tunnel.ikeVersion, tunnel.mode, tunnel.ikeEncryption, tunnel.ikeAuthentication, tunnel.ikeGroup, `${tunnel.ikeLifetime} s`].join(" / "),
    },
    {
      label: t.ipsec,
      value: [tunnel.ipsecEncryption, tunnel.ipsecAuthentication, tunnel.pfs, `${tunnel.ipsecLifetime} s`].join(" / "),
    },
    { label: t.localId, value: tunnel.localId || t.byDefault(all.connection.gatewayIp) },
    { label: t.remoteId, value: tunnel.remoteId || t.byDefault(gateway?.IpAddress ?? "-") },
    { label: t.dpd, value: tunnel.dpd ? all.common.on : all.common.off },
    { label: t.natT, value: tunnel.natTraversal ? all.common.on : all.common.off },
    ...bgp,
  ];
}
