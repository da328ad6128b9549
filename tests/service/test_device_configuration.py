"""A connection as files for a device: complete, refused where it cannot be, keys only to some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from futago.testing import speakers

if TYPE_CHECKING:
    from futago.testing import simulation

RENDER = "DownloadDeviceConfiguration"
KEY = "correct-horse-battery"


@pytest.fixture
def connection_id(cloud: Any, site: Any, frame: Any, node: simulation.ObedientNode) -> str:
    wanted = site.connection
    for each in wanted["TunnelOptionsSpecification"]:
        each["TunnelIkeConfig"] = {"Psk": KEY}
    made: str = cloud.call("CreateVpnAttachment", **wanted)["VpnConnectionId"]
    cloud.call("CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=made)
    node.settle()
    return made


def _files(cloud: Any, **values: Any) -> dict[str, dict[str, str]]:
    return {each["Path"]: each for each in cloud.call(RENDER, **values)["Files"]}


def test_all_files_come_with_modes_and_keys_are_named_secret(
    cloud: Any, connection_id: str
) -> None:
    files = _files(
        cloud,
        VpnConnectionId=connection_id,
        Device="strongswan-bird",
        CloudPrefixes="10.0.0.0/16,10.1.0.0/16",
    )
    assert set(files) == {
        "swanctl.conf",
        "strongswan.conf",
        "child-changed",
        "bird.conf",
        "README.txt",
    }
    assert files["child-changed"]["Mode"] == "0755"
    assert files["swanctl.conf"]["Mode"] == "0600"
    assert KEY.encode().hex() in files["swanctl.conf"]["SecretContent"]
    assert "203.0.113.7" in files["swanctl.conf"]["SecretContent"]
    assert "10.1.0.0/16" in files["bird.conf"]["Content"]
    shown = "".join(each.get("Content", "") for each in files.values())
    assert KEY not in shown
    assert KEY.encode().hex() not in shown


def test_an_answer_with_keys_is_audited(cloud: Any, connection_id: str) -> None:
    wanted = {"VpnConnectionId": connection_id, "Device": "strongswan-bird"}
    cloud.call(RENDER, **wanted, CloudPrefixes="10.0.0.0/16")
    (event,) = cloud.call("LookupEvents", EventName=RENDER)["Events"]
    assert (event["ResourceId"], event["ResultCode"]) == (connection_id, "OK")


def test_without_the_right_to_keys_there_are_no_files(cloud: Any, connection_id: str) -> None:
    eve = cloud.as_user(
        "eve", ("Allow", "*", "*"), ("Deny", "vpc:DownloadVpnConnectionConfig", "*")
    )
    refusal = eve.refused(
        RENDER,
        VpnConnectionId=connection_id,
        Device="strongswan-bird",
        CloudPrefixes="10.0.0.0/16",
    )
    assert (refusal.status, refusal.code) == (403, "NoPermission")


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({"Device": "toaster"}, "InvalidParameter", "strongswan-bird"),
        ({}, "MissingParameter", "cloud prefix"),
        ({"CloudPrefixes": "10.0.0.1/16"}, "InvalidParameter", "10.0.0.1/16"),
        ({"RouterAddress": "here"}, "InvalidParameter", "here"),
        ({"VpnConnectionId": "vco-x"}, "InvalidVpnConnectionInstanceId.NotFound", "vco-x"),
    ],
)
def test_what_cannot_be_written_is_refused(
    cloud: Any, connection_id: str, values: dict[str, str], code: str, words: str
) -> None:
    wanted = {"VpnConnectionId": connection_id, "Device": "strongswan-bird"}
    refusal = cloud.refused(RENDER, **{**wanted, **values})
    assert refusal.code == code
    assert words in refusal.message


def test_a_connection_without_gateway_addresses_has_no_files_yet(cloud: Any, site: Any) -> None:
    made = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    refusal = cloud.refused(
        RENDER, VpnConnectionId=made, Device="strongswan-frr", CloudPrefixes="10.0.0.0/16"
    )
    assert refusal.code == "Vco.StatusNotSupport"
    assert "attach" in refusal.message


def test_with_bgp_the_routing_daemon_gets_sessions_and_their_key(
    cloud: Any, attached: speakers.Attached
) -> None:
    wanted = {"VpnConnectionId": attached.connection_id, "Device": "strongswan-frr"}
    several = cloud.refused(RENDER, **wanted)
    assert several.code == "IllegalParam.AuthKey"
    cloud.call(
        "ModifyCustomerGatewayAttribute",
        CustomerGatewayId=attached.peers.gateway_ids[1],
        AuthKey=speakers.KEY,
    )
    files = _files(cloud, **wanted, AnnouncedPrefixes="192.168.10.0/24")
    assert files["frr.conf"]["Mode"] == "0600"
    assert speakers.KEY in files["frr.conf"]["SecretContent"]
    assert "192.168.10.0/24" in files["announced.conf"]["Content"]
