/** Basic configuration: name to "effective immediately". */
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import { readAll } from "../../api/queries";
import { useLogin, useMay } from "../../api/session";
import { useTexts } from "../../i18n";
import { Link } from "../../ui/Link";
import { ListSelect } from "../../ui/ListSelect";
import { Prefixes } from "../Prefixes";
import type { RouterQuery } from "./router";
import type { StepProps } from "./step";

export interface BasicStepProps extends StepProps {
  isTried: boolean;
  router: RouterQuery;
}

export function BasicStep(props: BasicStepProps) {
  const { draft, change, found, isTried } = props;
  const t = useTexts().wizard;
  const { session } = useLogin();
  return (
    <Container>
      <SpaceBetween size="l">
        <FormField label={t.name} constraintText={t.nameHint} errorText={isTried && found.name}>
          <Input value={draft.name} onChange={({ detail }) => change({ name: detail.value })} autoFocus />
        </FormField>
        <FormField label={t.region} description={t.regionHint}>
          <Box>
            {session.RegionName} ({session.RegionId})
          </Box>
        </FormField>
        <ResourceGroup {...props} />
        <FormField label={t.gatewayType}>
          <RadioGroup
            value={draft.isPrivate ? "private" : "public"}
            onChange={({ detail }) => change({ isPrivate: detail.value === "private" })}
            items={[
              { value: "public", label: t.byDefault(t.public), description: t.publicHint },
              { value: "private", label: t.private, description: t.privateHint },
            ]}
          />
        </FormField>
        <FormField label={t.bindCen} description={t.bindHint}>
          <RadioGroup
            value={draft.isCrossAccount ? "cross" : "current"}
            onChange={({ detail }) => change({ isCrossAccount: detail.value === "cross" })}
            items={[
              { value: "current", label: t.currentAccount, description: t.currentAccountHint },
              { value: "cross", label: t.crossAccount, description: t.crossAccountHint },
            ]}
          />
        </FormField>
        {!draft.isCrossAccount && <Cen {...props} />}
        <Routing {...props} />
        <FormField label={t.effective}>
          <RadioGroup
            value={draft.isImmediate ? "yes" : "no"}
            onChange={({ detail }) => change({ isImmediate: detail.value === "yes" })}
            items={[
              { value: "yes", label: t.byDefault(t.effectiveYes) },
              { value: "no", label: t.effectiveNo },
            ]}
          />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

function ResourceGroup({ draft, change }: StepProps) {
  const t = useTexts().wizard;
  const may = useMay();
  const isAllowed = may("ResourceManager_ListResourceGroups");
  const { data } = useQuery({
    queryKey: ["resourceGroups"],
    queryFn: () =>
      readAll(
        (window) => call("ResourceManager_ListResourceGroups", window),
        (answer) => answer.ResourceGroups.ResourceGroup,
      ),
    enabled: isAllowed,
  });
  const groups = (data ?? []).map((each) => ({
    value: each.Id,
    label: each.DisplayName || each.Name,
    description: each.Id,
  }));
  const options = [{ value: "", label: t.allGroups }, ...groups];
  return (
    <FormField label={t.resourceGroup} constraintText={t.resourceGroupHint}>
      <Select
        selectedOption={options.find((each) => each.value === draft.resourceGroup) ?? null}
        options={options}
        onChange={({ detail }) => change({ resourceGroup: detail.selectedOption.value ?? "", cenId: "" })}
      />
    </FormField>
  );
}

function Cen({ draft, change, found, isTried, router }: BasicStepProps) {
  const t = useTexts().wizard;
  return (
    <>
      <FormField label={t.cen} constraintText={t.cenHint} errorText={isTried && found.cenId}>
        <ListSelect
          list="CBN_DescribeCens"
          more={{ ResourceGroupId: draft.resourceGroup || undefined }}
          placeholder={t.cenPlaceholder}
          value={draft.cenId}
          optionOf={(each) => ({ value: each.CenId, label: each.Name || each.CenId, description: each.CenId })}
          hasRichTrigger
          empty={t.noCens}
          choose={(each) => change({ cenId: each.CenId })}
        />
      </FormField>
      {draft.cenId && router.data && (
        <FormField label={t.router} stretch>
          <div data-testid="router">
            <Link to={`/routers/${router.data.TransitRouterId}`}>{router.data.TransitRouterId}</Link>
            <Box variant="small" display="block" color="text-body-secondary">
              {t.routerCidrs}:{" "}
              {router.data.TransitRouterCidrList.map((each) => each.Cidr).join(", ") || t.noCidr}
            </Box>
          </div>
        </FormField>
      )}
      {draft.cenId && router.data === null && (
        <Alert type="warning">
          {t.noRouter} <Link to={`/routers?cen=${draft.cenId}`}>{t.createRouter}</Link>
        </Alert>
      )}
    </>
  );
}

function Routing({ draft, change, found, isTried }: BasicStepProps) {
  const t = useTexts().wizard;
  return (
    <>
      <FormField label={t.routingMode}>
        <RadioGroup
          value={draft.hasFlows ? "flows" : "destination"}
          onChange={({ detail }) => change({ hasFlows: detail.value === "flows" })}
          items={[
            { value: "destination", label: t.byDefault(t.destination), description: t.destinationHint },
            { value: "flows", label: t.flows, description: t.flowsHint },
          ]}
        />
      </FormField>
      {draft.hasFlows && (
        <>
          <Prefixes
            label={t.localNetwork}
            hint={t.localNetworkHint}
            values={draft.local}
            change={(local) => change({ local })}
            complaints={found.local}
            isTried={isTried}
          />
          <Prefixes
            label={t.remoteNetwork}
            hint={t.remoteNetworkHint}
            values={draft.remote}
            change={(remote) => change({ remote })}
            complaints={found.remote}
            isTried={isTried}
          />
        </>
      )}
    </>
  );
}
