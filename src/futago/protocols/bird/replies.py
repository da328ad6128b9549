"""The meaning of BIRD's replies: routes of a table, states of protocols, progress of a change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from futago.domain import faults
from futago.protocols.bird import session

PROTOCOL_ROW: Final = 1002
ROUTE_ROW: Final = 1007
STATUS_ROW: Final = 13
NETWORK_NOT_FOUND: Final = 8001

_ROUTE = re.compile(r"(\S+) +(unicast|blackhole|unreachable|prohibit) \[(\S+) ")
_NEXT_HOP = re.compile(r"\t(?:via (\S+) on (\S+)|dev (\S+))(?: |\Z)")


class UnreadableReply(faults.Unavailable):
    """A reply with a row that this version cannot read."""

    code = "Routing.UnreadableReply"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextHop:
    """A way out, as BIRD shows it."""

    device: str
    gateway: IPv4Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRoute:
    """A route of a table; without next hops it discards."""

    prefix: IPv4Network
    protocol: str
    next_hops: tuple[NextHop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolState:
    """A row of `show protocols`."""

    name: str
    kind: str
    table: str | None
    state: str


def routes(reply: session.Reply) -> tuple[TableRoute, ...]:
    """Read the reply to `show route table T primary`, with or without `all`.

    Returns:
        Routes ordered by prefix.
    Raises:
        UnreadableReply: A row is neither a route nor a next hop.
    """
    found: list[tuple[IPv4Network, str, list[NextHop]]] = []
    for text in reply.texts(ROUTE_ROW):
        if text.startswith("Table ") or not text:
            continue
        if text.startswith("\t"):
            if not found:
                raise UnreadableReply(f"BIRD showed a next hop without a route: {text!r}.")
            found[-1][2].append(_next_hop(text))
            continue
        row = _ROUTE.match(text)
        if row is None:
            raise UnreadableReply(f"BIRD showed a route that cannot be read: {text!r}.")
        found.append((read_prefix(row[1]), row[3], []))
    result = [
        TableRoute(prefix=prefix, protocol=protocol, next_hops=tuple(hops))
        for prefix, protocol, hops in found
    ]
    return tuple(sorted(result, key=lambda route: route.prefix))


def protocols(reply: session.Reply) -> tuple[ProtocolState, ...]:
    """Read the reply to `show protocols`, in BIRD's order."""
    states = []
    for text in reply.texts(PROTOCOL_ROW):
        words = text.split()
        if len(words) < 4:
            raise UnreadableReply(f"BIRD showed a protocol that cannot be read: {text!r}.")
        name, kind, table, state = words[:4]
        states.append(
            ProtocolState(
                name=name, kind=kind, table=None if table == "---" else table, state=state
            )
        )
    return tuple(states)


def is_reconfiguring(reply: session.Reply) -> bool:
    """Read from the reply to `show status` whether a change is still being carried out."""
    return reply.code == STATUS_ROW and reply.text.startswith("Reconfiguration")


def _next_hop(text: str) -> NextHop:
    hop = _NEXT_HOP.match(text)
    if hop is None:
        raise UnreadableReply(f"BIRD showed a next hop that cannot be read: {text!r}.")
    gateway, device, direct = hop.groups()
    if gateway is None:
        return NextHop(device=direct)
    return NextHop(device=device, gateway=read_address(gateway))


def read_prefix(text: str) -> IPv4Network:
    """Read a prefix."""
    try:
        return IPv4Network(text)
    except ValueError as exc:
        raise UnreadableReply(f"BIRD showed {text!r} where a prefix belongs.") from exc


def read_address(text: str) -> IPv4Address:
    """Read an address."""
    try:
        return IPv4Address(text)
    except ValueError as exc:
        raise UnreadableReply(f"BIRD showed {text!r} where an address belongs.") from exc
