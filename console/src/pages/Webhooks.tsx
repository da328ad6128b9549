/** Webhooks: where events of the account go, and how that fares. */
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import Toggle from "@cloudscape-design/components/toggle";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Webhook } from "../api/answers";
import { call } from "../api/client";
import { useRead } from "../api/queries";
import { useSpoken, useTexts } from "../i18n";
import { Confirm } from "../ui/Confirm";
import { FormModal } from "../ui/FormModal";
import { ResourcePage } from "../ui/ResourcePage";
import { SecretOnce } from "../ui/SecretOnce";
import { writeTime } from "../ui/when";

const KINDS: Record<string, StatusIndicatorProps.Type> = {
  Active: "success",
  Failing: "warning",
  Dead: "error",
  Disabled: "stopped",
};

interface Told {
  owner: string;
  secret: string;
}

export default function Webhooks() {
  const { texts: t, language } = useSpoken();
  const { data, error } = useRead("Futago_ListWebhooks", {});
  const [told, tell] = useState<Told | null>(null);
  return (
    <>
      <ResourcePage
        isPage
        title={t.webhooks.title}
        description={t.webhooks.description}
        items={data?.Webhooks}
        error={error}
        idOf={(each) => each.WebhookId}
        nameOf={(each) => each.Name}
        empty={{ title: t.webhooks.empty, hint: t.webhooks.emptyHint }}
        columns={[
          {
            id: "url",
            header: t.webhooks.url,
            minWidth: 220,
            cell: (each) => <span className="mono">{each.Url}</span>,
          },
          { id: "status", header: t.common.status, minWidth: 130, cell: (each) => <Fares webhook={each} /> },
          { id: "what", header: t.webhooks.events, minWidth: 150, cell: (each) => <Wanted webhook={each} /> },
          { id: "last", header: t.webhooks.last, minWidth: 190, cell: (each) => <Last webhook={each} language={language} /> },
          {
            id: "counts",
            header: t.webhooks.counts,
            minWidth: 130,
            cell: (each) => `${each.DeliveredEvents} / ${each.PendingEvents}`,
          },
        ]}
        create={{
          text: t.webhooks.create,
          needs: "Futago_CreateWebhook",
          dialog: (close) => <WebhookForm close={close} tell={tell} />,
        }}
        edits={[
          {
            needs: "Futago_ModifyWebhook",
            dialog: (edited, close) => <WebhookForm edited={edited} close={close} tell={tell} />,
          },
          {
            text: t.webhooks.test,
            needs: "Futago_TestWebhook",
            dialog: (each, close) => <Test webhook={each} close={close} />,
          },
          {
            text: t.webhooks.renew,
            needs: "Futago_ModifyWebhook",
            dialog: (each, close) => <Renewal webhook={each} close={close} tell={tell} />,
          },
        ]}
        remove={{
          title: t.webhooks.deleteTitle,
          needs: "Futago_DeleteWebhook",
          warning: t.webhooks.deleteWarning,
          run: (each) => call("Futago_DeleteWebhook", { WebhookId: each.WebhookId }),
        }}
      />
      {told && (
        <SecretOnce
          title={t.webhooks.secret}
          warning={t.webhooks.secretOnce}
          owner={{ label: t.common.id, value: told.owner }}
          secret={{ label: t.webhooks.secret, value: told.secret }}
          close={() => tell(null)}
        />
      )}
    </>
  );
}

function Fares({ webhook }: { webhook: Webhook }) {
  const t = useTexts().webhooks;
  return (
    <StatusIndicator type={KINDS[webhook.Status] ?? "info"}>{t.states[webhook.Status] ?? webhook.Status}</StatusIndicator>
  );
}

function Wanted({ webhook }: { webhook: Webhook }) {
  const t = useTexts();
  const severities = webhook.Severities.map((each) => t.timeline.severities[each] ?? each);
  return (
    <div>
      {webhook.EventNames.length ? t.webhooks.chosen(webhook.EventNames.length) : t.webhooks.anyEvent}
      <Small>{severities.join(", ") || t.webhooks.anySeverity}</Small>
    </div>
  );
}

function Last({ webhook, language }: { webhook: Webhook; language: string }) {
  const t = useTexts().webhooks;
  if (!webhook.LastAttemptTime) return <>{t.never}</>;
  const { LastHttpStatus: status, LastError: fault, FailuresInARow: failures } = webhook;
  const said = failures && status ? t.refused(status) : failures ? fault : status ? t.taken(status) : "";
  return (
    <div>
      {writeTime(webhook.LastAttemptTime, language)}
      <Small>{said}</Small>
      {failures > 0 && (
        <Small>
          {t.failures(failures)}
          {webhook.NextAttemptTime > 0 && ` · ${t.next}: ${writeTime(webhook.NextAttemptTime, language)}`}
        </Small>
      )}
    </div>
  );
}

function Small({ children }: { children: React.ReactNode }) {
  return (
    <Box variant="small" display="block" color="text-body-secondary">
      {children}
    </Box>
  );
}

interface DialogProps {
  webhook: Webhook;
  close: () => void;
}

function Test({ webhook, close }: DialogProps) {
  const t = useTexts().webhooks;
  const queries = useQueryClient();
  return (
    <FormModal
      title={t.test}
      action={t.test}
      isValid
      run={() => call("Futago_TestWebhook", { WebhookId: webhook.WebhookId }).then(() => queries.invalidateQueries())}
      close={close}
    >
      {t.testHint(webhook.Name || webhook.WebhookId)}
    </FormModal>
  );
}

function Renewal({ webhook, close, tell }: DialogProps & { tell: (told: Told) => void }) {
  const t = useTexts().webhooks;
  const renew = async () => {
    const made = await call("Futago_ModifyWebhook", { WebhookId: webhook.WebhookId, RenewSecret: true });
    tell({ owner: made.WebhookId, secret: made.SigningSecret });
  };
  return <Confirm title={t.renew} action={t.renew} warning={t.renewWarning} run={renew} close={close} />;
}

interface WebhookFormProps {
  edited?: Webhook;
  close: () => void;
  tell: (told: Told) => void;
}

function WebhookForm({ edited, close, tell }: WebhookFormProps) {
  const all = useTexts();
  const t = all.webhooks;
  const queries = useQueryClient();
  const [name, setName] = useState(edited?.Name ?? "");
  const [url, setUrl] = useState(edited?.Url ?? "");
  const [events, setEvents] = useState<readonly string[]>(edited?.EventNames ?? []);
  const [severities, setSeverities] = useState<readonly string[]>(edited?.Severities ?? []);
  const [isEnabled, enable] = useState(edited?.Enabled ?? true);
  const [isTried, setTried] = useState(false);
  const complaint = url.trim() ? undefined : all.rules.required;
  const run = async () => {
    const given = {
      Name: name.trim() || undefined,
      Url: url.trim(),
      EventName: chosenOf(events, edited?.EventNames, Object.keys(all.timeline.names)),
      Severity: chosenOf(severities, edited?.Severities, Object.keys(all.timeline.severities)),
    };
    if (edited) {
      await call("Futago_ModifyWebhook", { WebhookId: edited.WebhookId, ...given, Enabled: isEnabled });
    } else {
      const made = await call("Futago_CreateWebhook", given);
      tell({ owner: made.WebhookId, secret: made.SigningSecret });
    }
    await queries.invalidateQueries();
  };
  return (
    <FormModal
      title={edited ? t.edit : t.create}
      action={edited ? all.common.save : all.common.create}
      isValid={!complaint}
      onAttempt={() => setTried(true)}
      run={run}
      close={close}
    >
      <FormField label={all.common.name}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoFocus />
      </FormField>
      <FormField label={t.url} constraintText={t.urlHint} errorText={isTried && complaint}>
        <Input
          value={url}
          type="url"
          placeholder="https://example.com/futago"
          onChange={({ detail }) => setUrl(detail.value)}
        />
      </FormField>
      <Several label={t.events} words={all.timeline.names} chosen={events} choose={setEvents} none={t.anyEvent} />
      <Several
        label={t.severities}
        words={all.timeline.severities}
        chosen={severities}
        choose={setSeverities}
        none={t.anySeverity}
      />
      {edited && (
        <Toggle checked={isEnabled} onChange={({ detail }) => enable(detail.checked)}>
          {t.enabled}
        </Toggle>
      )}
    </FormModal>
  );
}

/** An empty list means all to the service when a webhook is made; later it means no change. */
function chosenOf(chosen: readonly string[], before: string[] | undefined, all: string[]): string[] | undefined {
  if (chosen.length) return [...chosen];
  return before?.length ? all : undefined;
}

interface SeveralProps {
  label: string;
  /** Values and how they are called. */
  words: Record<string, string>;
  chosen: readonly string[];
  choose: (chosen: readonly string[]) => void;
  /** What it means that nothing is chosen. */
  none: string;
}

function Several({ label, words, chosen, choose, none }: SeveralProps) {
  const t = useTexts().webhooks;
  const options = Object.entries(words).map(([value, text]) => ({ value, label: text, tags: [value] }));
  return (
    <FormField label={label} constraintText={t.narrowHint}>
      <Multiselect
        selectedOptions={options.filter((each) => chosen.includes(each.value))}
        options={options}
        filteringType={options.length > 5 ? "auto" : "none"}
        placeholder={none}
        onChange={({ detail }) => choose(detail.selectedOptions.map((each) => each.value ?? ""))}
      />
    </FormField>
  );
}
