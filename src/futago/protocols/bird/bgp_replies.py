"""The meaning of BIRD's replies about BGP sessions, BFD sessions and routes with attributes.

Source: BIRD 2.0 source, proto/bgp/bgp.c (bgp_show_proto_info), nest/proto.c
(channel_show_info), proto/bfd/bfd.c (bfd_show_sessions), nest/rt-show.c.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from futago.protocols.bird import replies, session, words

NO_PROTOCOL: Final = 8003
PROTOCOL_ROW: Final = 1002
DETAIL_ROW: Final = 1006
BFD_ROW: Final = 1020
ROUTE_ROW: Final = 1007
ATTRIBUTE_ROW: Final = 1012

_STATES: Final = frozenset(
    {"Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established", "Close", "Down"}
)
_ROUTES = re.compile(r"(\d+) imported,(?: (\d+) filtered,)? (\d+) exported")
_ROUTE = re.compile(r"(\S+) +(?:unicast|blackhole|unreachable|prohibit) \[(\S+) ")
_ORIGINS: Final = ("IGP", "EGP", "Incomplete")
"""By number. Source: RFC 4271 section 4.3."""
_COMMUNITY = re.compile(r"\((\d+), ?(\d+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInfo:
    """One BGP session as BIRD shows it."""

    name: str
    """Name of the protocol, prefix included."""
    state: str
    """In BIRD's spelling, such as "OpenSent"; "Down" for a protocol that is switched off."""
    since: float
    """Seconds since 1970."""
    neighbor: IPv4Address | None = None
    last_error: str | None = None
    imported: int = 0
    filtered: int = 0
    exported: int = 0
    is_limit_hit: bool = False
    updates: int = 0
    """Grows with every route that comes, goes or is announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BfdInfo:
    """One BFD session."""

    neighbor: IPv4Address
    device: str
    is_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpRouteInfo:
    """A route with the attributes that travel."""

    prefix: IPv4Network
    as_path: tuple[int, ...] = ()
    communities: tuple[str, ...] = ()
    origin: str = ""
    """"IGP", "EGP" or "Incomplete", as the peer said."""
    med: int | None = None


def sessions(reply: session.Reply) -> tuple[SessionInfo, ...]:
    """Read the reply to `show protocols all "b_*"`.

    Raises:
        UnreadableReply: A row does not have the form that this version knows.
    """
    if reply.code == NO_PROTOCOL:
        return ()
    found: list[SessionInfo] = []
    details: list[str] = []
    head: str | None = None
    for line in (*reply.lines, session.Line(code=PROTOCOL_ROW, text="")):
        if line.code == PROTOCOL_ROW:
            if head is not None:
                found.append(_session(head, details))
            head, details = line.text or None, []
        elif line.code == DETAIL_ROW:
            details.append(line.text)
    return tuple(found)


def bfd_sessions(reply: session.Reply) -> tuple[BfdInfo, ...]:
    """Read the reply to `show bfd sessions`; without a BFD protocol there are none."""
    found = []
    for text in reply.texts(BFD_ROW):
        columns = text.split()
        if len(columns) < 3 or not columns[0][0].isdigit():
            continue  # the name of the protocol, and the titles of the columns
        found.append(
            BfdInfo(
                neighbor=replies.read_address(columns[0]),
                device=columns[1],
                is_up=columns[2] == "Up",
            )
        )
    return tuple(found)


def bgp_routes(reply: session.Reply) -> tuple[BgpRouteInfo, ...]:
    """Read the reply to `show route ... all` of routes that one session learned or announces."""
    found: list[BgpRouteInfo] = []
    prefix: IPv4Network | None = None
    attributes: dict[str, str] = {}
    for line in (*reply.lines, session.Line(code=ROUTE_ROW, text="0.0.0.0/0 unicast [end ")):
        text = line.text
        if line.code == ROUTE_ROW and text[:1] not in {"", "\t", "T"}:
            row = _ROUTE.match(text)
            if row is None:
                raise replies.UnreadableReply(f"BIRD showed a route that cannot be read: {text!r}.")
            if prefix is not None:
                found.append(_route(prefix, attributes))
            prefix, attributes = replies.read_prefix(row[1]), {}
        elif text.startswith("\t"):
            name, _, value = text.strip().partition(":")
            attributes[name] = value.strip()
    return tuple(found)


def _route(prefix: IPv4Network, attributes: Mapping[str, str]) -> BgpRouteInfo:
    """Read the attributes of a route; what a filter kept is what the peer said."""
    pairs = _COMMUNITY.findall(attributes.get("BGP.community", ""))
    kept = attributes.get(words.PEER_ORIGIN)
    med = attributes.get(words.PEER_MED) if kept else attributes.get("BGP.med")
    return BgpRouteInfo(
        prefix=prefix,
        as_path=as_path(attributes.get("BGP.as_path", "")),
        communities=tuple(f"{high}:{low}" for high, low in pairs),
        origin=_ORIGINS[int(kept)] if kept else attributes.get("BGP.origin", ""),
        med=int(med) if med else None,
    )


def as_path(text: str) -> tuple[int, ...]:
    """Read an AS path; the members of a set count as a part of it."""
    words = text.replace("{", " ").replace("}", " ").replace("(", " ").replace(")", " ").split()
    try:
        return tuple(int(word) for word in words)
    except ValueError as exc:
        raise replies.UnreadableReply(f"BIRD showed {text!r} where an AS path belongs.") from exc


def _session(head: str, details: list[str]) -> SessionInfo:
    columns = head.split()
    if len(columns) < 5:
        raise replies.UnreadableReply(f"BIRD showed a protocol that cannot be read: {head!r}.")
    values: dict[str, str] = {}
    updates = 0
    for text in details:
        key, _, value = text.strip().partition(":")
        values.setdefault(key, value.strip())
        if key in _COUNTED:
            updates += sum(int(word) for word in value.split() if word.isdigit())
    state = values.get("BGP state", "Down")
    if state not in _STATES:
        raise replies.UnreadableReply(f"BIRD showed an unknown state of a session: {state!r}.")
    routes = _ROUTES.match(values.get("Routes", ""))
    imported, filtered, exported = routes.groups("0") if routes else ("0", "0", "0")
    neighbor = values.get("Neighbor address", "").partition("%")[0]
    return SessionInfo(
        name=columns[0],
        state=state,
        since=_seconds(columns[4]),
        neighbor=replies.read_address(neighbor) if neighbor else None,
        last_error=values.get("Last error"),
        imported=int(imported),
        filtered=int(filtered),
        exported=int(exported),
        is_limit_hit=values.get("Import limit", "").endswith("[HIT]"),
        updates=updates,
    )


_COUNTED: Final = frozenset(
    {"Import updates", "Import withdraws", "Export updates", "Export withdraws"}
)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError as exc:
        raise replies.UnreadableReply(f"BIRD showed {text!r} where a time belongs.") from exc
