"""A cut path and a wrong key, each under traffic."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import Any

from alibabacloud_vpc20160428 import models as vpc

from demo import cloud, laboratory, setting
from futago.lab import wait

FLOWS = 24
DPD_SECONDS = 30.0
"""Source: vendor guide "Dual-tunnel mode", DPD timeout."""
_SLACK_SECONDS = 3.0
_AFTERMATH_SECONDS = 1.0
_KEY_CODES = ("PskMismatch", "PskOrPeerIdMismatch")
"""The second where only our own attempt failed, which cannot tell a key from an identity."""


def cut_tunnel_1(story: setting.Story) -> None:
    """Cut the outside path of tunnel 1 under traffic, and restore it."""
    echo = story.lab.background(setting.HOST, *laboratory.PROBE, "echo")
    with echo, story.told.step("Cut tunnel 1 under traffic") as facts:
        with story.lab.flows(setting.SITE, story.host_address, FLOWS) as flows:
            begin = time.monotonic()
            story.lab.fault(setting.SITE, "cut", "--tunnel", "1")
            _wait_tunnel_1_lost(story)
            facts["gateway noticed after"] = f"{time.monotonic() - begin:.1f} s"
            wait.eventually(lambda: device_routes(story) == {"tun2"}, within=DPD_SECONDS)
            facts["both ends noticed after"] = f"{time.monotonic() - begin:.1f} s"
        tell_flows(facts, flows)
        assert max(gaps(flows)) <= DPD_SECONDS + _SLACK_SECONDS, flows
        story.ways_of_tunnel_1 = _ways_with_loss(flows)
        facts["without loss on tunnel 2 alone"] = quick_flows(story)
    with story.told.step("Restore tunnel 1; both carry traffic again"):
        story.lab.fault(setting.SITE, "restore")
        story.wait_status([cloud.ESTABLISHED, cloud.ESTABLISHED], within=40)
        wait.eventually(lambda: device_routes(story) == {"tun1", "tun2"}, within=20)
        before = story.counters()
        with story.lab.background(setting.HOST, *laboratory.PROBE, "echo"):
            quick_flows(story)
        story.wait_all_counters_moved(before)


def _wait_tunnel_1_lost(story: setting.Story) -> None:
    def look() -> bool:
        first, second = story.cloud.tunnel_status(story.ids["connection"])
        assert second == cloud.ESTABLISHED, (first, second)
        return first != cloud.ESTABLISHED

    wait.eventually(look, within=DPD_SECONDS + _SLACK_SECONDS, every=0.2)


def device_routes(story: setting.Story, prefix: str = setting.VPC_PREFIX) -> set[str]:
    """Read which tunnels the device's route uses."""
    shown = story.lab.run(f"{setting.SITE}-router", "ip", "route", "show", prefix)
    lines = [line for line in shown.replace("\\\n", " ").split("nexthop") if "dev" in line]
    return {
        found[1]
        for line in lines
        if "linkdown" not in line and (found := re.search(r"dev (\S+)", line))
    }


def quick_flows(story: setting.Story) -> str:
    """Run the flows for a moment; all must be free of loss."""

    def look() -> str:
        with story.lab.flows(setting.SITE, story.host_address, FLOWS) as flows:
            time.sleep(1.0)
        assert sum(flow["lost"] for flow in flows) == 0, flows
        return f"{len(flows)} flows, {sum(flow['sent'] for flow in flows)} datagrams"

    return wait.eventually(look, within=20)


def tell_flows(facts: dict[str, object], flows: list[dict[str, Any]]) -> None:
    """Note what flows lost and how long they were interrupted."""
    lost = [flow["lost"] for flow in flows]
    facts["flows without any loss"] = f"{lost.count(0)} of {len(lost)}"
    facts["directions without any loss"] = (
        f"{2 * len(lost) - len(_ways_with_loss(flows))} of {2 * len(lost)}"
    )
    facts["datagrams lost"] = f"{sum(lost)} of {sum(flow['sent'] for flow in flows)}"
    facts["longest interruption of a flow"] = f"{max(gaps(flows)):.2f} s"


def change_the_key_of_tunnel_2(story: setting.Story) -> None:
    """Give the gateway another key than the device has, read the diagnosis, and undo it."""
    original = story.cloud.tunnels(story.ids["connection"])[1].tunnel_ike_config.psk
    echo = story.lab.background(setting.HOST, *laboratory.PROBE, "echo")
    with echo, story.told.step("Change the key of tunnel 2 at the gateway only") as facts:
        with story.lab.flows(setting.SITE, story.host_address, FLOWS) as flows:
            _set_key(story, "another-key")
            wait.eventually(lambda: _only_tunnel_1(story), within=30, every=0.2)
            facts["diagnosis"] = wait.eventually(lambda: _diagnosis(story), within=30, every=0.5)
            time.sleep(_AFTERMATH_SECONDS)
        tell_flows(facts, flows)
        assert max(gaps(flows)) <= _SLACK_SECONDS, flows
        disturbed = _ways_with_loss(flows) & story.ways_of_tunnel_1
        assert not disturbed, f"tunnel 1 lost datagrams: {sorted(disturbed)} of {flows}"
        facts["without loss on tunnel 1 alone"] = quick_flows(story)
    with story.told.step("Set the right key; tunnel 2 comes back"):
        _set_key(story, original)
        story.wait_status([cloud.ESTABLISHED, cloud.ESTABLISHED], within=40)


def _set_key(story: setting.Story, key: str) -> None:
    options = vpc.ModifyTunnelAttributeRequestTunnelOptionsSpecification(
        tunnel_ike_config=vpc.ModifyTunnelAttributeRequestTunnelOptionsSpecificationTunnelIkeConfig(
            psk=key
        )
    )
    story.cloud.vpc(
        "ModifyTunnelAttribute",
        vpn_connection_id=story.ids["connection"],
        tunnel_id=story.tunnel_ids[1],
        tunnel_options_specification=options,
    )


def _only_tunnel_1(story: setting.Story) -> bool:
    first, second = story.cloud.tunnel_status(story.ids["connection"])
    assert first == cloud.ESTABLISHED, (first, second)
    return second != cloud.ESTABLISHED


def _diagnosis(story: setting.Story) -> str:
    answer = story.cloud.vpc("DiagnoseVpnConnections", tunnel_ids=[story.tunnel_ids[1]])
    codes = [each.failed_reason_code for each in answer.vpn_connections or []]
    return next((code for code in codes if code in _KEY_CODES), "")


def _ways_with_loss(flows: list[dict[str, Any]]) -> set[tuple[int, str]]:
    """Give port and direction of what lost something.

    Directions, not flows: the two ends may number the tunnels differently, and then a flow goes by
    one tunnel and its answers come by the other.
    """
    return {
        (flow["port"], way) for flow in flows for way in ("lost_there", "lost_back") if flow[way]
    }


def gaps(flows: Iterable[dict[str, Any]]) -> list[float]:
    """Give the longest interruption of each flow; a flow without an answer is cut for good."""
    return [
        float("inf") if flow["longest_gap_seconds"] is None else flow["longest_gap_seconds"]
        for flow in flows
    ]
