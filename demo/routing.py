"""The second act: BGP in the tunnels that run, and the same cut again."""

from __future__ import annotations

import time

from alibabacloud_vpc20160428 import models as vpc

from demo import laboratory, setting, trouble
from futago.lab import wait

TUNNEL_CIDRS = ("169.254.10.0/30", "169.254.11.0/30")
BFD_SECONDS = 3.0
"""BFD needs 0.3 s; a busy machine may need more. Without it, 26 s pass."""
_AFTERMATH_SECONDS = 1.0


def switch_bgp_on(story: setting.Story) -> None:
    """Replace the destination route by what the data center announces; the tunnels stay."""
    with story.told.step("Switch BGP on; routes come by themselves") as facts:
        story.cloud.vpc(
            "DeleteVcoRouteEntry",
            vpn_connection_id=story.ids["connection"],
            route_dest=story.site["network"],
            next_hop=story.ids["connection"],
            overlay_mode="Ipsec",
            weight=100,
        )
        _enable(story)
        begin = time.monotonic()
        story.lab.speak_bgp(setting.SITE, story.ids["connection"], setting.SITE_ASN)
        wait.eventually(lambda: _sessions(story) == ["success", "success"], within=40, every=0.2)
        facts["both sessions after"] = f"{time.monotonic() - begin:.1f} s"
        wait.eventually(lambda: _uses(story, "tun1", "tun2"), within=20)
        facts["learned"] = ", ".join(_learned(story))


def cut_tunnel_1_again(story: setting.Story) -> None:
    """Cut the outside path of tunnel 1 under traffic; BFD notices."""
    echo = story.lab.background(setting.HOST, *laboratory.PROBE, "echo")
    with echo, story.told.step("Cut tunnel 1 again: BFD notices") as facts:
        with story.lab.flows(setting.SITE, story.host_address, trouble.FLOWS) as flows:
            story.lab.fault(setting.SITE, "cut", "--tunnel", "1")
            wait.eventually(lambda: _uses(story, "tun2"), within=20)
            time.sleep(_AFTERMATH_SECONDS)
        trouble.tell_flows(facts, flows)
        assert max(trouble.gaps(flows)) <= BFD_SECONDS, flows
        story.lab.fault(setting.SITE, "restore")
        begin = time.monotonic()
        wait.eventually(lambda: _uses(story, "tun1", "tun2"), within=40)
        facts["both carry traffic again after"] = f"{time.monotonic() - begin:.1f} s"


def _enable(story: setting.Story) -> None:
    start = "ModifyVpnAttachmentAttributeRequestTunnelOptionsSpecification"
    tunnel, values = getattr(vpc, start), getattr(vpc, f"{start}TunnelBgpConfig")
    story.cloud.vpc(
        "ModifyVpnAttachmentAttribute",
        vpn_connection_id=story.ids["connection"],
        enable_tunnels_bgp=True,
        tunnel_options_specification=[
            tunnel(tunnel_id=tunnel_id, tunnel_bgp_config=values(tunnel_cidr=cidr))
            for tunnel_id, cidr in zip(story.tunnel_ids, TUNNEL_CIDRS, strict=True)
        ],
    )
    story.cloud.cbn(
        "UpdateTransitRouterVpnAttachmentAttribute",
        transit_router_attachment_id=story.ids["vpn attachment"],
        auto_publish_route_enabled=True,
    )


def _sessions(story: setting.Story) -> list[str]:
    tunnels = story.cloud.tunnels(story.ids["connection"])
    return [each.tunnel_bgp_config.bgp_status for each in tunnels]


def _learned(story: setting.Story) -> list[str]:
    answer = story.cloud.vpc(
        "DescribeVcoRouteEntries",
        vpn_connection_id=story.ids["connection"],
        route_entry_type="bgp",
    )
    return [each.route_dest for each in answer.vco_route_entries if each.source == "VPN_BGP"]


def _uses(story: setting.Story, *names: str) -> bool:
    """Tell whether the device reaches the VPC by exactly these tunnels."""
    return trouble.device_routes(story, setting.VSWITCH_PREFIX) == set(names)
