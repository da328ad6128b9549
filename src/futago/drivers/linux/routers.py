"""A transit router's namespace: which table forwards what comes in by which device.

The kernel's own rules for its main tables are removed, and a last rule refuses whatever no table
took, so nothing is ever forwarded by a table that is not a transit router's route table. What the
router itself sends (ICMP errors) may look into all of them.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
import struct
from collections.abc import Iterable
from ipaddress import IPv4Interface
from typing import Final

from futago.domain import net
from futago.drivers.linux import rtnl, rule_dump

_SIOCGIFMTU: Final = 0x8921
_REQUEST: Final = struct.Struct("=16si20x")

FORWARDING_PRIORITY: Final = 1000
_LOOPBACK = "lo"
_TUNNEL_CIDR_LENGTH = 30
_OWN_PRIORITY = 100
_OWN_TABLES_PRIORITY = 110
_REFUSE_PRIORITY = 32000


def all_rules(forwarding: frozenset[tuple[str, int]]) -> frozenset[rule_dump.Rule]:
    """Every rule that a router has besides the kernel's for local addresses.

    Args:
        forwarding: Incoming device and kernel table.
    """
    own = rule_dump.Rule(priority=_OWN_PRIORITY, device=_LOOPBACK, table=rtnl.TABLE_MAIN)
    refuse = rule_dump.Rule(priority=_REFUSE_PRIORITY, device=None, table=None)
    own_tables = {
        rule_dump.Rule(priority=_OWN_TABLES_PRIORITY, device=_LOOPBACK, table=table)
        for _, table in forwarding
    }
    by_device = {
        rule_dump.Rule(priority=FORWARDING_PRIORITY, device=device, table=table)
        for device, table in forwarding
    }
    return frozenset({own, refuse, *own_tables, *by_device})


def forwarding_rules(rules: frozenset[rule_dump.Rule]) -> frozenset[tuple[str, int]]:
    """Pick incoming device and kernel table out of a router's rules."""
    return frozenset(
        (rule.device, rule.table)
        for rule in rules
        if rule.priority == FORWARDING_PRIORITY
        and rule.device is not None
        and rule.table is not None
    )


async def set_rules(netlink: rtnl.Rtnl, forwarding: frozenset[tuple[str, int]]) -> None:
    """Make the rules of a router exactly the wanted ones; new ones come before old ones go."""
    wanted = all_rules(forwarding)
    present = {rule for rule in netlink.rules() if rule.priority != 0}
    for rule in sorted(wanted - present, key=_order):
        await netlink.add_rule(rule)
    for rule in sorted(present - wanted, key=_order):
        await netlink.delete_rule(rule)


def session_addresses(addresses: Iterable[IPv4Interface]) -> frozenset[IPv4Interface]:
    """Pick the addresses for BGP out of a device's: those of a tunnel CIDR."""
    return frozenset(
        address
        for address in addresses
        if address.network.prefixlen == _TUNNEL_CIDR_LENGTH
        and address.network.subnet_of(net.LINK_LOCAL)
    )


async def set_session_address(
    netlink: rtnl.Rtnl, device: str, address: IPv4Interface | None
) -> None:
    """Make a device's address for BGP exactly the wanted one; the old one goes first.

    Raises:
        DeviceMissing: There is no such device.
    """
    link = await netlink.require(device)
    present = session_addresses(await netlink.addresses(link.index))
    for stale in present - {address}:
        await netlink.delete_address(link.index, stale)
    if address is not None and address not in present:
        await netlink.add_address(link.index, address.ip, address.network.prefixlen)


def _order(rule: rule_dump.Rule) -> tuple[int, str, int]:
    return rule.priority, rule.device or "", rule.table or 0


def mtus(prefix: str) -> dict[str, int]:
    """Give the MTU of each device in the namespace of this thread whose name begins so, in bytes.

    Source: netdevice(7), SIOCGIFMTU.
    """
    found = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as asked:
        for _, name in socket.if_nameindex():
            if not name.startswith(prefix):
                continue
            with contextlib.suppress(OSError):  # gone meanwhile
                answer = fcntl.ioctl(asked, _SIOCGIFMTU, _REQUEST.pack(name.encode(), 0))
                found[name] = _REQUEST.unpack(answer)[1]
    return found
