"""What is asked of tunnels: permissions, limits, the audit, and what is shown to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from futago.domain import ids, tasks
from futago.plan import observation
from futago.services import captures
from futago.services import tasks as services
from futago.testing import simulation, speakers


@dataclass
class Made:
    """An attached connection."""

    connection_id: str
    tunnel_ids: list[str]

    @property
    def first(self) -> dict[str, str]:
        return {"VpnConnectionId": self.connection_id, "TunnelId": self.tunnel_ids[0]}


@pytest.fixture
def made(cloud: Any, node: simulation.ObedientNode, frame: Any, site: Any) -> Made:
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    speakers.attach(cloud, node, frame, connection_id)
    described = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    tunnels = described["TunnelOptionsSpecification"]["TunnelOptions"]
    return Made(connection_id, [each["TunnelId"] for each in tunnels])


def events(cloud: Any, name: str) -> list[Any]:
    found: list[Any] = cloud.call("LookupEvents", EventName=name)["Events"]
    return found


def report(database: Any, task_id: str, state: tasks.TaskState) -> None:
    with database.begin() as unit:
        services.note(unit, [observation.TaskObservation(task_id=task_id, state=state)])


def finish(database: Any, capture_id: str, content: bytes) -> None:
    with database.begin() as unit:
        captures.store(unit, capture_id, content)
    report(database, capture_id, tasks.TaskState.DONE)


def start(cloud: Any, made: Made, **more: Any) -> str:
    started = cloud.call("StartPacketCapture", **made.first, Side="inside", **more)
    return str(started["PacketCaptures"][0]["CaptureId"])


def test_asking_again_while_it_waits_is_the_same_task(
    cloud: Any, database: Any, made: Made
) -> None:
    one = cloud.call("RekeyTunnel", **made.first)
    assert cloud.call("RekeyTunnel", **made.first)["TaskId"] == one["TaskId"]
    assert cloud.refused("ResetTunnel", **made.first).code == "OperationConflict.TunnelTask"
    report(database, one["TaskId"], tasks.TaskState.DONE)
    assert cloud.call("RekeyTunnel", **made.first)["TaskId"] != one["TaskId"]
    assert len(events(cloud, "RekeyTunnel")) == 3


def test_a_task_nobody_speaks_of_is_lost_and_its_tunnel_free_again(
    cloud: Any, clock: simulation.StoppedClock, made: Made
) -> None:
    cloud.call("RekeyTunnel", **made.first)
    clock.advance(2 * tasks.VALID_FOR.total_seconds() + 1)
    (shown,) = cloud.call("ListTunnelTasks", **made.first)["Tasks"]
    assert (shown["State"], shown["Code"]) == ("failed", "Lost")
    assert cloud.call("ResetTunnel", **made.first)["Effect"] == "None"


def test_a_reset_says_what_it_does_to_traffic(
    cloud: Any, node: simulation.ObedientNode, made: Made
) -> None:
    node.see(made.tunnel_ids[0], ike=True, children=1)
    node.settle()
    answer = cloud.call("ResetTunnel", **made.first)
    assert answer["Effect"] == "Outage"
    assert made.tunnel_ids[1] in answer["EffectText"]


def test_nothing_is_asked_of_a_connection_without_a_node(cloud: Any, site: Any) -> None:
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    names = {"VpnConnectionId": connection_id, "TunnelId": "tun-nothing"}
    for action, more in (("RekeyTunnel", {}), ("StartPacketCapture", {"Side": "inside"})):
        refusal = cloud.refused(action, **names, **more)
        assert (refusal.code, "attach it" in refusal.message) == ("Vco.StatusNotSupport", True)


def test_a_key_is_revealed_with_a_trace_and_not_to_everybody(cloud: Any, made: Made) -> None:
    shown = cloud.call("RevealTunnelPsk", **made.first)
    described = cloud.call("DescribeVpnConnection", VpnConnectionId=made.connection_id)
    (tunnel, _) = described["TunnelOptionsSpecification"]["TunnelOptions"]
    assert shown["Psk"] == tunnel["TunnelIkeConfig"]["Psk"]
    (event,) = events(cloud, "RevealTunnelPsk")
    assert event["UserIdentity"]["UserName"] == "tester"
    ann = cloud.as_user("ann", ("Allow", "vpc:*", "*"))
    assert ann.refused("RevealTunnelPsk", **made.first).code == "NoPermission"
    denied = cloud.as_user(
        "bob", ("Allow", "*", "*"), ("Deny", "vpc:DownloadVpnConnectionConfig", "*")
    )
    assert denied.refused("RevealTunnelPsk", **made.first).code == "NoPermission"
    assert shown["Psk"] not in str(cloud.call("ListTunnelTasks", **made.first))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"Seconds": 0}, "Seconds 0"),
        ({"Seconds": 301}, "1 to 300"),
        ({"Packets": 10_001}, "1 to 10000"),
        ({"BytesPerPacket": 63}, "64 to 9000"),
        ({"Side": "both"}, "Side"),
        ({"FilterPort": 65536}, "FilterPort"),
        ({"FilterPort": 500, "FilterProtocol": "esp"}, "no ports"),
        ({"FilterProtocol": "gre"}, "FilterProtocol"),
        ({"FilterCidr": "10.0.0.1/8"}, "FilterCidr"),
    ],
)
def test_a_capture_beyond_its_limits_is_refused(
    cloud: Any, made: Made, values: dict[str, Any], words: str
) -> None:
    refusal = cloud.refused("StartPacketCapture", **{**made.first, "Side": "inside", **values})
    assert refusal.status == 400
    assert words in refusal.message
    assert not cloud.call("ListPacketCaptures", **made.first)["PacketCaptures"]


def test_captures_that_run_and_that_are_kept_are_limited(
    cloud: Any, database: Any, made: Made
) -> None:
    cloud.call("SetQuota", QuotaCode="packet-captures-running", Value=2)
    one = start(cloud, made)
    both = {"VpnConnectionId": made.connection_id, "Side": "outside"}
    assert cloud.refused("StartPacketCapture", **both).code == "Resource.QuotaFull"
    start(cloud, made)
    assert cloud.refused("StartPacketCapture", **made.first, Side="inside").code == (
        "Resource.QuotaFull"
    )
    cloud.call("SetQuota", QuotaCode="packet-captures-running", Value=9)
    cloud.call("SetQuota", QuotaCode="packet-capture-mebibytes", Value=2)
    finish(database, one, bytes(3 << 20))
    refusal = cloud.refused("StartPacketCapture", **made.first, Side="inside")
    assert "packet-capture-mebibytes" in refusal.message
    cloud.call("DeletePacketCapture", VpnConnectionId=made.connection_id, CaptureId=one)
    start(cloud, made)


def test_a_capture_is_given_out_in_parts_and_then_forgotten(
    cloud: Any, database: Any, clock: simulation.StoppedClock, made: Made
) -> None:
    capture_id = start(cloud, made)
    names = {"VpnConnectionId": made.connection_id, "CaptureId": capture_id}
    early = cloud.refused("DownloadPacketCapture", **names)
    assert (early.code, "has not ended" in early.message) == ("IncorrectStatus.PacketCapture", True)
    size = captures.PART_BYTES + 7
    finish(database, capture_id, b"\x01" * size)
    one = cloud.call("DownloadPacketCapture", **names)
    two = cloud.call("DownloadPacketCapture", **names, Offset=one["NextOffset"])
    assert (one["TotalBytes"], two["NextOffset"]) == (size, None)
    assert len(events(cloud, "DownloadPacketCapture")) == 2
    assert cloud.refused("DownloadPacketCapture", **names, Offset=5).code == "IllegalParam.Offset"
    reader = cloud.as_user("ann", ("Allow", "futago:List*", "*"))
    assert reader.call("ListPacketCaptures", **made.first)["PacketCaptures"]
    assert reader.refused("DownloadPacketCapture", **names).code == "NoPermission"
    clock.advance(tasks.CAPTURE_KEPT.total_seconds() + 1)
    late = cloud.refused("DownloadPacketCapture", **names)
    assert (late.code, "is gone" in late.message) == ("IncorrectStatus.PacketCapture", True)
    with database.begin() as unit:
        assert services.purge(unit) == 1
        assert services.purge(unit) == 0


def test_others_do_not_see_it(cloud: Any, made: Made) -> None:
    capture_id = start(cloud, made)
    stranger = "vco-" + "x" * 17
    names = {"VpnConnectionId": stranger, "CaptureId": capture_id}
    assert cloud.refused("StopPacketCapture", **names).status == 404
    names = {"VpnConnectionId": made.connection_id, "CaptureId": "cap-nothing"}
    assert cloud.refused("StopPacketCapture", **names).code == "InvalidTaskId.NotFound"
    assert ids.kind_of(capture_id) is None
