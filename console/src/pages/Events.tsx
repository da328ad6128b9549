/** Records of the audit: all of them, or those of a resource. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../api/client";
import { useSpoken } from "../i18n";
import { Empty } from "../ui/Empty";
import { Problem } from "../ui/Problem";
import { writeTime } from "../ui/when";

const PAGE_SIZE = 50;

export interface EventsProps {
  resourceId?: string;
  title?: string;
}

export function Events({ resourceId, title }: EventsProps) {
  const { texts: t, language } = useSpoken();
  const [action, setAction] = useState("");
  const [resource, setResource] = useState("");
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["events", resourceId ?? resource, action],
    queryFn: ({ pageParam }) =>
      call("Futago_LookupEvents", {
        ResourceId: (resourceId ?? resource.trim()) || undefined,
        EventName: action.trim() || undefined,
        MaxResults: PAGE_SIZE,
        NextToken: pageParam || undefined,
      }),
    initialPageParam: "",
    getNextPageParam: (last) => last.NextToken || undefined,
  });
  const events = data?.pages.flatMap((page) => page.Events) ?? [];
  return (
    <SpaceBetween size="m">
      <Problem error={error} />
      <Table
        enableKeyboardNavigation
        wrapLines
        variant={resourceId ? "container" : "full-page"}
        stickyHeader={!resourceId}
        loading={isPending && !error}
        loadingText={t.common.loading}
        items={events}
        trackBy="EventId"
        ariaLabels={{ tableLabel: t.audit.title }}
        empty={<Empty title={t.audit.empty} />}
        header={
          <Header variant={resourceId ? "h2" : "awsui-h1-sticky"} description={t.audit.description}>
            {title ?? t.audit.title}
          </Header>
        }
        filter={
          resourceId ? undefined : (
            <SpaceBetween direction="horizontal" size="s">
              <FormField label={t.audit.onlyAction}>
                <Input type="search" value={action} onChange={({ detail }) => setAction(detail.value)} />
              </FormField>
              <FormField label={t.audit.onlyResource}>
                <Input type="search" value={resource} onChange={({ detail }) => setResource(detail.value)} />
              </FormField>
            </SpaceBetween>
          )
        }
        footer={
          hasNextPage && (
            <Box textAlign="center">
              <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {t.common.loadMore}
              </Button>
            </Box>
          )
        }
        columnDefinitions={[
          { id: "time", header: t.audit.time, minWidth: 195, cell: (each) => writeTime(each.EventTime, language) },
          { id: "action", header: t.audit.action, isRowHeader: true, cell: (each) => each.EventName },
          {
            id: "result",
            header: t.audit.result,
            minWidth: 95,
            cell: (each) => (
              <StatusIndicator type={each.ResultCode === "OK" ? "success" : "error"}>{each.ResultCode}</StatusIndicator>
            ),
          },
          { id: "resource", header: t.audit.resource, cell: (each) => each.ResourceId || "-" },
          {
            id: "user",
            header: t.audit.user,
            cell: (each) => (
              <div>
                {each.UserIdentity.UserName}
                <Box variant="small" display="block" color="text-body-secondary">
                  {each.UserIdentity.AccessKeyId}
                </Box>
              </div>
            ),
          },
          { id: "source", header: t.audit.source, cell: (each) => each.SourceIpAddress || "-" },
        ]}
      />
    </SpaceBetween>
  );
}
