/** The choice of a VPC. */
import { useTexts } from "../i18n";
import { ListSelect } from "../ui/ListSelect";

export function VpcSelect({ value, choose }: { value: string; choose: (id: string) => void }) {
  const t = useTexts();
  return (
    <ListSelect
      list="VPC_DescribeVpcs"
      value={value}
      optionOf={(each) => ({ value: each.VpcId, label: each.VpcName || each.VpcId, description: each.CidrBlock })}
      choose={(each) => choose(each.VpcId)}
      empty={t.vpcs.empty}
    />
  );
}
