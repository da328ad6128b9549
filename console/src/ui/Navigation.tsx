/** The side navigation: what the user may look at. */
import SideNavigation, { type SideNavigationProps } from "@cloudscape-design/components/side-navigation";
import { useHref, useLocation, useNavigate } from "react-router-dom";
import type { Operation } from "../api/client";
import { useLogin, useMay } from "../api/session";
import { useTexts } from "../i18n";

interface Place {
  path: string;
  text: string;
  needs: Operation;
  /** Whether it is about the installation, which the first account runs. */
  isOperators?: boolean;
}

export function Navigation() {
  const t = useTexts();
  const go = useNavigate();
  const may = useMay();
  const { session } = useLogin();
  const base = useHref("/").replace(/\/$/, "");
  const here = useLocation().pathname;
  const links = (places: Place[]): SideNavigationProps.Link[] =>
    places
      .filter((place) => may(place.needs) && (!place.isOperators || session.IsFirstAccount))
      .map((place) => ({ type: "link", text: place.text, href: base + place.path }));
  const section = (text: string, places: Place[]): SideNavigationProps.Item[] => {
    const items = links(places);
    return items.length ? [{ type: "section-group", title: text, items }] : [];
  };
  const active = here === "/" ? `${base}/` : `${base}/${here.split("/")[1] ?? ""}`;
  return (
    <SideNavigation
      activeHref={active}
      onFollow={(event) => {
        if (event.detail.external) return;
        event.preventDefault();
        go(event.detail.href.slice(base.length) || "/");
      }}
      items={[
        { type: "link", text: t.nav.start, href: `${base}/` },
        ...section(t.nav.vpn, [
          { path: "/connections", text: t.nav.connections, needs: "VPC_DescribeVpnConnections" },
          { path: "/customer-gateways", text: t.nav.customerGateways, needs: "VPC_DescribeCustomerGateways" },
          { path: "/topology", text: t.nav.topology, needs: "CBN_ListTransitRouters" },
        ]),
        ...section(t.nav.network, [
          { path: "/cens", text: t.nav.cens, needs: "CBN_DescribeCens" },
          { path: "/routers", text: t.nav.routers, needs: "CBN_ListTransitRouters" },
          { path: "/vpcs", text: t.nav.vpcs, needs: "VPC_DescribeVpcs" },
        ]),
        ...section(t.nav.administration, [
          { path: "/users", text: t.nav.users, needs: "Futago_ListUsers" },
          { path: "/accounts", text: t.nav.accounts, needs: "Futago_ListAccounts", isOperators: true },
          { path: "/nodes", text: t.nav.nodes, needs: "Futago_ListNodes", isOperators: true },
          { path: "/webhooks", text: t.nav.webhooks, needs: "Futago_ListWebhooks" },
          { path: "/audit", text: t.nav.audit, needs: "Futago_LookupEvents" },
          { path: "/quotas", text: t.nav.quotas, needs: "Futago_ListQuotas" },
        ]),
      ]}
    />
  );
}
