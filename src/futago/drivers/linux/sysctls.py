"""Kernel settings of each kind of namespace, and of the node's devices that belong to us.

New namespaces take the settings of the host over, so everything that matters is written.

Source: kernel documentation "ip-sysctl".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from futago.plan import places


def of_namespace(kind: places.PlaceKind) -> Mapping[str, str]:
    """Settings of a new namespace; path below `/proc/sys/net` to value."""
    common = {
        **_for_devices("accept_redirects", "0"),
        **_for_devices("send_redirects", "0"),
        **_for_devices("accept_source_route", "0"),
        "ipv6/conf/all/disable_ipv6": "1",
        "ipv6/conf/default/disable_ipv6": "1",
    }
    match kind:
        case places.PlaceKind.TUNNEL:
            return {"ipv4/ip_forward": "0", **_for_devices("rp_filter", "0"), **common}
        case places.PlaceKind.ROUTER:
            return {
                "ipv4/ip_forward": "1",
                **_for_devices("rp_filter", "2"),
                **_for_devices("ignore_routes_with_linkdown", "1"),
                "ipv4/fib_multipath_hash_policy": "1",
                **common,
            }
        case places.PlaceKind.VPC:
            return {"ipv4/ip_forward": "1", **_for_devices("rp_filter", "2"), **common}
        case _ as never:
            assert_never(never)


def of_uplink(uplink: str, link: str) -> Mapping[str, str]:
    """Settings that make the node forward between an uplink and a tunnel's link, and no others."""
    return {
        f"ipv4/conf/{uplink}/forwarding": "1",
        f"ipv4/conf/{uplink}/rp_filter": "2",
        # A neighbor that asks for a gateway address shall not wait for a random delay.
        f"ipv4/neigh/{uplink}/proxy_delay": "0",
        f"ipv4/conf/{link}/forwarding": "1",
        f"ipv4/conf/{link}/rp_filter": "2",
        f"ipv4/conf/{link}/send_redirects": "0",
        f"ipv4/conf/{link}/accept_redirects": "0",
    }


def _for_devices(name: str, value: str) -> dict[str, str]:
    return {f"ipv4/conf/{devices}/{name}": value for devices in ("all", "default")}
