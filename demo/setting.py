"""What the story knows while it goes on, and what several chapters look at."""

from __future__ import annotations

import re
import urllib.request
from typing import Any

from demo import cloud, laboratory, report
from futago.lab import wait

SITE = "dc1"
HOST = "app1"
VPC_PREFIX = "10.20.0.0/16"
VSWITCH_PREFIX = "10.20.0.0/24"
"""Where the VPC host is; routers announce vSwitches."""
SITE_ASN = "65010"
_SAMPLE = re.compile(r"^(futago_tunnel_\w+_bytes_total){(.*)} (\S+)$", re.MULTILINE)


class Story:
    """What is known while the story goes on."""

    def __init__(
        self, told: report.Report, lab: laboratory.Laboratory, client: cloud.Cloud
    ) -> None:
        self.told = told
        self.lab = lab
        self.cloud = client
        self.site = next(each for each in lab.facts["sites"] if each["name"] == SITE)
        self.ids: dict[str, str] = {}
        self.gateways: list[str] = []
        self.vswitches: list[str] = []
        self.tunnel_ids: list[str] = []
        self.host_address = ""
        self.ways_of_tunnel_1: set[tuple[int, str]] = set()
        """Source port and direction of what tunnel 1 carries."""

    def plug_states(self, kind: str, members: dict[str, str]) -> list[str]:
        """Read the states of an attachment's associations or propagations."""
        answer = self.cloud.cbn(f"ListTransitRouterRouteTable{kind}s", **members)
        listed = getattr(answer, f"transit_router_{kind.lower()}s")
        return [each.status for each in listed]

    def attachments(self, kind: str, attachment: str) -> list[Any]:
        """Read an attachment, as a list of one or none."""
        listed = self.cloud.cbn(
            f"ListTransitRouter{kind}Attachments", transit_router_attachment_id=attachment
        ).transit_router_attachments
        return list(listed)

    def wait_status(self, wanted: list[str], within: float) -> None:
        """Wait until both tunnels have a status."""

        def look() -> bool:
            seen = self.cloud.tunnel_status(self.ids["connection"])
            assert seen == wanted, seen
            return True

        wait.eventually(look, within=within, every=0.2)

    def counters(self) -> dict[tuple[str, str], float]:
        """Read bytes by name of the metric and tunnel."""
        with urllib.request.urlopen(self.lab.facts["metrics_url"], timeout=10) as answer:  # noqa: S310
            text = answer.read().decode()
        found = {}
        for name, labels, value in _SAMPLE.findall(text):
            tunnel = re.search(r'tunnel_id="([^"]*)"', labels)
            if tunnel is not None and tunnel[1] in self.tunnel_ids:
                found[name, tunnel[1]] = float(value)
        return found

    def wait_all_counters_moved(self, before: dict[tuple[str, str], float]) -> str:
        """Wait until every tunnel has sent and received something more."""

        def look() -> dict[tuple[str, str], float]:
            after = self.counters()
            moved = {key: value - before.get(key, 0.0) for key, value in after.items()}
            assert len(moved) == 4, after
            assert min(moved.values()) > 1000, moved
            return moved

        moved = wait.eventually(look, within=30, every=0.5)
        ordered = sorted(moved.items(), key=lambda each: each[0][1])
        return ", ".join(
            f"{tunnel} {name.split('_')[2]} {value:.0f}" for (name, tunnel), value in ordered
        )
