/** Limits of the account. */
import { useRead } from "../api/queries";
import { useTexts } from "../i18n";
import { ResourceTable } from "../ui/ResourceTable";

export default function Quotas() {
  const t = useTexts().quotas;
  const { data, error } = useRead("Futago_ListQuotas", {});
  const names: Record<string, string> = t.names;
  return (
    <ResourceTable
      isPage
      title={t.title}
      description={t.description}
      items={data?.Quotas}
      error={error}
      trackBy={(each) => each.QuotaCode}
      empty={{ title: t.title }}
      columns={[
        {
          id: "quota",
          header: t.quota,
          isRowHeader: true,
          sortingField: "QuotaCode",
          cell: (each) => names[each.QuotaCode] ?? each.QuotaCode,
        },
        { id: "value", header: t.value, sortingField: "Value", cell: (each) => each.Value },
        { id: "default", header: t.default, cell: (each) => each.DefaultValue },
      ]}
    />
  );
}
