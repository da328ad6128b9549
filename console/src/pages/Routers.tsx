/** Transit routers. */
import { useSearchParams } from "react-router-dom";
import { call } from "../api/client";
import { useList } from "../api/lists";
import { useSpoken } from "../i18n";
import { checkPrefix } from "../rules/network";
import { Link } from "../ui/Link";
import { ListSelect } from "../ui/ListSelect";
import { ResourcePage } from "../ui/ResourcePage";
import { State } from "../ui/states";
import { TextForm } from "../ui/TextForm";
import { writeTime } from "../ui/when";

const words = (text: string) => text.split(/[\s,]+/).filter(Boolean);

export default function Routers() {
  const { texts: t, language } = useSpoken();
  const [place, setPlace] = useSearchParams();
  const wanted = place.get("cen") ?? "";
  const { items, error, paging } = useList("CBN_ListTransitRouters", { isInAddress: true });
  return (
    <ResourcePage
      isPage
      title={t.routers.title}
      description={t.routers.description}
      items={items}
      paging={paging}
      error={error}
      idOf={(each) => each.TransitRouterId}
      nameOf={(each) => each.TransitRouterName}
      pageOf={(each) => `/routers/${each.TransitRouterId}`}
      empty={{ title: t.routers.empty, hint: t.routers.emptyHint }}
      columns={[
        { id: "status", header: t.common.status, cell: (each) => <State value={each.Status} /> },
        {
          id: "cen",
          header: t.routers.cen,
          cell: (each) => <Link to={`/cens?find=${each.CenId}`}>{each.CenId}</Link>,
        },
        {
          id: "cidrs",
          header: t.routers.cidrs,
          cell: (each) => each.TransitRouterCidrList.map((block) => block.Cidr).join(", ") || "-",
        },
        { id: "created", header: t.common.created, cell: (each) => writeTime(each.CreationTime, language) },
      ]}
      create={{
        text: t.routers.create,
        needs: "CBN_CreateTransitRouter",
        isOpen: wanted !== "",
        ended: () => setPlace({}, { replace: true }),
        dialog: (close) => <CreateRouter wanted={wanted} close={close} />,
      }}
      remove={{
        title: t.routers.deleteTitle,
        needs: "CBN_DeleteTransitRouter",
        warning: t.routers.deleteWarning,
        run: (each) => call("CBN_DeleteTransitRouter", { TransitRouterId: each.TransitRouterId }),
      }}
    />
  );
}

function CreateRouter({ wanted, close }: { wanted: string; close: () => void }) {
  const { texts: t } = useSpoken();
  return (
    <TextForm
      title={t.routers.create}
      action={t.common.create}
      fields={[
        {
          name: "cen",
          label: t.routers.cen,
          isRequired: true,
          initial: wanted,
          entry: (value, change) => (
            <ListSelect
              list="CBN_DescribeCens"
              value={value}
              optionOf={(each) => ({ value: each.CenId, label: each.Name || each.CenId, description: each.CenId })}
              choose={(each) => change(each.CenId)}
              empty={t.cens.empty}
            />
          ),
        },
        { name: "name", label: t.common.name },
        {
          name: "cidrs",
          label: t.routers.cidrs,
          hint: t.routers.cidrHint,
          isLong: true,
          placeholder: "10.250.0.0/24",
          check: (text) => words(text).map((each) => checkPrefix(each, t.rules)).find(Boolean),
        },
      ]}
      run={(values) =>
        call("CBN_CreateTransitRouter", {
          CenId: values.cen ?? "",
          TransitRouterName: values.name || undefined,
          // This list travels as JSON text.
          TransitRouterCidrList: values.cidrs
            ? JSON.stringify(words(values.cidrs).map((Cidr) => ({ Cidr, PublishCidrRoute: true })))
            : undefined,
        })
      }
      close={close}
    />
  );
}
