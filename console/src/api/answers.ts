/** Members of answers that the pages read. The OpenAPI document describes requests only. */

export interface Paged {
  TotalCount: number;
  PageNumber: number;
  PageSize: number;
}

export interface Tokened {
  TotalCount: number;
  NextToken: string;
}

export interface IkeConfig {
  Psk: string;
  IkeVersion: string;
  IkeMode: string;
  IkeEncAlg: string;
  IkeAuthAlg: string;
  IkePfs: string;
  IkeLifetime: string | number;
  LocalId: string;
  RemoteId: string;
}

export interface IpsecConfig {
  IpsecEncAlg: string;
  IpsecAuthAlg: string;
  IpsecPfs: string;
  IpsecLifetime: string | number;
}

/** All absent without BGP. */
export interface BgpConfig {
  LocalAsn?: string | number;
  LocalBgpIp?: string;
  TunnelCidr?: string;
  PeerAsn?: string | number;
  PeerBgpIp?: string;
  BgpStatus?: string;
}

export interface Tunnel {
  TunnelId: string;
  TunnelIndex: number;
  Role: string;
  State: string;
  Status: string;
  ZoneNo: string;
  InternetIp: string;
  CustomerGatewayId: string;
  EnableDpd: string | boolean;
  EnableNatTraversal: string | boolean;
  TunnelIkeConfig: IkeConfig;
  TunnelIpsecConfig: IpsecConfig;
  TunnelBgpConfig: BgpConfig;
}

export interface Connection {
  VpnConnectionId: string;
  Name: string;
  AttachType: string;
  AttachInstanceId: string;
  CreateTime: number;
  Status: string;
  State: string;
  NetworkType: string;
  LocalSubnet: string;
  RemoteSubnet: string;
  EffectImmediately: boolean;
  EnableTunnelsBgp: boolean;
  ResourceGroupId: string;
  TransitRouterId: string;
  TransitRouterName: string;
  CrossAccountAuthorized: boolean;
  TunnelOptionsSpecification: { TunnelOptions: Tunnel[] };
}

export interface CustomerGateway {
  CustomerGatewayId: string;
  Name: string;
  Description: string;
  IpAddress: string;
  CreateTime: number;
  Asn?: number;
  AuthKey: string;
}

export interface Cen {
  CenId: string;
  Name: string;
  Description: string;
  Status: string;
  CreationTime: string;
  ResourceGroupId: string;
}

export interface RouterCidr {
  TransitRouterCidrId: string;
  Cidr: string;
}

export interface Router {
  TransitRouterId: string;
  TransitRouterName: string;
  TransitRouterDescription: string;
  CenId: string;
  Status: string;
  RegionId: string;
  CreationTime: string;
  TransitRouterCidrList: RouterCidr[];
}

export interface RouteTable {
  TransitRouterRouteTableId: string;
  TransitRouterRouteTableName: string;
  TransitRouterRouteTableStatus: string;
  TransitRouterRouteTableType: string;
  TransitRouterId: string;
}

export interface Attachment {
  TransitRouterAttachmentId: string;
  TransitRouterAttachmentName: string;
  TransitRouterId: string;
  CenId: string;
  ResourceType: string;
  Status: string;
  CreationTime: string;
  VpnId?: string;
  VpnOwnerId?: number | string;
  VpcId?: string;
  VpcOwnerId?: number | string;
}

export interface Binding {
  ResourceId: string;
  ResourceType: string;
  Status: string;
  TransitRouterAttachmentId: string;
  TransitRouterRouteTableId: string;
}

export interface RouteEntry {
  TransitRouterRouteEntryId: string;
  TransitRouterRouteEntryDestinationCidrBlock: string;
  TransitRouterRouteEntryNextHopType: string;
  TransitRouterRouteEntryNextHopId: string;
  TransitRouterRouteEntryNextHopResourceId: string;
  TransitRouterRouteEntryType: string;
  TransitRouterRouteEntryStatus: string;
}

export interface ConnectionRoute {
  RouteDest: string;
  NextHop: string;
  Weight: number;
  State: string;
  NextHopTunnelIdList: string[];
  RouteEntryType: string;
  Source: string;
  AsPath: string;
  Community: string;
  CreateTime: number;
}

export interface Verdict {
  TunnelId: string;
  VpnConnectionId: string;
  FailedReason: string;
  FailedReasonCode: string;
  FailedTime: number;
  MismatchLocalParam: string;
  MismatchRemoteParam: string;
  Severity: string;
  SourceLog: string;
}

export interface Vpc {
  VpcId: string;
  VpcName: string;
  Status: string;
  CidrBlock: string;
  CreationTime: string;
  VSwitchIds: { VSwitchId: string[] };
}

export interface VSwitch {
  VSwitchId: string;
  VSwitchName: string;
  VpcId: string;
  ZoneId: string;
  CidrBlock: string;
  Status: string;
}

export interface ResourceGroup {
  Id: string;
  Name: string;
  DisplayName: string;
}

export interface AuditEvent {
  EventId: string;
  EventTime: string;
  EventName: string;
  UserIdentity: { AccountId: string; UserName: string; AccessKeyId: string };
  SourceIpAddress: string;
  ResourceId: string;
  ResultCode: string;
  CallRequestId: string;
}

export interface GrantRule {
  CenId: string;
  CenOwnerId: number | string;
  ResourceId: string;
  OrderType: string;
}

/** How something is, all in all. */
export type Health = "up" | "degraded" | "down" | "unknown";

/** One of the four facts of a tunnel; times are milliseconds, 0 is not known. */
export interface Fact {
  Fact: string;
  Value: "up" | "down" | "unknown" | "absent";
  Since: number;
  Evidence: string;
  EvidenceTime: number;
  EvidenceAgeSeconds: number | null;
  Detail: string;
  CauseCode: string;
}

export interface Cause {
  Code: string;
  TunnelId: string;
  Fact: string;
  Message: string;
  Remedy: string;
  Evidence: string;
}

export interface TunnelHealth {
  TunnelId: string;
  TunnelIndex: number;
  Status: string;
  Health: Health;
  Since: number;
  Causes: Cause[];
  Facts: Fact[];
  RoundTripMilliseconds: number | null;
  Loss: number | null;
  ReceivedBitsPerSecond: number | null;
  SentBitsPerSecond: number | null;
}

export interface ConnectionHealth {
  VpnConnectionId: string;
  Health: Health;
  Since: number;
  Tunnels: TunnelHealth[];
  Redundancy: {
    Verdict: string;
    Items: { Item: string; Verdict: string; Message: string; Remedy: string }[];
  };
}

export interface ConnectionEvent {
  EventId: string;
  Time: number;
  Name: string;
  Severity: string;
  ResourceId: string;
  Before: string;
  After: string;
  ReasonCode: string;
  Text: string;
  Count: number;
  LastTime: number;
}

/** What passed in a step of time; nothing where nobody looked. */
export interface Sample {
  Time: number;
  ReceivedBytes: number | null;
  SentBytes: number | null;
  CoveredSeconds: number;
  RoundTripMilliseconds: number | null;
  Loss: number | null;
  UpShare: number | null;
}

export interface PlannedTunnel {
  TunnelId: string;
  TunnelIndex: number;
  Impact: string;
  Effect: string;
  Turn: number;
  NeedsPeer: boolean;
  Explanation: string;
}

export interface EditPlan {
  NeedsForce: boolean;
  Refusal: string;
  Tunnels: PlannedTunnel[];
}

export interface TunnelTask {
  TaskId: string;
  TunnelId: string;
  Kind: string;
  State: string;
  RequestedBy: string;
  RequestTime: number;
  FinishTime: number;
  Code: string;
  Message: string;
}

export interface Capture {
  CaptureId: string;
  TunnelId: string;
  State: string;
  Side: string;
  Seconds: number;
  RequestedBy: string;
  RequestTime: number;
  Packets: number;
  DroppedPackets: number;
  FileBytes: number;
  KeptUntil: number;
  Message: string;
}

/** Counts of connections by how they are, and the tunnels that are not up. */
export interface Overview {
  Connections: number;
  Up: number;
  Degraded: number;
  Down: number;
  Unknown: number;
  Problems: Problem[];
}

export interface Problem {
  VpnConnectionId: string;
  Name: string;
  TunnelId: string;
  TunnelIndex: number;
  TunnelsUp: number;
  Status: string;
  Health: Health;
  FailedReasonCode: string;
  FailedTime: number;
}

export interface UserPolicy {
  PolicyName: string;
  PolicyDocument: string;
  UpdateDate: string;
}

export interface Pool {
  CidrBlock: string;
  Addresses: number;
  Used: number;
}

export interface NodeZone {
  ZoneId: string;
  Tunnels: number;
  PublicPools: Pool[];
  PrivatePools: Pool[];
}

export interface GatewayNode {
  NodeId: string;
  Driver: string;
  RegisteredTime: number;
  LastHeardTime: number;
  IsHeard: boolean;
  Zones: NodeZone[];
}

/** Where events go; times are milliseconds, 0 is never. The secret is in no list. */
export interface Webhook {
  WebhookId: string;
  Name: string;
  Url: string;
  EventNames: string[];
  Severities: string[];
  Enabled: boolean;
  Status: string;
  PendingEvents: number;
  DeliveredEvents: number;
  FailuresInARow: number;
  NextAttemptTime: number;
  LastAttemptTime: number;
  LastHttpStatus: number | null;
  LastError: string;
}

/** What was found at one hop of a path. */
export interface PathStep {
  Hop: string;
  State: string;
  ResourceId: string;
  Code: string;
  Text: string;
  Remedy: string;
}

export interface TestedPath {
  Verdict: "passes" | "broken" | "unknown";
  FirstBroken: Partial<PathStep>;
  There: PathStep[];
  Back: PathStep[];
}

/** An item of a diagnosis. */
export interface Finding {
  DiagnoseName: string;
  DiagnoseResultLevel: string;
  DiagnoseResultDescription: string;
  Remedy: string;
  Seen: Record<string, string>[];
}

/** A diagnosis as far as it is. */
export interface Checkup {
  DiagnoseId: string;
  TotalCount: number;
  FinishedCount: number;
  FinishTime: string;
  DiagnoseResult: Finding[];
}

/** A file for a device; `SecretContent` where it holds keys. */
export interface DeviceFile {
  Path: string;
  Mode: string;
  Content?: string;
  SecretContent?: string;
}

export interface Answers {
  VPC_DescribeVpnConnections: Paged & { VpnConnections: { VpnConnection: Connection[] } };
  VPC_DescribeVpnConnection: Connection;
  VPC_CreateVpnAttachment: { VpnConnectionId: string };
  VPC_DescribeCustomerGateways: Paged & { CustomerGateways: { CustomerGateway: CustomerGateway[] } };
  VPC_DescribeCustomerGateway: CustomerGateway;
  VPC_CreateCustomerGateway: { CustomerGatewayId: string };
  VPC_DescribeVcoRouteEntries: Paged & { VcoRouteEntries: ConnectionRoute[] };
  VPC_DiagnoseVpnConnections: Paged & { VpnConnections: Verdict[] };
  VPC_DescribeVpnConnectionLogs: { Count: number; IsCompleted: boolean; Data: { Logs: string[] } };
  VPC_DownloadVpnConnectionConfig: { VpnConnectionConfig: unknown };
  VPC_DescribeVpcs: Paged & { Vpcs: { Vpc: Vpc[] } };
  VPC_DescribeVSwitches: Paged & { VSwitches: { VSwitch: VSwitch[] } };
  VPC_DescribeZones: { Zones: { Zone: { ZoneId: string }[] } };
  CBN_DescribeCens: Paged & { Cens: { Cen: Cen[] } };
  CBN_CreateCen: { CenId: string };
  CBN_ListTransitRouters: Paged & { TransitRouters: Router[] };
  CBN_CreateTransitRouter: { TransitRouterId: string };
  CBN_ListTransitRouterRouteTables: Tokened & { TransitRouterRouteTables: RouteTable[] };
  CBN_ListTransitRouterVpnAttachments: Tokened & { TransitRouterAttachments: Attachment[] };
  CBN_ListTransitRouterVpcAttachments: Tokened & { TransitRouterAttachments: Attachment[] };
  CBN_CreateTransitRouterVpnAttachment: { TransitRouterAttachmentId: string };
  CBN_ListTransitRouterRouteEntries: Tokened & { TransitRouterRouteEntries: RouteEntry[] };
  CBN_ListTransitRouterRouteTableAssociations: Tokened & { TransitRouterAssociations: Binding[] };
  CBN_ListTransitRouterRouteTablePropagations: Tokened & { TransitRouterPropagations: Binding[] };
  CBN_DescribeGrantRulesToResource: Tokened & { GrantRules: GrantRule[] };
  ResourceManager_ListResourceGroups: Paged & { ResourceGroups: { ResourceGroup: ResourceGroup[] } };
  Futago_LookupEvents: { Events: AuditEvent[]; NextToken?: string };
  Futago_ListQuotas: { Quotas: { QuotaCode: string; Value: number; DefaultValue: number }[] };
  Futago_ListAccounts: Paged & { Accounts: { AccountId: string; AccountName: string; CreateDate: string }[] };
  Futago_ListUsers: Paged & { Users: { User: { UserName: string; Administrator: boolean; CreateDate: string }[] } };
  Futago_ListAccessKeys: { AccessKeys: { AccessKey: { AccessKeyId: string; Status: string; CreateDate: string }[] } };
  Futago_CreateAccessKey: { AccessKey: { AccessKeyId: string; AccessKeySecret: string } };
  Futago_ListUserPolicies: { Policies: { Policy: UserPolicy[] } };
  Futago_DescribeConnectionHealth: Tokened & { Connections: ConnectionHealth[] };
  Futago_ListEvents: { Events: ConnectionEvent[]; NextToken: string };
  Futago_ListTunnelSamples: {
    StartTime: string;
    EndTime: string;
    Step: number;
    Series: { TunnelId: string; TunnelIndex: number; Points: Sample[] }[];
  };
  Futago_PlanTunnelEdit: EditPlan;
  Futago_PlanConnectionEdit: EditPlan;
  Futago_RevealTunnelPsk: { Psk: string };
  Futago_ListTunnelTasks: Tokened & { Tasks: TunnelTask[] };
  Futago_ListPacketCaptures: Tokened & { PacketCaptures: Capture[] };
  Futago_DownloadPacketCapture: { FileName: string; NextOffset: number; TotalBytes: number; Content: string };
  Futago_ListNodes: { Nodes: GatewayNode[] };
  Futago_DownloadDeviceConfiguration: { Directory: string; Files: DeviceFile[] };
  Futago_DescribeOverview: Overview;
  Futago_ListWebhooks: { Webhooks: Webhook[] };
  Futago_CreateWebhook: { WebhookId: string; SigningSecret: string };
  Futago_ModifyWebhook: { WebhookId: string; SigningSecret: string };
  Futago_TestPath: TestedPath;
  Futago_StartConnectionDiagnosis: { DiagnoseId: string };
  Futago_GetConnectionDiagnosis: Checkup;
}
