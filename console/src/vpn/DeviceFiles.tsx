/** The files of a device: what the service must know beside the connection, then each file. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AnswerOf } from "../api/client";
import type { Connection, DeviceFile } from "../api/answers";
import { call } from "../api/client";
import { useTexts } from "../i18n";
import { useAttachments } from "../pages/router/queries";
import { checkAddress, checkPrefix } from "../rules/network";
import { Problem } from "../ui/Problem";
import { saveFile, TakeAlong } from "../ui/save";
import { tar } from "../ui/tar";
import type { Device } from "./Download";

type Files = AnswerOf<"Futago_DownloadDeviceConfiguration">;

const contentOf = (file: DeviceFile) => file.SecretContent ?? file.Content ?? "";
const listOf = (text: string) => text.split(/[\s,]+/).filter(Boolean);

export function DeviceFiles({ connection, device }: { connection: Connection; device: Device }) {
  const t = useTexts();
  const hasBgp = connection.EnableTunnelsBgp;
  const suggested = useCloudPrefixes(connection);
  const [cloud, setCloud] = useState<string | null>(null);
  const [announced, setAnnounced] = useState("");
  const [address, setAddress] = useState("");
  const [files, setFiles] = useState<Files | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isTried, setTried] = useState(false);
  const cloudText = cloud ?? (hasBgp ? "" : suggested.join(", "));
  const wrong = {
    cloud: !hasBgp && cloudText.trim() === "" ? t.rules.required : checkList(cloudText, t.rules),
    announced: checkList(announced, t.rules),
    address: address.trim() === "" ? undefined : checkAddress(address, t.rules),
  };
  const write = async () => {
    setTried(true);
    if (wrong.cloud ?? wrong.announced ?? wrong.address) return;
    setError(null);
    try {
      setFiles(
        await call(
          "Futago_DownloadDeviceConfiguration",
          {
            VpnConnectionId: connection.VpnConnectionId,
            Device: device,
            RouterAddress: address.trim() || undefined,
            CloudPrefixes: listOf(cloudText).join(",") || undefined,
            AnnouncedPrefixes: listOf(announced).join(",") || undefined,
          },
          { reveal: true },
        ),
      );
    } catch (refused) {
      setFiles(null);
      setError(refused);
    }
  };
  return (
    <SpaceBetween size="m">
      <FormField
        label={t.download.cloudPrefixes}
        constraintText={hasBgp ? t.download.cloudPrefixesBgp : t.download.cloudPrefixesHint}
        errorText={isTried || cloudText !== "" ? wrong.cloud : undefined}
        stretch
      >
        <Input value={cloudText} placeholder="10.0.0.0/16" onChange={({ detail }) => setCloud(detail.value)} />
      </FormField>
      {hasBgp && (
        <FormField
          label={t.download.announced}
          constraintText={t.download.announcedHint}
          errorText={wrong.announced}
          stretch
        >
          <Input value={announced} placeholder="192.168.0.0/16" onChange={({ detail }) => setAnnounced(detail.value)} />
        </FormField>
      )}
      <FormField
        label={t.download.routerAddress}
        constraintText={t.download.routerAddressHint}
        errorText={wrong.address}
        stretch
      >
        <Input value={address} placeholder="192.168.0.1" onChange={({ detail }) => setAddress(detail.value)} />
      </FormField>
      <SpaceBetween direction="horizontal" size="xs">
        <Button onClick={() => void write()}>{t.download.write}</Button>
        {files && (
          <Button
            variant="primary"
            iconName="download"
            onClick={() => saveFile(`${connection.VpnConnectionId}.tar`, "application/x-tar", archiveOf(files))}
          >
            {t.download.saveAll}
          </Button>
        )}
      </SpaceBetween>
      <Problem error={error} />
      {files && <Shown files={files} />}
    </SpaceBetween>
  );
}

function Shown({ files }: { files: Files }) {
  const t = useTexts();
  // What to do stands in the one that people read first.
  const sorted = [...files.Files].sort((a, b) => Number(b.Path === "README.txt") - Number(a.Path === "README.txt"));
  return (
    <SpaceBetween size="xs">
      <Box color="text-body-secondary">{t.download.where(files.Directory)}</Box>
      {sorted.map((file, index) => (
        <ExpandableSection
          key={file.Path}
          defaultExpanded={index === 0}
          headerText={file.Path}
          headerDescription={file.SecretContent ? t.download.secret(file.Mode) : file.Mode}
          variant="footer"
          headingTagOverride="h3"
        >
          <TakeAlong
            name={file.Path.slice(file.Path.lastIndexOf("/") + 1)}
            type="text/plain"
            text={contentOf(file)}
            label={file.Path}
          />
        </ExpandableSection>
      ))}
    </SpaceBetween>
  );
}

function archiveOf(files: Files): Uint8Array<ArrayBuffer> {
  const found = files.Files.map((each) => ({ path: each.Path, mode: each.Mode, text: contentOf(each) }));
  return tar(found, Date.now());
}

function checkList(text: string, rules: ReturnType<typeof useTexts>["rules"]): string | undefined {
  return listOf(text)
    .map((each) => checkPrefix(each, rules))
    .find(Boolean);
}

/** Gives the networks of the VPCs behind the connection's router. */
function useCloudPrefixes(connection: Connection): string[] {
  const isOwn = connection.TransitRouterId !== "" && !connection.CrossAccountAuthorized;
  const attached = useAttachments(isOwn ? connection.TransitRouterId : "").data ?? [];
  const wanted = attached.flatMap((each) => each.VpcId ?? []);
  const { data } = useQuery({
    queryKey: ["vpcs", "of", wanted],
    queryFn: () => call("VPC_DescribeVpcs", { VpcId: wanted.slice(0, 20).join(","), PageSize: 50 }),
    enabled: wanted.length > 0,
  });
  return (data?.Vpcs.Vpc ?? []).map((each) => each.CidrBlock);
}
