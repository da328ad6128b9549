"""BGP from the calls of a user to what a node gets, and back from what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from futago.plan import intent, observation
from futago.testing import simulation, speakers


def test_a_connection_with_bgp_shows_both_sides_of_each_session(
    cloud: Any, peers: speakers.Peers
) -> None:
    connection_id = peers.create(LocalAsn="123.456")
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    assert shown["EnableTunnelsBgp"] is True
    one, two = (
        each["TunnelBgpConfig"] for each in shown["TunnelOptionsSpecification"]["TunnelOptions"]
    )
    assert one == {
        "TunnelCidr": "169.254.10.0/30",
        "LocalAsn": "8061384",
        "LocalBgpIp": "169.254.10.1",
        "PeerAsn": "65001",
        "PeerBgpIp": "169.254.10.2",
        "BgpStatus": "",
    }
    assert (two["PeerAsn"], two["PeerBgpIp"]) == ("65002", "169.254.11.2")
    (listed,) = cloud.call("DescribeVpnAttachments")["VpnAttachments"]
    assert listed["Tag"] == '{"BGPSupport":true}'
    assert cloud.call("CheckVpnBgpEnabled")["BgpEnabled"] is True


def test_the_router_gets_the_sessions_and_the_keys_that_they_need(
    attached: speakers.Attached,
) -> None:
    one, two = attached.plug.bgp
    keyed, _ = attached.peers.gateway_ids
    assert one == intent.BgpIntent(
        tunnel_id=attached.plug.tunnel_ids[0],
        local_asn=45104,
        peer_asn=65001,
        local_address=one.local_address,
        peer_address=one.peer_address,
        key_id=keyed,
        key_version=1,
        import_limit=50,
    )
    assert (str(one.local_address), str(one.peer_address)) == ("169.254.10.1", "169.254.10.2")
    assert (two.key_id, two.key_version, two.peer_asn) == (None, 0, 65002)
    assert attached.plug.announces_routes is True
    assert attached.node.bgp_keys == {keyed: speakers.KEY}


def test_keys_are_for_routers_with_sessions_only(
    cloud: Any, node: simulation.ObedientNode, frame: Any, peers: speakers.Peers
) -> None:
    peers.create()
    node.settle()
    assert node.bgp_keys == {}


def test_the_peer_downloads_its_side_of_the_sessions(attached: speakers.Attached) -> None:
    answer = attached.cloud.call(
        "DownloadVpnConnectionConfig", VpnConnectionId=attached.connection_id
    )
    one, _ = answer["VpnConnectionConfig"]["BgpConfigs"]["BgpConfig"]
    assert one == {
        "TunnelId": attached.tunnel_ids[0],
        "TunnelCidr": "169.254.10.0/30",
        "LocalAsn": "65001",
        "LocalBgpIp": "169.254.10.2",
        "PeerAsn": "45104",
        "PeerBgpIp": "169.254.10.1",
    }


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (observation.BgpState.ESTABLISHED, "success"),
        (observation.BgpState.ACTIVE, "failed"),
        (observation.BgpState.IDLE, "failed"),
        (observation.BgpState.UNKNOWN, ""),
    ],
)
def test_the_status_of_a_session_is_what_the_node_says(
    attached: speakers.Attached, said: observation.BgpState, status: str
) -> None:
    first = attached.plug.tunnel_ids[0]
    attached.node.hear(observation.BgpObservation(tunnel_id=first, state=said))
    attached.node.settle()
    one, two = (each["TunnelBgpConfig"]["BgpStatus"] for each in attached.options)
    assert (one, two) == (status, "failed")
    (listed,) = attached.cloud.call("DescribeVpnConnections")["VpnConnections"]["VpnConnection"]
    options = listed["TunnelOptionsSpecification"]["TunnelOptions"]
    assert options[0]["TunnelBgpConfig"]["BgpStatus"] == status


def test_a_silent_node_says_nothing_about_sessions(
    attached: speakers.Attached, clock: simulation.StoppedClock
) -> None:
    clock.advance(31)
    assert {each["TunnelBgpConfig"]["BgpStatus"] for each in attached.options} == {""}


def test_bgp_is_enabled_later_without_touching_the_tunnels(
    cloud: Any, node: simulation.ObedientNode, frame: Any, peers: speakers.Peers
) -> None:
    plain = [
        {name: value for name, value in each.items() if name != "TunnelBgpConfig"}
        for each in peers.values()
    ]
    made = cloud.call(
        "CreateVpnAttachment",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        TunnelOptionsSpecification=plain,
    )
    connection_id = str(made["VpnConnectionId"])
    attachment_id = speakers.attach(cloud, node, frame, connection_id)
    it = speakers.Attached(cloud, node, connection_id, attachment_id, frame.router_id, peers)
    before = it.digests()
    assert it.plug.bgp == ()
    entries = [
        {"TunnelId": tunnel_id, "TunnelBgpConfig": {"TunnelCidr": cidr, "LocalAsn": 65530}}
        for tunnel_id, cidr in zip(it.tunnel_ids, speakers.CIDRS, strict=True)
    ]
    answer = cloud.call(
        "ModifyVpnAttachmentAttribute",
        VpnConnectionId=connection_id,
        EnableTunnelsBgp=True,
        TunnelOptionsSpecification=entries,
    )
    assert answer["EnableTunnelsBgp"] is True
    assert answer["TunnelOptionsSpecification"][0]["TunnelBgpConfig"]["LocalAsn"] == 65530
    assert it.described["State"] == "updating"
    node.settle()
    assert it.described["State"] == "attached"
    assert [each.local_asn for each in it.plug.bgp] == [65530, 65530]
    assert it.digests() == before


def test_updating_ends_when_the_router_has_the_sessions(attached: speakers.Attached) -> None:
    before = attached.digests()
    changed = attached.cloud.call(
        "ModifyTunnelAttribute",
        VpnConnectionId=attached.connection_id,
        TunnelId=attached.tunnel_ids[0],
        TunnelOptionsSpecification={
            "TunnelBgpConfig": {"TunnelCidr": "169.254.20.0/30", "LocalBgpIp": "169.254.20.2"}
        },
    )
    assert changed["TunnelBgpConfig"] == {
        "EnableBgp": True,
        "TunnelCidr": "169.254.20.0/30",
        "LocalAsn": 45104,
        "LocalBgpIp": "169.254.20.2",
        "PeerAsn": 65001,
        "PeerBgpIp": "169.254.20.1",
    }
    assert attached.described["State"] == "updating"
    refused = attached.cloud.refused(
        "ModifyTunnelAttribute",
        VpnConnectionId=attached.connection_id,
        TunnelId=attached.tunnel_ids[0],
        TunnelOptionsSpecification={"TunnelBgpConfig": {"TunnelCidr": "169.254.21.0/30"}},
    )
    assert refused.code == "VpnConnection.Configuring"
    attached.node.settle()
    assert attached.described["State"] == "attached"
    assert str(attached.plug.bgp[0].peer_address) == "169.254.20.1"
    assert attached.digests() == before


def test_the_address_alone_changes_inside_its_block(attached: speakers.Attached) -> None:
    attached.cloud.call(
        "ModifyTunnelAttribute",
        VpnConnectionId=attached.connection_id,
        TunnelId=attached.tunnel_ids[1],
        TunnelOptionsSpecification={"TunnelBgpConfig": {"LocalBgpIp": "169.254.11.2"}},
    )
    attached.node.settle()
    assert str(attached.plug.bgp[1].peer_address) == "169.254.11.1"


def test_bgp_is_turned_off_and_on_again_with_its_values(attached: speakers.Attached) -> None:
    switch = {"VpnConnectionId": attached.connection_id}
    attached.cloud.call("ModifyVpnAttachmentAttribute", **switch, EnableTunnelsBgp=False)
    attached.node.settle()
    assert attached.plug.bgp == ()
    assert attached.node.bgp_keys == {}
    assert [each["TunnelBgpConfig"] for each in attached.options] == [{}, {}]
    answer = attached.cloud.call(
        "DownloadVpnConnectionConfig", VpnConnectionId=attached.connection_id
    )
    assert answer["VpnConnectionConfig"]["BgpConfigs"] == {"BgpConfig": []}
    refused = attached.cloud.refused(
        "ModifyTunnelAttribute",
        **switch,
        TunnelId=attached.tunnel_ids[0],
        TunnelOptionsSpecification={"TunnelBgpConfig": {"TunnelCidr": "169.254.21.0/30"}},
    )
    assert refused.code == "OperationUnsupported.EnableBgp"
    assert "EnableTunnelsBgp" in refused.message
    attached.cloud.call("ModifyVpnAttachmentAttribute", **switch, EnableTunnelsBgp=True)
    attached.node.settle()
    assert [str(each.local_address) for each in attached.plug.bgp] == [
        "169.254.10.1",
        "169.254.11.1",
    ]


def test_a_new_key_reaches_the_router_under_a_new_version(attached: speakers.Attached) -> None:
    keyed, plain = attached.peers.gateway_ids
    before = attached.digests()
    same = {"CustomerGatewayId": keyed, "AuthKey": speakers.KEY}
    attached.cloud.call("ModifyCustomerGatewayAttribute", **same)
    assert attached.described["State"] == "attached"
    attached.cloud.call(
        "ModifyCustomerGatewayAttribute", CustomerGatewayId=keyed, AuthKey="another"
    )
    attached.cloud.call("ModifyCustomerGatewayAttribute", CustomerGatewayId=plain, AuthKey="first")
    assert attached.described["State"] == "updating"
    attached.node.settle()
    assert attached.described["State"] == "attached"
    assert [(each.key_id, each.key_version) for each in attached.plug.bgp] == [
        (keyed, 2),
        (plain, 1),
    ]
    assert attached.node.bgp_keys == {keyed: "another", plain: "first"}
    assert attached.digests() == before


def test_another_customer_gateway_is_another_peer(attached: speakers.Attached) -> None:
    other = attached.cloud.call("CreateCustomerGateway", IpAddress="203.0.113.9", Asn=65009)
    attached.cloud.call(
        "ModifyTunnelAttribute",
        VpnConnectionId=attached.connection_id,
        TunnelId=attached.tunnel_ids[0],
        TunnelOptionsSpecification={"CustomerGatewayId": other["CustomerGatewayId"]},
    )
    attached.node.settle()
    one, _ = attached.plug.bgp
    assert (one.peer_asn, one.key_id) == (65009, None)
    assert attached.node.bgp_keys == {}


def test_a_gateway_without_a_number_cannot_take_over(attached: speakers.Attached) -> None:
    other = attached.cloud.call("CreateCustomerGateway", IpAddress="203.0.113.9")
    refused = attached.cloud.refused(
        "ModifyTunnelAttribute",
        VpnConnectionId=attached.connection_id,
        TunnelId=attached.tunnel_ids[0],
        TunnelOptionsSpecification={"CustomerGatewayId": other["CustomerGatewayId"]},
    )
    assert refused.code == "MissingParam.CustomerGatewayAsn"


def test_blocks_are_unique_on_a_router(attached: speakers.Attached, frame: Any) -> None:
    cloud, peers = attached.cloud, attached.peers
    second = peers.create("169.254.12.0/30", "169.254.10.0/30")
    refused = cloud.refused(
        "CreateTransitRouterVpnAttachment",
        TransitRouterId=frame.router_id,
        CenId=frame.cen_id,
        VpnId=second,
    )
    assert refused.code == "OverLappingExist.Cidr"
    assert "169.254.10.0/30" in refused.message
    assert attached.connection_id in refused.message
    third = peers.create("169.254.15.0/30", "169.254.13.0/30")
    speakers.attach(cloud, attached.node, frame, third)
    refused = cloud.refused(
        "ModifyVpnAttachmentAttribute",
        VpnConnectionId=third,
        TunnelOptionsSpecification=[
            {
                "TunnelId": tunnel["TunnelId"],
                "TunnelBgpConfig": {"TunnelCidr": cidr},
            }
            for tunnel, cidr in zip(
                replace(attached, connection_id=third).options,
                ("169.254.14.0/30", "169.254.11.0/30"),
                strict=True,
            )
        ],
    )
    assert refused.code == "IllegalParam.TunnelCidr"
    assert "169.254.11.0/30" in refused.message
    cloud.call(
        "ModifyVpnAttachmentAttribute",
        VpnConnectionId=attached.connection_id,
        EnableTunnelsBgp=False,
    )
    attached.node.settle()
    speakers.attach(cloud, attached.node, frame, second)
    refused = cloud.refused(
        "ModifyVpnAttachmentAttribute",
        VpnConnectionId=attached.connection_id,
        EnableTunnelsBgp=True,
    )
    assert refused.code == "IllegalParam.TunnelCidr"
    assert second in refused.message


def test_route_synchronization_is_a_switch_of_the_attachment(attached: speakers.Attached) -> None:
    attached.cloud.call(
        "UpdateTransitRouterVpnAttachmentAttribute",
        TransitRouterAttachmentId=attached.attachment_id,
        AutoPublishRouteEnabled=False,
    )
    assert attached.described["State"] == "updating"
    attached.node.settle()
    assert attached.plug.announces_routes is False


def test_the_operator_sets_how_many_prefixes_a_session_takes(attached: speakers.Attached) -> None:
    attached.cloud.call("SetQuota", QuotaCode="bgp-prefixes-per-peer", Value=20000)
    attached.node.settle()
    assert [each.import_limit for each in attached.plug.bgp] == [20000, 20000]
    refused = attached.cloud.refused("SetQuota", QuotaCode="bgp-prefixes-per-peer", Value=20001)
    assert refused.code == "InvalidParameter"
    assert "20000" in refused.message


def test_keys_are_in_no_list_and_no_answer_of_connections(attached: speakers.Attached) -> None:
    for action, values in (
        ("DescribeCustomerGateways", {}),
        ("DescribeVpnConnections", {}),
        ("DescribeVpnConnection", {"VpnConnectionId": attached.connection_id}),
        ("DescribeVpnAttachments", {}),
        ("ListTransitRouterVpnAttachments", {}),
    ):
        assert speakers.KEY not in str(attached.cloud.call(action, **values)), action


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"TunnelCidr": "169.254.10.0/30"}, "IllegalParam.TunnelCidr", "both tunnels"),
    ({"TunnelCidr": "169.254.10.0/29"}, "IllegalParam.TunnelCidr", "/30"),
    ({"TunnelCidr": "169.254.10.1/30"}, "InvalidTunnelCidr.Malformed", "169.254.10.0/30"),
    ({"TunnelCidr": "169.254.6.0/30"}, "IllegalParam.TunnelCidr", "reserved"),
    ({"TunnelCidr": "169.254.169.252/30"}, "IllegalParam.TunnelCidr", "reserved"),
    ({"TunnelCidr": "10.0.0.0/30"}, "IllegalParam.TunnelCidr", "169.254.0.0/16"),
    ({"TunnelCidr": ""}, "MissingParameter.TunnelCidr", "TunnelCidr"),
    ({"LocalBgpIp": "169.254.11.0"}, "IllegalParam.LocalBgpIp", "169.254.11.1"),
    ({"LocalBgpIp": "169.254.11.3"}, "IllegalParam.LocalBgpIp", "169.254.11.2"),
    ({"LocalBgpIp": "169.254.12.1"}, "IllegalParam.LocalBgpIp", "169.254.11.0/30"),
    ({"LocalBgpIp": "fe80::1"}, "InvalidLocalBgpIp.Malformed", "fe80::1"),
    ({"LocalAsn": "4294967296"}, "IllegalParam.LocalAsn", "4294967295"),
    ({"LocalAsn": "1.65536"}, "IllegalParam.LocalAsn", "65535"),
    ({"LocalAsn": "65536.1"}, "IllegalParam.LocalAsn", "65535"),
    ({"LocalAsn": "-1"}, "IllegalParam.LocalAsn", "-1"),
    ({"LocalAsn": "1.2.3"}, "IllegalParam.LocalAsn", "1.2.3"),
    ({"LocalAsn": 64999}, "IllegalParam.LocalAsn", "one AS number"),
]


@pytest.mark.parametrize(("values", "code", "word"), BAD)
def test_bad_values_are_refused_at_creation_and_at_change(
    attached: speakers.Attached, values: dict[str, Any], code: str, word: str
) -> None:
    peers, cloud = attached.peers, attached.cloud
    options = peers.values(LocalAsn=65530)
    options[1]["TunnelBgpConfig"] |= values
    refused = cloud.refused(
        "CreateVpnAttachment",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        EnableTunnelsBgp=True,
        TunnelOptionsSpecification=options,
    )
    assert (refused.status, refused.code) == (400, code)
    assert word in refused.message
    assert cloud.call("DescribeVpnConnections")["TotalCount"] == 1
    if code.startswith("Missing"):
        return
    before = attached.described
    refused = cloud.refused(
        "ModifyTunnelAttribute",
        VpnConnectionId=attached.connection_id,
        TunnelId=attached.tunnel_ids[1],
        TunnelOptionsSpecification={"TunnelBgpConfig": values},
    )
    assert (refused.status, refused.code) == (400, code)
    after = attached.described
    assert after | {"RequestId": ""} == before | {"RequestId": ""}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"Asn": 45104}, "IllegalParam.Asn"),
        ({"Asn": "0.45104"}, "IllegalParam.Asn"),
        ({"Asn": 0}, "IllegalParam.Asn"),
        ({"Asn": 4294967296}, "IllegalParam.Asn"),
        ({"Asn": "65536.0"}, "IllegalParam.Asn"),
        ({"Asn": 65001, "AuthKey": "a b"}, "InvalidAuthkey.Malformed"),
        ({"Asn": 65001, "AuthKey": "a?b"}, "InvalidAuthkey.Malformed"),
        ({"Asn": 65001, "AuthKey": 'a"b'}, "InvalidAuthkey.Malformed"),
        ({"Asn": 65001, "AuthKey": "鍵"}, "InvalidAuthkey.Malformed"),
        ({"Asn": 65001, "AuthKey": "a\x7fb"}, "InvalidAuthkey.Malformed"),
        ({"Asn": 65001, "AuthKey": "x" * 65}, "InvalidAuthkey.Malformed"),
        ({"AuthKey": "abc"}, "OperationDenied.MissingAsn"),
    ],
)
def test_bad_customer_gateways_are_refused(cloud: Any, values: dict[str, Any], code: str) -> None:
    refused = cloud.refused("CreateCustomerGateway", IpAddress="203.0.113.50", **values)
    assert (refused.status, refused.code) == (400, code)
    assert not values.get("AuthKey") or values["AuthKey"] not in refused.message


def test_a_key_needs_a_number_at_change_too(cloud: Any) -> None:
    made = cloud.call("CreateCustomerGateway", IpAddress="203.0.113.50")
    refused = cloud.refused(
        "ModifyCustomerGatewayAttribute",
        CustomerGatewayId=made["CustomerGatewayId"],
        AuthKey="abc",
    )
    assert refused.code == "OperationDenied.MissingAsn"


def test_values_without_bgp_are_refused_at_creation(cloud: Any, peers: speakers.Peers) -> None:
    refused = cloud.refused(
        "CreateVpnAttachment",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        TunnelOptionsSpecification=peers.values(),
    )
    assert refused.code == "OperationUnsupported.EnableBgp"
    assert "EnableTunnelsBgp" in refused.message


def test_gateways_must_have_a_number_and_another_than_ours(
    cloud: Any, peers: speakers.Peers
) -> None:
    plain = cloud.call("CreateCustomerGateway", IpAddress="203.0.113.9")["CustomerGatewayId"]
    refused = replace(peers, gateway_ids=(peers.gateway_ids[0], plain))
    options = refused.values()
    answer = cloud.refused(
        "CreateVpnAttachment",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        EnableTunnelsBgp=True,
        TunnelOptionsSpecification=options,
    )
    assert answer.code == "MissingParam.CustomerGatewayAsn"
    assert plain in answer.message
    answer = cloud.refused(
        "CreateVpnAttachment",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        EnableTunnelsBgp=True,
        TunnelOptionsSpecification=peers.values(LocalAsn=65002),
    )
    assert answer.code == "IllegalParam.LocalAsn"
    assert peers.gateway_ids[1] in answer.message
