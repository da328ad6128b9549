/** Leads from the id of an attachment to the router that it belongs to. */
import Spinner from "@cloudscape-design/components/spinner";
import { Navigate, useParams } from "react-router-dom";
import { useRouters } from "../api/queries";
import { useTexts } from "../i18n";
import { Empty } from "../ui/Empty";
import { Problem } from "../ui/Problem";
import { useAttachmentsOf } from "./router/queries";

export default function AttachmentPlace() {
  const t = useTexts();
  const id = useParams().id ?? "";
  const routers = useRouters();
  const attachments = useAttachmentsOf((routers.data ?? []).map((each) => each.TransitRouterId));
  const found = attachments.items.find((each) => each.TransitRouterAttachmentId === id);
  if (found) return <Navigate to={`/routers/${found.TransitRouterId}?find=${id}`} replace />;
  if (routers.error) return <Problem error={routers.error} />;
  if (routers.isPending || attachments.isPending) return <Spinner size="large" />;
  return <Empty title={t.routers.noAttachments} hint={id} />;
}
