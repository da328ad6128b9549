"""What is wrong with BGP in a connection, from facts to a reason with values and a remedy.

A session that cannot come up because its tunnel is down has no condition of its own: the tunnel's
is the one to look at. The words of the routing daemon are BIRD's, of which each class was provoked
with two daemons: "BGP Error" is what this side found, "Received" what the peer said, "Socket" what
TCP did. A wrong key leaves no word at all, since the kernel drops such segments unseen.
Source: BIRD 2.0.12, proto/bgp/bgp.c (bgp_last_errmsg) and packets.c (bgp_error_dsc).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from futago.domain import bgp
from futago.plan import failures, observation

Severity = failures.Severity
NAMED: Final = 10
"""Prefixes that a condition names; further ones are counted."""


class Code(StrEnum):
    """What is wrong."""

    PEER_ASN_MISMATCH = "BgpPeerAsnMismatch"
    LOCAL_ASN_MISMATCH = "BgpLocalAsnMismatch"
    KEY_MISMATCH = "BgpKeyMismatch"
    NO_ANSWER = "BgpNoAnswer"
    NOT_LISTENING = "BgpNotListening"
    HOLD_TIMER_EXPIRED = "BgpHoldTimerExpired"
    HOLD_TIME_REFUSED = "BgpHoldTimeRefused"
    BFD_DOWN = "BgpBfdDown"
    CLOSED_BY_PEER = "BgpClosedByPeer"
    PEER_PREFIX_LIMIT = "BgpPeerPrefixLimit"
    SESSION_DOWN = "BgpSessionDown"
    PREFIX_LIMIT_NEAR = "BgpPrefixLimitNear"
    PREFIX_LIMIT_EXCEEDED = "BgpPrefixLimitExceeded"
    DEFAULT_ROUTE_REFUSED = "BgpDefaultRouteRefused"
    RESERVED_ROUTE_REFUSED = "BgpReservedRouteRefused"
    UNDERLAY_ROUTE_REFUSED = "BgpUnderlayRouteRefused"
    AS_LOOP = "BgpAsLoop"
    OVERLAP = "BgpOverlappingPrefixes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that somebody should look at."""

    code: Code
    severity: Severity
    message: str
    remedy: str
    evidence: str = ""
    """The daemon's own words."""
    ours: str = ""
    theirs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session with what is configured around it."""

    facts: observation.BgpObservation
    local_asn: int
    peer_asn: int
    """What the customer gateway says."""
    peer_address: IPv4Address
    has_key: bool
    is_tunnel_up: bool
    """Phase 2 is up, so that the peer can be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The routes of a peer that are not taken for one reason."""

    reason: bgp.Refusal
    count: int
    some: tuple[IPv4Network, ...]


def of_session(session: Session) -> Condition | None:
    """Say why a session is not established; None when it is, or when that says nothing new."""
    state = session.facts.state
    if state in {observation.BgpState.ESTABLISHED, observation.BgpState.UNKNOWN}:
        return None
    if not session.is_tunnel_up:
        return None
    words = session.facts.last_error
    if not words:
        return _silence(session)
    for pattern, code, message, remedy in _WORDS:
        if pattern in words:
            return _told(session, code, message, remedy)
    return _told(
        session,
        Code.SESSION_DOWN,
        "The session with {peer} is not up; the routing daemon says: {words}.",
        "Compare addresses, AS numbers, key and timers with the device's configuration.",
    )


def of_limit(imported: int, refused: Refused | None, limit: int) -> Condition | None:
    """Say whether a peer sends more prefixes than are taken, or nearly.

    Args:
        imported: Prefixes taken.
        refused: Those beyond the limit.
        limit: As configured.
    """
    if refused is not None and refused.count:
        return Condition(
            code=Code.PREFIX_LIMIT_EXCEEDED,
            severity=Severity.WARNING,
            message=f"The peer announces more than the {limit} prefixes that are taken;"
            f" {_named(refused)} are refused.",
            remedy="Announce fewer or larger prefixes, or have the operator raise the limit"
            " bgp-prefixes-per-peer.",
            ours=str(limit),
            theirs=str(imported + refused.count),
        )
    if not bgp.is_near_limit(imported, limit):
        return None
    return Condition(
        code=Code.PREFIX_LIMIT_NEAR,
        severity=Severity.WARNING,
        message=f"The peer announces {imported} prefixes and at most {limit} are taken;"
        " further ones would be refused.",
        remedy="Announce larger prefixes, or have the operator raise the limit"
        " bgp-prefixes-per-peer.",
        ours=str(limit),
        theirs=str(imported),
    )


def of_refused(refused: Refused, local_asn: int) -> Condition | None:
    """Say why routes are refused whatever their number; None for the limit's."""
    known = _REFUSALS.get(refused.reason)
    if known is None:
        return None
    code, message, remedy = known
    return Condition(
        code=code,
        severity=Severity.WARNING,
        message=message.format(routes=_named(refused), asn=local_asn),
        remedy=remedy.format(asn=local_asn),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A prefix that one owner announces."""

    prefix: IPv4Network
    owner: str
    """Name for people: a connection or VPC."""
    origin_asn: int | None = None
    """Where the prefix comes from; None is no BGP."""


def of_overlaps(own: Sequence[Announced], others: Iterable[Announced]) -> Condition | None:
    """Name prefixes of a connection that share addresses with those of others.

    The same prefix from the same origin is one network behind two connections: that is wanted.
    Prefixes contain each other or are apart, so one walk in their order finds all pairs.
    """
    met = [
        (mine, other)
        for mine, other in _nested([*own, *others])
        if mine.owner != other.owner and mine.origin_asn != other.origin_asn
    ]
    mine_by = {each.owner for each in own}
    pairs = [(one, two) for one, two in met if one.owner in mine_by or two.owner in mine_by]
    if not pairs:
        return None
    shown = "; ".join(
        f"{two.prefix} of {two.owner} with {one.prefix} of {one.owner}"
        for one, two in pairs[:NAMED]
    )
    more = f" and {len(pairs) - NAMED} more pairs" if len(pairs) > NAMED else ""
    return Condition(
        code=Code.OVERLAP,
        severity=Severity.WARNING,
        message=f"Prefixes share addresses: {shown}{more}. Of equal prefixes that of a VPC"
        " forwards, otherwise the more specific one.",
        remedy="Announce each network from one place only, or renumber one of them.",
    )


def _nested(prefixes: Iterable[Announced]) -> Iterable[tuple[Announced, Announced]]:
    """Give all pairs of which the first contains the second or equals it."""
    around: list[Announced] = []
    for each in sorted(prefixes, key=lambda one: _order(one.prefix)):
        while around and not _contains(around[-1].prefix, each.prefix):
            around.pop()
        yield from ((outer, each) for outer in around)
        around.append(each)


def _order(prefix: IPv4Network) -> tuple[int, int]:
    return int(prefix.network_address), prefix.prefixlen


def _contains(outer: IPv4Network, inner: IPv4Network) -> bool:
    return int(inner.network_address) <= int(outer.broadcast_address)


def _silence(session: Session) -> Condition:
    remedy = (
        "Compare the key on the device with AuthKey of the customer gateway first: a wrong key"
        " is silence. Then its"
        if session.has_key
        else "Remove the key on the device or give the customer gateway the same as AuthKey: a key"
        " on one side is silence. Then compare the device's"
    )
    return _told(
        session,
        Code.NO_ANSWER,
        "{peer} does not answer TCP port 179 although phase 2 of the tunnel is up.",
        f"{remedy} BGP address, route to our address and packet filter.",
    )


def _told(session: Session, code: Code, message: str, remedy: str) -> Condition:
    words = session.facts.last_error or ""
    values = {
        "peer": session.peer_address,
        "local_asn": session.local_asn,
        "peer_asn": session.peer_asn,
        "hold": bgp.HOLD_SECONDS,
        "words": words,
    }
    return Condition(
        code=code,
        severity=Severity.CRITICAL,
        message=message.format(**values),
        remedy=remedy.format(**values),
        evidence=words,
        ours=str(session.peer_asn if code is Code.PEER_ASN_MISMATCH else session.local_asn)
        if code in {Code.PEER_ASN_MISMATCH, Code.LOCAL_ASN_MISMATCH}
        else "",
    )


def _named(refused: Refused) -> str:
    shown = ", ".join(map(str, refused.some[:NAMED]))
    more = refused.count - min(len(refused.some), NAMED)
    return f"{shown} and {more} more" if more > 0 else shown


_WORDS: Final[tuple[tuple[str, Code, str, str], ...]] = (
    (
        "Received: Bad peer AS",
        Code.LOCAL_ASN_MISMATCH,
        "The device at {peer} expects another AS number of ours than {local_asn}.",
        (
            "Set {local_asn} as the remote AS number on the device, or change LocalAsn of the"
            " connection."
        ),
    ),
    (
        "Bad peer AS",
        Code.PEER_ASN_MISMATCH,
        (
            "The device at {peer} has another AS number than its customer gateway, which says"
            " {peer_asn}."
        ),
        (
            "Set {peer_asn} as the device's own AS number, or create a customer gateway with the"
            " right one and give it to the tunnel."
        ),
    ),
    (
        "MD5",
        Code.KEY_MISMATCH,
        "TCP from {peer} is not signed as it should be; {words}.",
        (
            "Set the same key on the device and as AuthKey of the customer gateway"
            " (ModifyCustomerGatewayAttribute), or on neither."
        ),
    ),
    (
        "Hold timer expired",
        Code.HOLD_TIMER_EXPIRED,
        "No message came over the session with {peer} for the hold time of {hold} s.",
        (
            "Look for loss in the tunnel and for load on the device; keepalives are expected every"
            " third of the hold time."
        ),
    ),
    (
        "Unacceptable hold time",
        Code.HOLD_TIME_REFUSED,
        "The hold time of {peer} or ours of {hold} s is refused by the other side.",
        "Set a hold time of {hold} s on the device.",
    ),
    (
        "BFD",
        Code.BFD_DOWN,
        "BFD lost {peer} and ended the session; it starts again by itself.",
        "Look for loss in the tunnel; if it repeats, raise BFD's interval on the device.",
    ),
    (
        "Maximum number of prefixes",
        Code.PEER_PREFIX_LIMIT,
        "The device at {peer} refuses the session: we announce more prefixes than it takes.",
        "Raise the limit on the device, or associate the attachment with a table of fewer routes.",
    ),
    (
        "Connection refused",
        Code.NOT_LISTENING,
        "The device at {peer} is there and does not take BGP connections.",
        (
            "Start BGP on the device and configure our address as its neighbor; keys differ if only"
            " one side has one."
        ),
    ),
    (
        "Socket: ",
        Code.NO_ANSWER,
        "{peer} cannot be reached by TCP port 179 although phase 2 of the tunnel is up ({words}).",
        "Compare the device's BGP address, its route to our address and its packet filter.",
    ),
    (
        "Received: ",
        Code.CLOSED_BY_PEER,
        "The device at {peer} ended the session and says: {words}.",
        "Look at the log of the device; it knows why.",
    ),
)
"""What the daemon's words contain, most telling first."""

_REFUSALS: Final[Mapping[bgp.Refusal, tuple[Code, str, str]]] = {
    bgp.Refusal.DEFAULT_ROUTE: (
        Code.DEFAULT_ROUTE_REFUSED,
        "The peer announces the default route, which is never taken.",
        "Stop announcing it on the device; for a default route add a static route to the table.",
    ),
    bgp.Refusal.RESERVED: (
        Code.RESERVED_ROUTE_REFUSED,
        "Routes to reserved addresses are never taken: {routes}.",
        "Stop announcing them; 100.64.0.0/10 and what covers it belong to the service.",
    ),
    bgp.Refusal.UNDERLAY: (
        Code.UNDERLAY_ROUTE_REFUSED,
        "Routes to addresses of the tunnels or gateways themselves are never taken: {routes}.",
        "Stop announcing them; announce the networks behind the device only.",
    ),
    bgp.Refusal.AS_LOOP: (
        Code.AS_LOOP,
        "Routes have our own AS number {asn} in their path and are not taken: {routes}.",
        "Use another AS number on one of the sides, or stop announcing what came from here.",
    ),
}
