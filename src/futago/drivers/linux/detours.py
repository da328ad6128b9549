"""Detours: what enters a tunnel whose BFD session has just been lost goes to its partner.

BIRD notices the loss at once and replaces the routes one by one, which takes the longer the more
there are. Meanwhile the kernel sends what still enters the lost tunnel by the other one, all by
itself: the rules see the BFD packets that BIRD sends. One that says "Up" makes the session known;
one that says "Down" after that begins the detour, which ends with the next "Up", or after a
second. A session that never was up begins none, so a peer without BFD changes nothing.

The rules are in a table of their own at the exit of the devices, where the priority tells what the
router itself sends from what it forwards: nobody else's BFD counts. What was sent on once is not
sent on again, so that two lost tunnels do not play ball.
Source: RFC 5880 section 4.1; nftables, "netdev" family and set statement.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from futago.domain import forwarding
from futago.drivers.linux import nft, shaper
from futago.ports import network

TABLE: Final = "futago"
FAMILY: Final = "netdev"
LOST_SECONDS: Final = 1
"""Longer than BIRD takes for tens of thousands of routes, and shorter than it takes to bring a
session back: a tunnel in use again must not send to a partner that is lost in turn."""
_SPEAKING_SECONDS: Final = 5
"""Without a packet for so long, a session that was up is none any more."""
_BFD_PORT: Final = 3784
_STATE: Final = "@th,72,2"
_DOWN: Final = 1
_UP: Final = 3
_SENT_ON: Final = 0x44
"""Mark of packets on a detour."""
_DEVICE: Final = re.compile(r"[a-z0-9]{1,15}\Z")
_CHAIN: Final = re.compile(r"detour_([a-z0-9]+)_(\d+)_([a-z0-9]+)_(\d+)\Z")

_HEAD: Final = f"""\
add table {FAMILY} {TABLE}
delete table {FAMILY} {TABLE}
"""
_OPEN: Final = """\
table {family} {table} {{
  set speaking {{ type iface_index; flags dynamic,timeout; }}
  set lost {{ type iface_index; flags dynamic,timeout; }}
  chain control {{
    udp dport {port} {state} {up} \
update @speaking {{ meta oif timeout {speaking_seconds}s }} delete @lost {{ meta oif }}
    udp dport {port} {state} {down} meta oif @speaking \
add @lost {{ meta oif timeout {lost_seconds}s }} delete @speaking {{ meta oif }}
    accept
  }}
"""


def render(
    detours: Collection[forwarding.Detour],
    indexes: Mapping[str, int],
    *,
    lost_seconds: int = LOST_SECONDS,
) -> str:
    """Render the transaction that replaces all detours of a namespace.

    Args:
        detours: All of them; those whose devices are not there are left out.
        indexes: Device to its number.
        lost_seconds: How long a detour lasts at most.
    """
    present = [
        each for each in sorted(detours) if each.device in indexes and each.partner in indexes
    ]
    if not present:
        return _HEAD
    chains = "".join(line for each in present for line in _chain(each, indexes))
    opening = _OPEN.format(
        family=FAMILY,
        table=TABLE,
        port=_BFD_PORT,
        state=_STATE,
        up=_UP,
        down=_DOWN,
        speaking_seconds=_SPEAKING_SECONDS,
        lost_seconds=lost_seconds,
    )
    return f"{_HEAD}{opening}{chains}}}\n"


def read(chains: Iterable[nft.Chain], indexes: Mapping[str, int]) -> frozenset[forwarding.Detour]:
    """Read detours out of chains; one that means a device of another number is none."""
    found = set()
    for chain in chains:
        name = _CHAIN.match(chain.name)
        if (chain.family, chain.table) != (FAMILY, TABLE) or name is None:
            continue
        device, number, partner, partner_number = name.groups()
        is_current = indexes.get(device) == int(number)
        if is_current and indexes.get(partner) == int(partner_number):
            found.add(forwarding.Detour(device=device, partner=partner))
    return frozenset(found)


def device_indexes() -> dict[str, int]:
    """Number the devices of the namespace of this thread."""
    return {name: index for index, name in socket.if_nameindex()}


def _chain(detour: forwarding.Detour, indexes: Mapping[str, int]) -> Iterator[str]:
    device, partner = _checked(detour.device), _checked(detour.partner)
    yield f"  chain detour_{device}_{indexes[device]}_{partner}_{indexes[partner]} {{\n"
    yield f'    type filter hook egress device "{device}" priority 0; policy accept;\n'
    yield f"    meta priority {shaper.CONTROL_CLASS} goto control\n"
    yield f"    meta mark != {_SENT_ON} meta oif @lost meta mark set {_SENT_ON} "
    yield f'fwd to "{partner}"\n'
    yield "  }\n"


def _checked(device: str) -> str:
    if not _DEVICE.match(device):
        raise network.KernelRefused(
            f"Device {device!r} cannot be named in nftables; use lower-case letters and digits.",
            device=device,
        )
    return device
