/** Leads from the id of an attachment to the router that it belongs to. */
import Spinner from "@cloudscape-design/components/spinner";
import { Navigate, useParams } from "react-router-dom";
import { useRead } from "../api/queries";
import { useTexts } from "../i18n";
import { Empty } from "../ui/Empty";
import { Problem } from "../ui/Problem";

export default function AttachmentPlace() {
  const t = useTexts();
  const id = useParams().id ?? "";
  const which = { TransitRouterAttachmentId: id };
  const vpn = useRead("CBN_ListTransitRouterVpnAttachments", which);
  const vpc = useRead("CBN_ListTransitRouterVpcAttachments", which);
  const [found] = [...(vpn.data?.TransitRouterAttachments ?? []), ...(vpc.data?.TransitRouterAttachments ?? [])];
  if (found) return <Navigate to={`/routers/${found.TransitRouterId}?find=${id}`} replace />;
  if (vpn.isPending || vpc.isPending) return <Spinner size="large" />;
  const error = vpn.error ?? vpc.error;
  return error ? <Problem error={error} /> : <Empty title={t.routers.noAttachments} hint={id} />;
}
