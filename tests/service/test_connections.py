"""Connections from creation to deletion, with a node that reports what a test wants."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from futago.plan import failures


def described(cloud: Any, connection_id: str) -> Any:
    return cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)


def tunnels(cloud: Any, connection_id: str) -> list[Any]:
    found: list[Any] = described(cloud, connection_id)["TunnelOptionsSpecification"][
        "TunnelOptions"
    ]
    return found


@pytest.fixture
def connection_id(cloud: Any, site: Any) -> str:
    made = cloud.call("CreateVpnAttachment", **site.connection, Name="office")
    return str(made["VpnConnectionId"])


@pytest.fixture
def attached(cloud: Any, node: Any, frame: Any, connection_id: str) -> str:
    """The attachment of the connection, settled."""
    made = cloud.call(
        "CreateTransitRouterVpnAttachment",
        TransitRouterId=frame.router_id,
        VpnId=connection_id,
        TransitRouterAttachmentName="branch",
    )
    node.settle()
    return str(made["TransitRouterAttachmentId"])


def test_creating_answers_as_the_vendor_does(cloud: Any, site: Any) -> None:
    made = cloud.call("CreateVpnAttachment", **site.connection, Name="office")
    assert made["Code"] == "200"
    assert made["Success"] is True
    assert made["Name"] == "office"
    assert made["CreateTime"] == 1795416998000
    assert made["VpnConnectionId"].startswith("vco-")


def test_an_unattached_connection_shows_all_defaults(
    cloud: Any, site: Any, connection_id: str
) -> None:
    shown = described(cloud, connection_id)
    assert shown["State"] == "init"
    assert shown["Status"] == "ike_sa_not_established"
    assert shown["AttachType"] == "NO_ASSOCIATED"
    assert shown["VpnGatewayId"] == "vpn-not-exist"
    assert shown["LocalSubnet"] == shown["RemoteSubnet"] == "0.0.0.0/0"
    assert shown["EffectImmediately"] is False
    assert shown["EnableTunnelsBgp"] is False
    assert shown["Tags"] == {"Tag": []}
    one, two = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    assert (one["TunnelIndex"], two["TunnelIndex"]) == (1, 2)
    assert (one["Role"], two["Role"]) == ("master", "slave")
    assert one["TunnelId"] != two["TunnelId"]
    psk = one["TunnelIkeConfig"].pop("Psk")
    assert len(psk) == 16
    assert psk != two["TunnelIkeConfig"]["Psk"]
    assert one["TunnelIkeConfig"] == {
        "IkeVersion": "ikev2",
        "IkeMode": "main",
        "IkeEncAlg": "aes",
        "IkeAuthAlg": "sha1",
        "IkePfs": "group2",
        "IkeLifetime": "86400",
        "LocalId": "",
        "RemoteId": "203.0.113.7",
    }
    assert one["TunnelIpsecConfig"] == {
        "IpsecEncAlg": "aes",
        "IpsecAuthAlg": "sha1",
        "IpsecPfs": "group2",
        "IpsecLifetime": "86400",
    }
    assert (one["EnableDpd"], one["EnableNatTraversal"]) == ("true", "true")
    assert one["InternetIp"] == ""
    assert one["CustomerGatewayId"] == site.gateway_ids[0]


def test_every_setting_is_kept(cloud: Any, site: Any, group_id: str) -> None:
    ike_config = {
        "Psk": "p~`!@#$%^&*()_-+={}[]\\|;:',.<>/?\"",
        "IkeVersion": "ikev1",
        "IkeMode": "aggressive",
        "IkeEncAlg": "3des",
        "IkeAuthAlg": "sha512",
        "IkePfs": "group14",
        "IkeLifetime": "3600",
        "LocalId": "cloud.example",
        "RemoteId": "10.9.8.7",
    }
    ipsec_config = {
        "IpsecEncAlg": "aes256",
        "IpsecAuthAlg": "md5",
        "IpsecPfs": "disabled",
        "IpsecLifetime": "7200",
    }
    params = site.connection
    params["TunnelOptionsSpecification"] = [
        {
            **entry,
            "EnableDpd": "False",
            "EnableNatTraversal": "false",
            "TunnelIkeConfig": ike_config,
            "TunnelIpsecConfig": ipsec_config,
        }
        for entry in params["TunnelOptionsSpecification"]
    ]
    made = cloud.call(
        "CreateVpnAttachment",
        **params,
        EffectImmediately="True",
        TunnelBandwidth="Large",
        ResourceGroupId=group_id,
        Tags=[{"Key": "env", "Value": "test"}],
    )
    shown = described(cloud, made["VpnConnectionId"])
    assert shown["EffectImmediately"] is True
    assert (shown["TunnelBandwidth"], shown["Spec"]) == ("Large", "3000M")
    assert shown["ResourceGroupId"] == group_id
    assert shown["Tags"] == {"Tag": [{"Key": "env", "Value": "test"}]}
    for each in shown["TunnelOptionsSpecification"]["TunnelOptions"]:
        assert each["TunnelIkeConfig"] == ike_config
        assert each["TunnelIpsecConfig"] == ipsec_config
        assert (each["EnableDpd"], each["EnableNatTraversal"]) == ("false", "false")


def test_lists_never_show_keys(cloud: Any, connection_id: str) -> None:
    shown = cloud.call("DescribeVpnConnections", VpnConnectionId=connection_id)
    (member,) = shown["VpnConnections"]["VpnConnection"]
    for each in member["TunnelOptionsSpecification"]["TunnelOptions"]:
        assert each["TunnelIkeConfig"]["Psk"] == ""


def test_filters_of_lists_are_obeyed(
    cloud: Any, site: Any, connection_id: str, group_id: str
) -> None:
    other = {
        **site.connection,
        "TunnelOptionsSpecification": [
            {"CustomerGatewayId": site.gateway_ids[1]},
            {"CustomerGatewayId": site.gateway_ids[1]},
        ],
    }
    other_id = cloud.call(
        "CreateVpnAttachment", **other, Tags=[{"Key": "a", "Value": "1"}], ResourceGroupId=group_id
    )["VpnConnectionId"]

    def found(**wanted: Any) -> set[str]:
        answer = cloud.call("DescribeVpnConnections", **wanted)
        members = answer["VpnConnections"]["VpnConnection"]
        assert answer["TotalCount"] == len(members)
        return {member["VpnConnectionId"] for member in members}

    assert found() == {connection_id, other_id}
    assert found(VpnConnectionId=other_id) == {other_id}
    assert found(VpnConnectionId="vco-00000000000000000") == set()
    assert found(CustomerGatewayId=site.gateway_ids[0]) == {connection_id}
    assert found(CustomerGatewayId=site.gateway_ids[1]) == {connection_id, other_id}
    assert found(Tag=[{"Key": "a", "Value": "1"}]) == {other_id}
    assert found(Tag=[{"Key": "a"}]) == {other_id}
    assert found(Tag=[{"Key": "a", "Value": "2"}]) == set()
    assert found(ResourceGroupId=group_id) == {other_id}
    assert found(VpnGatewayId="vpn-not-exist") == {connection_id, other_id}
    assert found(VpnGatewayId="vpn-other") == set()
    page = cloud.call("DescribeVpnConnections", PageSize=1, PageNumber=2)
    assert page["TotalCount"] == 2
    assert len(page["VpnConnections"]["VpnConnection"]) == 1


def test_attaching_gives_addresses_in_two_zones(
    cloud: Any, node: Any, frame: Any, connection_id: str
) -> None:
    made = cloud.call(
        "CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=connection_id
    )
    assert described(cloud, connection_id)["State"] == "attaching"
    listed = cloud.call(
        "ListTransitRouterVpnAttachments",
        TransitRouterAttachmentId=made["TransitRouterAttachmentId"],
    )
    assert listed["TransitRouterAttachments"][0]["Status"] == "Attaching"
    node.settle()
    shown = described(cloud, connection_id)
    assert shown["State"] == "attached"
    assert shown["AttachType"] == "CEN"
    assert shown["AttachInstanceId"] == frame.cen_id
    assert shown["TransitRouterId"] == frame.router_id
    one, two = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    assert {one["ZoneNo"], two["ZoneNo"]} == {"zone-a", "zone-b"}
    assert one["TunnelIkeConfig"]["LocalId"] == one["InternetIp"] != ""
    assert one["InternetIp"] != two["InternetIp"]


def test_the_status_follows_what_the_node_sees(
    cloud: Any, node: Any, attached: str, connection_id: str
) -> None:
    one, two = (each["TunnelId"] for each in tunnels(cloud, connection_id))
    assert described(cloud, connection_id)["Status"] == "ike_sa_not_established"
    node.see(one, ike=True)
    node.settle()
    assert described(cloud, connection_id)["Status"] == "ipsec_sa_not_established"
    node.see(two, ike=True, children=1)
    node.settle()
    shown = described(cloud, connection_id)
    assert shown["Status"] == "ipsec_sa_established"
    assert [each["Status"] for each in shown["TunnelOptionsSpecification"]["TunnelOptions"]] == [
        "ipsec_sa_not_established",
        "ipsec_sa_established",
    ]


def test_facts_of_a_silent_node_are_not_believed(
    cloud: Any, node: Any, clock: Any, attached: str, connection_id: str
) -> None:
    for each in tunnels(cloud, connection_id):
        node.see(each["TunnelId"], ike=True, children=1)
    node.settle()
    assert described(cloud, connection_id)["Status"] == "ipsec_sa_established"
    clock.advance(31)
    assert described(cloud, connection_id)["Status"] == "ike_sa_not_established"


def test_changing_one_tunnel_is_an_update_that_ends(
    cloud: Any, node: Any, attached: str, connection_id: str
) -> None:
    one, two = tunnels(cloud, connection_id)
    answer = cloud.call(
        "ModifyTunnelAttribute",
        VpnConnectionId=connection_id,
        TunnelId=one["TunnelId"],
        TunnelOptionsSpecification={
            "TunnelIkeConfig": {"Psk": "other", "IkeEncAlg": "aes256"},
            "TunnelIpsecConfig": {"IpsecPfs": "disabled"},
            "EnableDpd": "false",
        },
    )
    assert answer["TunnelIkeConfig"]["Psk"] == "other"
    assert answer["TunnelIkeConfig"]["IkeLifetime"] == 86400
    assert answer["EnableDpd"] is False
    assert described(cloud, connection_id)["State"] == "updating"
    busy = cloud.refused(
        "ModifyTunnelAttribute",
        VpnConnectionId=connection_id,
        TunnelId=one["TunnelId"],
        TunnelOptionsSpecification={"TunnelIkeConfig": {"Psk": "third"}},
    )
    assert busy.code == "VpnConnection.Configuring"
    node.settle()
    assert described(cloud, connection_id)["State"] == "attached"
    after, untouched = tunnels(cloud, connection_id)
    assert after["TunnelIkeConfig"]["IkeEncAlg"] == "aes256"
    assert after["TunnelIpsecConfig"]["IpsecPfs"] == "disabled"
    assert untouched["TunnelIkeConfig"] == two["TunnelIkeConfig"]


def test_changing_both_tunnels_at_once_answers_with_values(cloud: Any, connection_id: str) -> None:
    before = tunnels(cloud, connection_id)
    answer = cloud.call(
        "ModifyVpnAttachmentAttribute",
        VpnConnectionId=connection_id,
        Name="renamed",
        EffectImmediately=True,
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        TunnelOptionsSpecification=[
            {"TunnelId": each["TunnelId"], "TunnelIkeConfig": {"IkeLifetime": 3600}}
            for each in before
        ],
    )
    assert answer["Name"] == "renamed"
    assert answer["EffectImmediately"] is True
    for each, old in zip(answer["TunnelOptionsSpecification"], before, strict=True):
        assert each["TunnelIkeConfig"]["IkeLifetime"] == 3600
        assert each["EnableDpd"] is True
        assert each["TunnelIkeConfig"]["Psk"] == old["TunnelIkeConfig"]["Psk"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"RemoteSubnet": "10.0.0.0/8"}, "IllegalParam.RemoteSubnet"),
        ({"LocalSubnet": "x"}, "IllegalParam.LocalSubnet"),
        ({"NetworkType": "private"}, "IllegalParam.NetworkType"),
        ({"EnableTunnelsBgp": True}, "MissingParameter.TunnelCidr"),
        ({"IkeConfig": "{}"}, "IllegalParam.IkeConfig"),
        ({"Name": "https://x"}, "InvalidName"),
        ({"TunnelOptionsSpecification": [{"TunnelId": "tun-x"}]}, "IllegalParam.TunnelId"),
        ({"TunnelOptionsSpecification": [{"EnableDpd": True}]}, "IllegalParam.TunnelId"),
    ],
)
def test_a_bad_change_is_refused_and_changes_nothing(
    cloud: Any, connection_id: str, values: dict[str, Any], code: str
) -> None:
    before = described(cloud, connection_id)
    refusal = cloud.refused("ModifyVpnAttachmentAttribute", VpnConnectionId=connection_id, **values)
    assert refusal.code == code
    after = described(cloud, connection_id)
    assert {**after, "RequestId": ""} == {**before, "RequestId": ""}


def test_a_tunnel_of_another_connection_is_not_changed(cloud: Any, connection_id: str) -> None:
    refusal = cloud.refused(
        "ModifyTunnelAttribute", VpnConnectionId=connection_id, TunnelId="tun-00000000000000000"
    )
    assert (refusal.code, refusal.status) == ("IllegalParam.TunnelId", 400)


def test_the_download_is_written_for_the_peer(
    cloud: Any, node: Any, attached: str, connection_id: str
) -> None:
    stored = tunnels(cloud, connection_id)
    answer = cloud.call("DownloadVpnConnectionConfig", VpnConnectionId=connection_id)
    shown = answer["VpnConnectionConfig"]
    described = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    assert shown["LocalSubnet"] == described["RemoteSubnet"]
    assert shown["RemoteSubnet"] == described["LocalSubnet"]
    assert shown["BgpConfigs"] == {"BgpConfig": []}
    for each, ours in zip(shown["TunnelsConfig"]["TunnelConfig"], stored, strict=True):
        assert each["TunnelId"] == ours["TunnelId"]
        assert each["Remote"] == ours["InternetIp"]
        assert each["Local"] == ours["TunnelIkeConfig"]["RemoteId"]
        assert each["IkeConfig"]["LocalId"] == ours["TunnelIkeConfig"]["RemoteId"]
        assert each["IkeConfig"]["RemoteId"] == ours["TunnelIkeConfig"]["LocalId"]
        assert each["IkeConfig"]["Psk"] == ours["TunnelIkeConfig"]["Psk"]
        assert each["IkeConfig"]["IkeLifetime"] == 86400


def test_the_download_of_an_unattached_connection_has_no_remote(
    cloud: Any, connection_id: str
) -> None:
    answer = cloud.call("DownloadVpnConnectionConfig", VpnConnectionId=connection_id)
    for each in answer["VpnConnectionConfig"]["TunnelsConfig"]["TunnelConfig"]:
        assert each["Remote"] == each["IkeConfig"]["RemoteId"] == ""
        assert each["Local"].startswith("203.0.113.")


def test_a_diagnosis_tells_the_failure_of_each_tunnel(
    cloud: Any, node: Any, clock: Any, attached: str, connection_id: str
) -> None:
    one, two = (each["TunnelId"] for each in tunnels(cloud, connection_id))
    failed_at = clock.now() - timedelta(seconds=5)
    node.see(
        one,
        failure=failures.Failure(
            code=failures.FailureCode.PSK_MISMATCH, at=failed_at, evidence="MAC mismatched"
        ),
    )
    node.settle()
    answer = cloud.call("DiagnoseVpnConnections", TunnelIds=[one, two])
    assert answer["TotalCount"] == 2
    first, second = answer["VpnConnections"]
    assert first["FailedReasonCode"] == "PskMismatch"
    assert first["SourceLog"] == "MAC mismatched"
    assert first["FailedTime"] == 1795416993000
    assert first["VpnConnectionId"] == connection_id
    assert second["FailedReasonCode"] == "NoExceptionFound"
    assert second["Severity"] == "Normal"
    both = cloud.call("DiagnoseVpnConnections", VpnConnectionIds=[connection_id])
    assert [each["TunnelId"] for each in both["VpnConnections"]] == [one, two]


def test_a_diagnosis_needs_something_to_look_at(cloud: Any) -> None:
    assert cloud.refused("DiagnoseVpnConnections").code == "InvalidParameter"
    assert cloud.refused("DiagnoseVpnConnections", TunnelIds=["tun-x"]).code == "InvalidParameter"


def test_an_attached_connection_is_not_deleted(
    cloud: Any, node: Any, attached: str, connection_id: str
) -> None:
    refusal = cloud.refused("DeleteVpnAttachment", VpnConnectionId=connection_id)
    assert (refusal.code, refusal.status) == ("Vco.StatusNotSupport", 400)
    cloud.call("DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=attached)
    assert described(cloud, connection_id)["State"] == "detaching"
    node.settle()
    shown = described(cloud, connection_id)
    assert (shown["State"], shown["AttachType"]) == ("init", "NO_ASSOCIATED")
    deleted = cloud.call("DeleteVpnAttachment", VpnConnectionId=connection_id)
    assert deleted["Success"] is True
    gone = cloud.refused("DescribeVpnConnection", VpnConnectionId=connection_id)
    assert (gone.code, gone.status) == ("InvalidVpnConnectionInstanceId.NotFound", 404)


def test_a_repeated_token_creates_one_connection(cloud: Any, site: Any) -> None:
    first = cloud.call("CreateVpnAttachment", **site.connection, ClientToken="once")
    again = cloud.call("CreateVpnAttachment", **site.connection, ClientToken="once")
    assert first["VpnConnectionId"] == again["VpnConnectionId"]
    assert cloud.call("DescribeVpnAttachments")["TotalCount"] == 1
    other = cloud.refused("CreateVpnAttachment", **site.connection, Name="x", ClientToken="once")
    assert other.code == "IdempotentParameterMismatch"


def test_the_list_of_attachments_has_all_members(
    cloud: Any, frame: Any, attached: str, connection_id: str
) -> None:
    (member,) = cloud.call("DescribeVpnAttachments", VpnConnectionId=connection_id)[
        "VpnAttachments"
    ]
    assert member == {
        "InstanceId": connection_id,
        "Name": "office",
        "Description": "",
        "AttachType": "CEN",
        "CrossAccountAuthorized": False,
        "Tag": '{"BGPSupport":true}',
        "Tags": [],
        "TransitRouterId": frame.router_id,
        "TransitRouterName": "",
        "TunnelBandwidth": "Standard",
    }
    assert cloud.refused("DescribeVpnAttachments", AttachType="VPNGW").code == "InvalidParameter"
