/** One transit router: attachments, and its route tables with all that is in them. */
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useHref, useNavigate, useParams, useSearchParams } from "react-router-dom";
import { useRead } from "../api/queries";
import { useSpoken } from "../i18n";
import { Problem } from "../ui/Problem";
import { State } from "../ui/states";
import { writeTime } from "../ui/when";
import { Attachments } from "./router/Attachments";
import { Tables } from "./router/Tables";

export default function Router() {
  const { texts: t, language } = useSpoken();
  const id = useParams().id ?? "";
  const go = useNavigate();
  const list = useHref("/routers");
  const [place, setPlace] = useSearchParams();
  const { data, error } = useRead("CBN_ListTransitRouters", { TransitRouterId: id });
  const router = data?.TransitRouters[0];
  return (
    <ContentLayout
      breadcrumbs={
        <BreadcrumbGroup
          items={[
            { text: t.routers.title, href: list },
            { text: router?.TransitRouterName || id, href: "#" },
          ]}
          onFollow={(event) => {
            event.preventDefault();
            if (event.detail.href === list) go("/routers");
          }}
        />
      }
      header={
        <Header variant="h1" description={id}>
          {router?.TransitRouterName || id}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Problem error={error} />
        {router && (
          <Container>
            <KeyValuePairs
              columns={4}
              items={[
                { label: t.common.status, value: <State value={router.Status} /> },
                { label: t.routers.cen, value: router.CenId },
                {
                  label: t.routers.cidrs,
                  value: router.TransitRouterCidrList.map((each) => each.Cidr).join(", ") || "-",
                },
                { label: t.common.created, value: writeTime(router.CreationTime, language) },
              ]}
            />
          </Container>
        )}
        <Tabs
          activeTabId={place.get("tab") ?? "attachments"}
          onChange={({ detail }) => setPlace({ tab: detail.activeTabId }, { replace: true })}
          tabs={[
            { id: "attachments", label: t.routers.attachments, content: <Attachments routerId={id} /> },
            { id: "tables", label: t.routers.tables, content: <Tables routerId={id} /> },
          ]}
        />
      </SpaceBetween>
    </ContentLayout>
  );
}
