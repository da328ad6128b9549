/** CEN instances. */
import type { Cen } from "../api/answers";
import { call } from "../api/client";
import { useList } from "../api/lists";
import { useRead } from "../api/queries";
import { useSpoken, useTexts } from "../i18n";
import { Link } from "../ui/Link";
import { ResourcePage } from "../ui/ResourcePage";
import { State } from "../ui/states";
import { TextForm } from "../ui/TextForm";
import { writeTime } from "../ui/when";

export default function Cens() {
  const { texts: t, language } = useSpoken();
  const { items, error, paging } = useList("CBN_DescribeCens", { isInAddress: true });
  const fields = (cen?: Cen) => [
    { name: "Name", label: t.common.name, initial: cen?.Name },
    { name: "Description", label: t.common.description, initial: cen?.Description },
  ];
  const given = (values: Record<string, string>) => ({
    Name: values.Name || undefined,
    Description: values.Description || undefined,
  });
  return (
    <ResourcePage
      isPage
      title={t.cens.title}
      description={t.cens.description}
      items={items}
      paging={paging}
      error={error}
      idOf={(each) => each.CenId}
      nameOf={(each) => each.Name}
      empty={{ title: t.cens.empty, hint: t.cens.emptyHint }}
      columns={[
        { id: "status", header: t.common.status, cell: (each) => <State value={each.Status} /> },
        {
          id: "routers",
          header: t.cens.routers,
          cell: (each) => <RouterOf cenId={each.CenId} />,
        },
        { id: "created", header: t.common.created, cell: (each) => writeTime(each.CreationTime, language) },
      ]}
      create={{
        text: t.cens.create,
        needs: "CBN_CreateCen",
        dialog: (close) => (
          <TextForm
            title={t.cens.create}
            action={t.common.create}
            fields={fields()}
            run={(values) => call("CBN_CreateCen", given(values))}
            close={close}
          />
        ),
      }}
      edits={[
        {
          needs: "CBN_ModifyCenAttribute",
          dialog: (cen, close) => (
            <TextForm
              title={t.cens.edit}
              action={t.common.save}
              fields={fields(cen)}
              run={(values) => call("CBN_ModifyCenAttribute", { CenId: cen.CenId, ...given(values) })}
              close={close}
            />
          ),
        },
      ]}
      remove={{
        title: t.cens.deleteTitle,
        needs: "CBN_DeleteCen",
        warning: t.cens.deleteWarning,
        run: (each) => call("CBN_DeleteCen", { CenId: each.CenId }),
      }}
    />
  );
}

/** The transit router of a CEN in this region, of which there is at most one. */
function RouterOf({ cenId }: { cenId: string }) {
  const t = useTexts();
  const { data } = useRead("CBN_ListTransitRouters", { CenId: cenId });
  const [router] = data?.TransitRouters ?? [];
  if (!data) return <>-</>;
  if (!router) return <Link to={`/routers?cen=${cenId}`}>{t.routers.create}</Link>;
  return <Link to={`/routers/${router.TransitRouterId}`}>{router.TransitRouterName || router.TransitRouterId}</Link>;
}
