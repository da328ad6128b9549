"""The data center is configured, and both tunnels carry traffic."""

from __future__ import annotations

from demo import cloud, laboratory, setting
from futago.lab import wait


def configure_the_data_center(story: setting.Story) -> None:
    """Apply the download to the site and attach a host to the VPC."""
    with story.told.step("Configure the data center from the download; add a VPC host") as facts:
        story.lab.apply(setting.SITE, story.ids["connection"], setting.VPC_PREFIX)
        story.host_address = story.lab.add_host(setting.HOST, story.ids["vpc"], story.vswitches[0])
        facts["hosts"] = f"{story.site['host_address']} and {story.host_address}"


def pass_traffic(story: setting.Story) -> None:
    """Bring both tunnels up and send traffic through both."""
    with story.told.step("Both tunnels established"):
        story.wait_status([cloud.ESTABLISHED, cloud.ESTABLISHED], within=30)
    with story.told.step("Route to the data center; ping and iperf3 both ways") as facts:
        _create_route(story)
        _ping_both_ways(story, facts)
        before = story.counters()
        facts["Mbit/s to the VPC"] = story.lab.iperf(setting.SITE, setting.HOST, story.host_address)
        facts["Mbit/s to the data center"] = story.lab.iperf(
            setting.HOST, setting.SITE, story.site["host_address"]
        )
        facts["bytes by tunnel"] = story.wait_all_counters_moved(before)


def _create_route(story: setting.Story) -> None:
    story.cloud.vpc(
        "CreateVcoRouteEntry",
        vpn_connection_id=story.ids["connection"],
        route_dest=story.site["network"],
        next_hop=story.ids["connection"],
        overlay_mode="Ipsec",
        weight=100,
    )
    wait.eventually(
        lambda: story.cloud.connection(story.ids["connection"]).state == "attached", within=20
    )


def _ping_both_ways(story: setting.Story, facts: dict[str, object]) -> None:
    for name, source, target in (
        ("ping to the VPC", setting.SITE, story.host_address),
        ("ping to the data center", setting.HOST, story.site["host_address"]),
    ):
        # The first answers may be missing while routes settle.
        shown = wait.eventually(lambda s=source, t=target: _all_answered(story, s, t), within=20)
        facts[name] = f"{shown['received']} of {shown['sent']}"


def _all_answered(story: setting.Story, source: str, target: str) -> dict[str, int]:
    try:
        shown = story.lab.ping(source, target)
    except laboratory.LabError as exc:
        raise wait.NotYet(str(exc)) from exc
    assert shown["received"] == shown["sent"], shown
    return shown
