"""Custom tables, static routes, replaced associations and zones through the API."""

from __future__ import annotations

from typing import Any

import pytest

ENTRY = "TransitRouterRouteEntry"
SITE = "192.168.0.0/16"


@pytest.fixture
def vpn(cloud: Any, node: Any, frame: Any, site: Any) -> tuple[str, str]:
    """A connection and its attachment, settled, with one tunnel that carries traffic."""
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    attachment_id = cloud.call(
        "CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=connection_id
    )["TransitRouterAttachmentId"]
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    first = shown["TunnelOptionsSpecification"]["TunnelOptions"][0]
    node.see(first["TunnelId"], ike=True, children=1)
    node.settle()
    return connection_id, attachment_id


@pytest.fixture
def vpc(cloud: Any, node: Any) -> tuple[str, str, str]:
    """A VPC with a vSwitch in each zone."""
    vpc_id = cloud.call("CreateVpc", CidrBlock="172.20.0.0/16")["VpcId"]
    first, second = (
        cloud.call("CreateVSwitch", VpcId=vpc_id, ZoneId=zone, CidrBlock=prefix)["VSwitchId"]
        for zone, prefix in (("zone-a", "172.20.1.0/24"), ("zone-b", "172.20.2.0/24"))
    )
    node.settle()
    return vpc_id, first, second


@pytest.fixture
def vpc_attachment_id(cloud: Any, node: Any, frame: Any, vpc: tuple[str, str, str]) -> str:
    made = cloud.call(
        "CreateTransitRouterVpcAttachment",
        TransitRouterId=frame.router_id,
        VpcId=vpc[0],
        ZoneMappings=[{"ZoneId": "zone-a", "VSwitchId": vpc[1]}],
    )
    node.settle()
    return str(made["TransitRouterAttachmentId"])


def tables(cloud: Any, frame: Any, **wanted: Any) -> list[Any]:
    answer = cloud.call("ListTransitRouterRouteTables", TransitRouterId=frame.router_id, **wanted)
    found: list[Any] = answer["TransitRouterRouteTables"]
    return found


def entries(cloud: Any, table_id: str, **wanted: Any) -> list[Any]:
    answer = cloud.call(
        "ListTransitRouterRouteEntries",
        TransitRouterRouteTableId=table_id,
        **{f"{ENTRY}{name}": value for name, value in wanted.items()},
    )
    found: list[Any] = answer["TransitRouterRouteEntries"]
    return found


def route(table_id: str, prefix: str, attachment_id: str | None = None) -> dict[str, Any]:
    hop: dict[str, Any] = {f"{ENTRY}NextHopType": "BlackHole"}
    if attachment_id is not None:
        hop = {f"{ENTRY}NextHopType": "Attachment", f"{ENTRY}NextHopId": attachment_id}
    return {
        "TransitRouterRouteTableId": table_id,
        f"{ENTRY}DestinationCidrBlock": prefix,
        **hop,
    }


def test_a_custom_table_lives_as_clients_poll_it(cloud: Any, node: Any, frame: Any) -> None:
    made = cloud.call(
        "CreateTransitRouterRouteTable",
        TransitRouterId=frame.router_id,
        TransitRouterRouteTableName="blue",
        TransitRouterRouteTableDescription="of the blue team",
        RouteTableOptions={"MultiRegionECMP": "disable"},
        Tag=[{"Key": "team", "Value": "blue"}],
        ClientToken="t-1",
    )
    table_id = made["TransitRouterRouteTableId"]
    custom = {"TransitRouterRouteTableType": "Custom"}
    assert tables(cloud, frame, **custom) == [
        {
            "CreateTime": "2026-11-23T06:56Z",
            "RegionId": "cn-hangzhou",
            "TransitRouterId": frame.router_id,
            "TransitRouterRouteTableId": table_id,
            "TransitRouterRouteTableName": "blue",
            "TransitRouterRouteTableDescription": "of the blue team",
            "TransitRouterRouteTableStatus": "Creating",
            "TransitRouterRouteTableType": "Custom",
            "RouteTableOptions": {"MultiRegionECMP": "disable"},
            "Tags": [{"Key": "team", "Value": "blue"}],
        }
    ]
    node.settle()
    for wanted, count in (
        ({"TransitRouterRouteTableStatus": "Active"}, 2),
        ({"TransitRouterRouteTableNames": ["blue"]}, 1),
        ({"Tag": [{"Key": "team", "Value": "blue"}]}, 1),
        ({"Tag": [{"Key": "team", "Value": "red"}]}, 0),
        ({"TransitRouterRouteTableType": "Odd"}, 0),
        ({"TransitRouterRouteTableIds": [table_id, frame.table_id]}, 2),
    ):
        assert len(tables(cloud, frame, **wanted)) == count, wanted
    this = {"TransitRouterRouteTableId": table_id}
    cloud.call("UpdateTransitRouterRouteTable", **this, TransitRouterRouteTableName="green")
    assert tables(cloud, frame, **custom)[0]["TransitRouterRouteTableName"] == "green"
    cloud.call("DeleteTransitRouterRouteTable", **this)
    assert tables(cloud, frame, **custom)[0]["TransitRouterRouteTableStatus"] == "Deleting"
    again = cloud.refused("DeleteTransitRouterRouteTable", **this)
    assert again.code == "IncorrectStatus.TransitRouterRouteTable"
    node.settle()
    assert tables(cloud, frame, **custom) == []
    gone = cloud.refused("DeleteTransitRouterRouteTable", **this)
    assert (gone.code, gone.status) == ("InvalidTransitRouterRouteTableId.NotFound", 400)


@pytest.mark.parametrize(
    ("action", "values", "code"),
    [
        ("Create", {"TransitRouterId": None}, "MissingParam.TransitRouterId"),
        ("Create", {"TransitRouterId": "tr-none"}, "InvalidTransitRouterId.NotFound"),
        (
            "Create",
            {"RouteTableOptions": {"MultiRegionECMP": "enable"}},
            "OperationUnsupported.MultiRegionEcmp",
        ),
        ("Create", {"TransitRouterRouteTableName": "http://x"}, "InvalidName"),
        ("Create", {"TransitRouterRouteTableDescription": "x" * 257}, "InvalidDescription"),
        ("Create", {"DryRun": True}, "DryRunOperation"),
        ("Update", {"TransitRouterRouteTableId": None}, "MissingParam.TransitRouterRouteTableId"),
        (
            "Update",
            {"TransitRouterRouteTableId": "vtb-none"},
            "InvalidTransitRouterRouteTableId.NotFound",
        ),
        (
            "Update",
            {"RouteTableOptions": {"MultiRegionECMP": "enable"}},
            "OperationUnsupported.MultiRegionEcmp",
        ),
        ("Delete", {}, "OperationFailed.DeleteSystemRouteTable"),
        ("Delete", {"TransitRouterRouteTableId": None}, "MissingParam.TransitRouterRouteTableId"),
    ],
)
def test_a_bad_change_of_tables_is_refused(
    cloud: Any, frame: Any, action: str, values: dict[str, Any], code: str
) -> None:
    good: dict[str, Any] = {
        "Create": {"TransitRouterId": frame.router_id},
        "Update": {"TransitRouterRouteTableId": frame.table_id},
        "Delete": {"TransitRouterRouteTableId": frame.table_id},
    }[action]
    refusal = cloud.refused(f"{action}TransitRouterRouteTable", **{**good, **values})
    assert refusal.code == code
    assert len(tables(cloud, frame)) == 1


def test_tables_are_listed_of_a_router_or_by_their_ids(cloud: Any, frame: Any) -> None:
    refusal = cloud.refused("ListTransitRouterRouteTables")
    assert refusal.code == "MissingParam.TransitRouterIdOrTransitRouterRouteTables"
    found = cloud.call("ListTransitRouterRouteTables", TransitRouterRouteTableIds=[frame.table_id])
    assert found["TotalCount"] == 1


def test_limits_of_tables_and_routes_are_said_in_the_words_of_the_action(
    cloud: Any, frame: Any
) -> None:
    cloud.call("SetQuota", QuotaCode="custom-tables-per-router", Value=0)
    cloud.call("SetQuota", QuotaCode="entries-per-table", Value=0)
    full = cloud.refused("CreateTransitRouterRouteTable", TransitRouterId=frame.router_id)
    assert full.code == "QuotaExceeded.TransitRouterRoutTable"
    full = cloud.refused("CreateTransitRouterRouteEntry", **route(frame.table_id, SITE))
    assert full.code == "QuotaExceeded.TransitRouterRoutEntry"


def test_a_table_in_use_is_not_deleted(
    cloud: Any, node: Any, frame: Any, vpn: tuple[str, str]
) -> None:
    table_id = cloud.call("CreateTransitRouterRouteTable", TransitRouterId=frame.router_id)[
        "TransitRouterRouteTableId"
    ]
    this = {"TransitRouterRouteTableId": table_id}
    both = {**this, "TransitRouterAttachmentId": vpn[1]}
    node.settle()
    for bind, loose, code in (
        ("AssociateTransitRouterAttachmentWith", "DissociateTransitRouterAttachmentFrom", "As"),
        ("EnableTransitRouter", "DisableTransitRouter", "Prop"),
    ):
        tail = "RouteTable" if code == "As" else "RouteTablePropagation"
        cloud.call(f"{bind}{tail}", **both)
        node.settle()
        refusal = cloud.refused("DeleteTransitRouterRouteTable", **this)
        assert refusal.code.startswith(f"OperationFailed.DeleteRouteTableWith{code}")
        cloud.call(f"{loose}{tail}", **both)
        node.settle()
    cloud.call("CreateTransitRouterRouteEntry", **route(table_id, SITE, vpn[1]))
    node.settle()
    refusal = cloud.refused("DeleteTransitRouterRouteTable", **this)
    assert refusal.code == "OperationFailed.DeleteRouteTableWithRouteEntry"
    refusal = cloud.refused("DeleteTransitRouter", TransitRouterId=frame.router_id)
    assert refusal.code == "InvalidOperation.AttachedChildInstanceExist"
    cloud.call("DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=vpn[1], Force=True)
    node.settle()
    refusal = cloud.refused("DeleteTransitRouter", TransitRouterId=frame.router_id)
    assert refusal.code == "OperationFailed.DeleteTransitRouter"
    cloud.call("DeleteTransitRouterRouteTable", **this)
    node.settle()
    cloud.call("DeleteTransitRouter", TransitRouterId=frame.router_id)


def test_a_static_route_is_listed_with_all_members(
    cloud: Any, node: Any, frame: Any, vpn: tuple[str, str]
) -> None:
    made = cloud.call(
        "CreateTransitRouterRouteEntry",
        **route(frame.table_id, SITE, vpn[1]),
        TransitRouterRouteEntryName="site",
        TransitRouterRouteEntryDescription="behind the VPN",
    )
    entry_id = made["TransitRouterRouteEntryId"]
    assert entries(cloud, frame.table_id) == [], "only active routes are listed by default"
    (shown,) = entries(cloud, frame.table_id, Ids=[entry_id])
    assert shown["TransitRouterRouteEntryStatus"] == "Creating"
    node.settle()
    (shown,) = entries(cloud, frame.table_id)
    assert shown == {
        "TransitRouterRouteEntryId": entry_id,
        "TransitRouterRouteEntryName": "site",
        "TransitRouterRouteEntryDescription": "behind the VPN",
        "TransitRouterRouteEntryDestinationCidrBlock": SITE,
        "TransitRouterRouteEntryNextHopType": "Attachment",
        "TransitRouterRouteEntryNextHopId": vpn[1],
        "TransitRouterRouteEntryNextHopResourceId": vpn[0],
        "TransitRouterRouteEntryNextHopResourceType": "VPN",
        "TransitRouterRouteEntryOriginResourceId": vpn[0],
        "TransitRouterRouteEntryOriginResourceType": "VPN",
        "TransitRouterRouteEntryStatus": "Active",
        "TransitRouterRouteEntryType": "Static",
        "CreateTime": "2026-11-23T06:56Z",
        "OperationalMode": True,
        "PrefixListId": "",
        "Tag": "",
        "PathAttributes": {
            "AsPaths": [],
            "Communities": [],
            "OriginInstanceId": vpn[0],
            "OriginInstanceType": "VPN",
            "OriginRouteType": "static",
            "Preference": 20,
        },
    }
    cloud.call("UpdateTransitRouterRouteEntry", **{f"{ENTRY}Id": entry_id, f"{ENTRY}Name": "new"})
    assert [each[f"{ENTRY}Id"] for each in entries(cloud, frame.table_id, Names=["new"])]
    assert entries(cloud, frame.table_id, Names=["site"]) == []
    cloud.call("DeleteTransitRouterRouteEntry", TransitRouterRouteEntryId=entry_id)
    (shown,) = entries(cloud, frame.table_id, Status="All")
    assert shown["TransitRouterRouteEntryStatus"] == "Deleting"
    busy = cloud.refused("DeleteTransitRouterRouteEntry", TransitRouterRouteEntryId=entry_id)
    assert busy.code == "IncorrectStatus.Status"
    node.settle()
    assert entries(cloud, frame.table_id, Status="All") == []
    gone = cloud.refused("DeleteTransitRouterRouteEntry", TransitRouterRouteEntryId=entry_id)
    assert gone.code == "IllegalParam.TransitRouterRouteEntryId"


def test_a_blackhole_is_a_route_without_a_next_hop(cloud: Any, node: Any, frame: Any) -> None:
    cloud.call("CreateTransitRouterRouteEntry", **route(frame.table_id, SITE))
    node.settle()
    (shown,) = entries(cloud, frame.table_id, NextHopType="BlackHole")
    assert shown["TransitRouterRouteEntryNextHopId"] == ""
    assert shown["TransitRouterRouteEntryNextHopResourceType"] == ""
    assert shown["PathAttributes"]["OriginRouteType"] == "BlackHole"
    assert entries(cloud, frame.table_id, NextHopType="Attachment") == []
    cloud.call("DeleteTransitRouterRouteEntry", **route(frame.table_id, SITE))
    node.settle()
    assert entries(cloud, frame.table_id, Status="All") == []


def test_a_learned_route_that_a_static_one_covers_is_a_candidate(
    cloud: Any, node: Any, frame: Any, vpc_attachment_id: str, vpn: tuple[str, str]
) -> None:
    cloud.call(
        "EnableTransitRouterRouteTablePropagation",
        TransitRouterAttachmentId=vpc_attachment_id,
        TransitRouterRouteTableId=frame.table_id,
    )
    cloud.call("CreateTransitRouterRouteEntry", **route(frame.table_id, "172.20.1.0/24", vpn[1]))
    node.settle()

    def shown(**wanted: Any) -> set[tuple[str, str, str]]:
        return {
            (
                each[f"{ENTRY}DestinationCidrBlock"],
                each[f"{ENTRY}Type"],
                each[f"{ENTRY}Status"],
            )
            for each in entries(cloud, frame.table_id, **wanted)
        }

    static = ("172.20.1.0/24", "Static", "Active")
    covered = ("172.20.1.0/24", "Propagated", "Candidate")
    free = ("172.20.2.0/24", "Propagated", "Active")
    assert shown() == {static, free}
    assert shown(Status="All") == {static, covered, free}
    assert shown(Status="Candidate") == {covered}
    assert shown(Status="Rejected") == shown(Status="Standby") == set()
    assert shown(Type="Static") == {static}
    assert shown(Type="Propagated", Status="All") == {covered, free}
    assert shown(NextHopId=vpn[1]) == shown(OriginResourceType="VPN") == {static}
    assert shown(NextHopResourceType="VPC") == {free}
    assert shown(OriginResourceId=vpn[0]) == {static}
    learned = cloud.refused(
        "DeleteTransitRouterRouteEntry", **route(frame.table_id, "172.20.2.0/24", vpc_attachment_id)
    )
    assert learned.code == "OperationFailed.DeleteTransitRouterRouteEntry"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"DestinationCidrBlock": None}, "MissingParameter"),
        ({"DestinationCidrBlock": "x"}, "IllegalParam.TransitRouterDestinationCidrBlock"),
        (
            {"DestinationCidrBlock": "192.168.0.1/16"},
            "IllegalParam.TransitRouterDestinationCidrBlock",
        ),
        (
            {"DestinationCidrBlock": "100.64.1.0/24"},
            "IllegalParam.TransitRouterDestinationCidrBlock",
        ),
        (
            {"DestinationCidrBlock": "10.250.0.0/16"},
            "IllegalParam.TransitRouterDestinationCidrBlock",
        ),
        (
            {"DestinationCidrBlock": "2001:db8::/32"},
            "OperationFailed.CreateTransitRouterRouteEntryWithVPNAttachment",
        ),
        (
            {
                "DestinationCidrBlock": "2001:db8::/32",
                "NextHopType": "BlackHole",
                "NextHopId": None,
            },
            "IllegalParam.TransitRouterDestinationCidrBlock",
        ),
        (
            {"DestinationCidrBlock": "2001:db8::/32", "NextHopId": "tr-attach-none"},
            "InvalidTransitRouterRouteEntryNextHopId.NotFound",
        ),
        ({"NextHopType": None}, "MissingParameter"),
        ({"NextHopType": "Nowhere"}, "IllegalParam.NextHopType"),
        ({"NextHopId": None}, "MissingParam.TransitRouterRouteEntryNextHopId"),
        ({"NextHopType": "BlackHole"}, "ParamExclusive.NextHopTypeBlackHoleAndNextHopId"),
        (
            {"NextHopId": "tr-attach-none"},
            "InvalidTransitRouterRouteEntryNextHopId.NotFound",
        ),
        ({"Name": "https://x"}, "InvalidName"),
        ({"Description": "x" * 257}, "InvalidDescription"),
    ],
)
def test_a_bad_static_route_is_refused(
    cloud: Any, frame: Any, vpn: tuple[str, str], values: dict[str, Any], code: str
) -> None:
    given = route(frame.table_id, SITE, vpn[1])
    given |= {f"{ENTRY}{name}": value for name, value in values.items()}
    assert cloud.refused("CreateTransitRouterRouteEntry", **given).code == code
    assert entries(cloud, frame.table_id, Status="All") == []


def test_a_second_static_route_to_a_prefix_is_refused(
    cloud: Any, frame: Any, vpn: tuple[str, str]
) -> None:
    cloud.call("CreateTransitRouterRouteEntry", **route(frame.table_id, SITE))
    again = cloud.refused("CreateTransitRouterRouteEntry", **route(frame.table_id, SITE, vpn[1]))
    assert again.code == "OperationFailed.CreateRouteEntryWithSameDestinationCidrBlock"
    unknown = cloud.refused("CreateTransitRouterRouteEntry", **route("vtb-none", SITE))
    assert unknown.code == "InvalidTransitRouterRouteTableId.NotFound"


def test_a_route_is_deleted_by_its_id_or_by_what_it_says(
    cloud: Any, frame: Any, vpn: tuple[str, str]
) -> None:
    given = route(frame.table_id, SITE, vpn[1])
    entry_id = cloud.call("CreateTransitRouterRouteEntry", **given)["TransitRouterRouteEntryId"]
    delete = "DeleteTransitRouterRouteEntry"
    for values, code in (
        (
            {**given, f"{ENTRY}Id": entry_id},
            "ParamExclusive.RouteEntryIdAndRouteTableIdOrDestCidrBlock",
        ),
        ({}, "MissingParameter"),
        ({**given, f"{ENTRY}NextHopType": None}, "MissingParameter"),
        ({**given, f"{ENTRY}DestinationCidrBlock": None}, "MissingParameter"),
        (route(frame.table_id, SITE), "InvalidDestinationCidrBlock.NotFound"),
        (route(frame.table_id, "10.5.0.0/16", vpn[1]), "InvalidDestinationCidrBlock.NotFound"),
        (route("vtb-none", SITE, vpn[1]), "InvalidTransitRouterRouteTableId.NotFound"),
    ):
        assert cloud.refused(delete, **values).code == code, values
    cloud.call(delete, **given)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Status", "IllegalParam.TransitRouterRouteEntryStatus"),
        ("Type", "IllegalParam.TransitRouterRouteEntryType"),
        ("NextHopType", "IllegalParam.TransitRouterRouteEntryNextHopType"),
        ("NextHopResourceType", "IllegalParam.TransitRouterRouteEntryNextHopResourceType"),
        ("OriginResourceType", "IllegalParam.TransitRouterRouteEntryOriginResourceType"),
    ],
)
def test_unknown_words_in_a_list_of_routes_are_refused(
    cloud: Any, frame: Any, name: str, code: str
) -> None:
    table = {"TransitRouterRouteTableId": frame.table_id}
    refusal = cloud.refused("ListTransitRouterRouteEntries", **table, **{f"{ENTRY}{name}": "Odd"})
    assert refusal.code == code


def test_ids_and_a_status_exclude_each_other(cloud: Any, frame: Any) -> None:
    refusal = cloud.refused(
        "ListTransitRouterRouteEntries",
        TransitRouterRouteTableId=frame.table_id,
        TransitRouterRouteEntryIds=["rte-x"],
        TransitRouterRouteEntryStatus="Active",
    )
    assert refusal.code == "ParamExclusive.RouteEntryIdsAndStatus"


def test_an_association_is_replaced(
    cloud: Any, node: Any, frame: Any, vpn: tuple[str, str]
) -> None:
    table_id = cloud.call("CreateTransitRouterRouteTable", TransitRouterId=frame.router_id)[
        "TransitRouterRouteTableId"
    ]
    wanted = {"TransitRouterAttachmentId": vpn[1], "TransitRouterRouteTableId": table_id}
    replace = "ReplaceTransitRouterRouteTableAssociation"
    assert cloud.refused(replace, **wanted).code == "OperationUnsupported.TransitAttachment"
    cloud.call(
        "AssociateTransitRouterAttachmentWithRouteTable",
        **{**wanted, "TransitRouterRouteTableId": frame.table_id},
    )
    assert cloud.refused(replace, **wanted).code == "IncorrectStatus.Status"
    node.settle()
    cloud.call(replace, **wanted)

    def listed(**narrowed: Any) -> list[tuple[str, str]]:
        answer = cloud.call("ListTransitRouterRouteTableAssociations", **narrowed)
        return [
            (each["TransitRouterRouteTableId"], each["Status"])
            for each in answer["TransitRouterAssociations"]
        ]

    mine = {"TransitRouterAttachmentId": vpn[1]}
    assert listed(**mine) == [(table_id, "Associating")]
    node.settle()
    assert listed(**mine) == [(table_id, "Active")]
    assert listed(TransitRouterRouteTableId=frame.table_id) == []
    assert listed(**mine, Status="Active", TransitRouterAttachmentResourceType="VPN")
    assert listed(**mine, TransitRouterAttachmentResourceType="VPC") == []
    assert listed(**mine, TransitRouterAttachmentResourceId=vpn[0])
    assert listed(**mine, TransitRouterAttachmentResourceId="vco-x") == []
    for values, code, status in (
        ({"TransitRouterAttachmentId": "tr-attach-x"}, "InvalidAttachmentId.NotFound", 404),
        ({"TransitRouterRouteTableId": "vtb-x"}, "InvalidRouteTableId.NotFound", 404),
    ):
        refusal = cloud.refused(replace, **{**wanted, **values})
        assert (refusal.code, refusal.status) == (code, status)


def test_zones_of_a_vpc_attachment_change(
    cloud: Any, frame: Any, vpc: tuple[str, str, str], vpc_attachment_id: str
) -> None:
    this = {"TransitRouterAttachmentId": vpc_attachment_id}
    first = {"ZoneId": "zone-a", "VSwitchId": vpc[1]}
    second = {"ZoneId": "zone-b", "VSwitchId": vpc[2]}
    action = "UpdateTransitRouterVpcAttachmentZones"

    def zones() -> list[tuple[str, str]]:
        (shown,) = cloud.call("ListTransitRouterVpcAttachments", **this)["TransitRouterAttachments"]
        return [(each["ZoneId"], each["VSwitchId"]) for each in shown["ZoneMappings"]]

    for values, code in (
        ({}, "IllegalParam.AddOrRemoveZoneMappings"),
        ({"RemoveZoneMappings": [first]}, "IllegalParam.AddOrRemoveZoneMappings"),
        ({"RemoveZoneMappings": [second]}, "IllegalParam.AddOrRemoveZoneMappings"),
        ({"AddZoneMappings": [{"ZoneId": "zone-b"}]}, "IllegalParam.VSwitchId"),
        ({"AddZoneMappings": [{"VSwitchId": vpc[2]}]}, "IllegalParam.ZoneId"),
        ({"AddZoneMappings": [{**second, "ZoneId": "zone-c"}]}, "IllegalParam.VSwitchId"),
        ({"AddZoneMappings": [{**second, "VSwitchId": "vsw-x"}]}, "InvalidVSwitchId.NotFound"),
        ({"AddZoneMappings": [second], "DryRun": True}, "DryRunOperation"),
        (
            {"TransitRouterAttachmentId": "tr-attach-x", "AddZoneMappings": [second]},
            "InvalidTransitRouterAttachmentId.NotFound",
        ),
    ):
        assert cloud.refused(action, **{**this, **values}).code == code, values
    assert zones() == [("zone-a", vpc[1])]
    cloud.call(action, **this, AddZoneMappings=[second], RemoveZoneMappings=[first])
    assert zones() == [("zone-b", vpc[2])]


def test_what_is_allocated_of_a_block_is_listed(
    cloud: Any, frame: Any, vpn: tuple[str, str]
) -> None:
    router = {"TransitRouterId": frame.router_id}
    (block,) = cloud.call("ListTransitRouterCidr", **router)["CidrLists"]

    def parts(**wanted: Any) -> list[str]:
        answer = cloud.call("ListTransitRouterCidrAllocation", **router, **wanted)
        found = answer["TransitRouterCidrAllocations"]
        assert all(
            (each["TransitRouterCidrId"], each["Cidr"], each["AttachmentId"])
            == (block["TransitRouterCidrId"], "10.250.0.0/24", vpn[1])
            for each in found
        )
        return [each["AllocatedCidrBlock"] for each in found]

    everything = ["10.250.0.0/28", "10.250.0.16/28", "10.250.0.32/28"]
    assert parts() == parts(DedicatedOwnerId="VPN") == parts(AttachmentId=vpn[1]) == everything
    assert parts(CidrBlock="10.250.0.16/28") == ["10.250.0.16/28"]
    assert parts(TransitRouterCidrId="cidr-x") == parts(DedicatedOwnerId="ECR") == []
    assert parts(AttachmentName="x") == parts(Cidr="10.1.0.0/24") == []
    assert parts(MaxResults=2) == everything[:2]
    unknown = cloud.refused("ListTransitRouterCidrAllocation", TransitRouterId="tr-x")
    assert unknown.code == "IllegalParam.TransitRouterId"


def test_an_unused_block_has_no_allocations(cloud: Any, frame: Any) -> None:
    listed = cloud.call("ListTransitRouterCidrAllocation", TransitRouterId=frame.router_id)
    assert listed["TransitRouterCidrAllocations"] == []


def test_the_service_of_transit_routers_is_open_in_all_zones(cloud: Any, node: Any) -> None:
    assert cloud.call("CheckTransitRouterService")["Enabled"] == "true"
    assert cloud.refused("OpenTransitRouterService").code == "Order.Opened"
    zones = cloud.call("ListTransitRouterAvailableResource")
    assert zones["AvailableZones"] == zones["MasterZones"] == ["zone-a", "zone-b"]
    assert zones["SupportMulticast"] is False
    none = cloud.call("ListTransitRouterAvailableResource", SupportMulticast=True)
    assert none["AvailableZones"] == []
    refusal = cloud.refused("ListTransitRouterAvailableResource", RegionId=None)
    assert refusal.code == "MissingParameter"


def test_an_attachment_to_which_a_route_leads_is_deleted_by_force_only(
    cloud: Any, node: Any, frame: Any, vpc_attachment_id: str
) -> None:
    cloud.call("CreateTransitRouterRouteEntry", **route(frame.table_id, SITE, vpc_attachment_id))
    node.settle()
    this = {"TransitRouterAttachmentId": vpc_attachment_id}
    refusal = cloud.refused("DeleteTransitRouterVpcAttachment", **this)
    assert refusal.code == "OperationFailed.RouteEntryExist"
    cloud.call("DeleteTransitRouterVpcAttachment", **this, Force=True)
    node.settle()
    assert cloud.call("ListTransitRouterVpcAttachments", **this)["TransitRouterAttachments"] == []
    assert entries(cloud, frame.table_id, Status="All") == []
