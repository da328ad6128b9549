"""The routing daemon of a Linux device with BGP: configuration for BIRD, and for FRRouting.

Both get the same: a session inside each tunnel, routes of both used side by side, BFD where wanted,
the data center's networks announced, and short pauses before a lost session is tried again.
Sources: BIRD 2.0 user's guide, "BGP", "BFD"; FRR 8.4 manual, "BGP", "BFD"; RFC 2385.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Final, assert_never

from futago.devices import peer_configuration
from futago.domain import bgp, faults, net

ANNOUNCED: Final = "announced.conf"
"""File of the announced networks, beside the configuration."""

_KEY_MAX: Final = 64
_ANNOUNCED: Final = "announced"
_CLOUD: Final = "cloud"
_BIRD_BFD: Final = (
    f"{{ interval {bgp.BFD_INTERVAL_MS} ms; idle tx interval {bgp.BFD_INTERVAL_MS} ms; "
    f"multiplier {bgp.BFD_MULTIPLIER}; }}"
)
_FRR_BFD_PROFILE: Final = (
    " profile tunnel",
    f"  detect-multiplier {bgp.BFD_MULTIPLIER}",
    f"  receive-interval {bgp.BFD_INTERVAL_MS}",
    f"  transmit-interval {bgp.BFD_INTERVAL_MS}",
    " exit",
)


class RoutingDaemon(StrEnum):
    """Who speaks BGP on the device."""

    BIRD = "bird"
    FRR = "frr"


class BadKey(faults.Invalid):
    """A BGP key that a device's configuration cannot hold."""

    code = "Device.BadBgpKey"


@dataclass(frozen=True, slots=True)
class BgpKey:
    """A key for TCP-MD5: 1 to 64 visible ASCII characters without '?'. Source: vendor, AuthKey."""

    _text: str = field(repr=False)

    def __post_init__(self) -> None:
        is_clean = all("!" <= each <= "~" and each != "?" for each in self._text)
        if not is_clean or not 1 <= len(self._text) <= _KEY_MAX:
            raise BadKey(
                f"The BGP key has {len(self._text)} characters; use 1 to {_KEY_MAX} visible ASCII "
                "characters, without spaces and '?'."
            )

    def reveal(self) -> str:
        """Give the key in clear, for the daemon's own file."""
        return self._text


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """How the device speaks BGP, apart from what was downloaded."""

    daemon: RoutingDaemon = RoutingDaemon.BIRD
    asn: net.Asn | None = None
    """Its own AS number; None takes the downloaded one."""
    has_bfd: bool = True
    key: BgpKey | None = None
    """Must be the customer gateways' one; it is not in the download."""
    announced: tuple[IPv4Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session, named after the device that carries it."""

    device: str
    bgp: peer_configuration.PeerBgp


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """All that a routing daemon's configuration says."""

    router_id: IPv4Address
    speaker: Speaker
    sessions: tuple[Session, ...]
    cloud_prefixes: tuple[IPv4Network, ...] = ()
    """Routed statically into the tunnels beside what BGP learns; best none."""

    @property
    def asn(self) -> int:
        """Give the device's own AS number."""
        return self.speaker.asn or self.sessions[0].bgp.local_asn


def render(routing: Routing) -> str:
    """Write the configuration of the device's daemon but the networks that it announces.

    Raises:
        BadKey: BIRD cannot read a key with a quotation mark.
    """
    match routing.speaker.daemon:
        case RoutingDaemon.BIRD:
            return _text(_bird(routing))
        case RoutingDaemon.FRR:
            return _text(_frr(routing))
    assert_never(routing.speaker.daemon)


def bird_static(
    router_id: IPv4Address, prefixes: Sequence[IPv4Network], devices: Sequence[str]
) -> str:
    """Write bird.conf without BGP: one route over all tunnel devices that are in service."""
    return _text(
        [
            *_bird_frame(router_id, "source = RTS_STATIC"),
            *_bird_cloud(prefixes, devices),
        ]
    )


def announcement(
    daemon: RoutingDaemon,
    asn: int,
    announced: Iterable[IPv4Network],
    before: Iterable[IPv4Network] = (),
) -> str:
    """Write the file of announced networks, which changes more often than the rest.

    BIRD includes it. FRR gets it as commands, which also take back what was announced before.
    """
    match daemon:
        case RoutingDaemon.BIRD:
            # They are there to be announced; the kernel has routes of its own to these networks.
            routes = (f"  route {prefix} unreachable;" for prefix in announced)
            return _text([f"protocol static {_ANNOUNCED} {{", "  ipv4;", *routes, "}"])
        case RoutingDaemon.FRR:
            return _text(_frr_announced(asn, frozenset(before), frozenset(announced)))
    assert_never(daemon)


def _frr_announced(asn: int, old: frozenset[IPv4Network], new: frozenset[IPv4Network]) -> list[str]:
    return [
        f"router bgp {asn}",
        " address-family ipv4 unicast",
        *(f"  no network {prefix}" for prefix in sorted(old - new)),
        *(f"  network {prefix}" for prefix in sorted(new - old)),
        " exit-address-family",
        "exit",
    ]


def _bird(routing: Routing) -> list[str]:
    devices = [session.device for session in routing.sessions]
    lines = _bird_frame(routing.router_id, f'source = RTS_BGP || proto = "{_CLOUD}"')
    if routing.speaker.has_bfd:
        lines += ["protocol bfd {", *(f'  interface "{each}" {_BIRD_BFD};' for each in devices)]
        lines += ["}"]
    lines += [f'include "{ANNOUNCED}";']
    for session in routing.sessions:
        lines += _bird_session(routing, session)
    if routing.cloud_prefixes:
        lines += _bird_cloud(routing.cloud_prefixes, devices)
    return lines


def _bird_frame(router_id: IPv4Address, exported: str) -> list[str]:
    return [
        f"router id {router_id};",
        "protocol device {",
        "  scan time 10;",
        "}",
        "protocol kernel {",
        "  merge paths on;",
        "  ipv4 {",
        "    import none;",
        f"    export where {exported};",
        "  };",
        "}",
    ]


def _bird_cloud(prefixes: Sequence[IPv4Network], devices: Sequence[str]) -> list[str]:
    hops = " ".join(f'via "{device}"' for device in devices)
    return [
        f"protocol static {_CLOUD} {{",
        "  check link yes;",
        "  ipv4;",
        *(f"  route {prefix} {hops};" for prefix in prefixes),
        "}",
    ]


def _bird_session(routing: Routing, session: Session) -> list[str]:
    speaker, values = routing.speaker, session.bgp
    return [
        f"protocol bgp {session.device} {{",
        f"  local {values.local_address} as {routing.asn};",
        f"  neighbor {values.peer_address} as {values.peer_asn};",
        f'  interface "{session.device}";',
        f"  hold time {bgp.HOLD_SECONDS};",
        f"  keepalive time {bgp.KEEPALIVE_SECONDS};",
        "  connect delay time 1;",
        "  connect retry time 1;",
        "  error wait time 1, 2;",
        *(["  bfd on;"] if speaker.has_bfd else []),
        *([f"  password {_bird_key(speaker.key)};"] if speaker.key else []),
        "  ipv4 {",
        "    import all;",
        f'    export where proto = "{_ANNOUNCED}";',
        "  };",
        "}",
    ]


def _bird_key(key: BgpKey) -> str:
    text = key.reveal()
    if '"' in text:
        raise BadKey(
            "BIRD cannot read a key with a quotation mark; choose another key, or FRR as daemon."
        )
    return f'"{text}"'


def _frr(routing: Routing) -> list[str]:
    speaker = routing.speaker
    lines = [
        # The kernel drops next hop objects with the carrier; FRR 8.4 does not bring all back.
        "no zebra nexthop kernel enable",
    ]
    lines += [
        f"ip route {prefix} {session.device}"
        for prefix in routing.cloud_prefixes
        for session in routing.sessions
    ]
    if speaker.has_bfd:
        lines += ["bfd", *_FRR_BFD_PROFILE, "exit"]
    lines += [
        f"router bgp {routing.asn}",
        f" bgp router-id {routing.router_id}",
        " no bgp ebgp-requires-policy",
        " no bgp network import-check",
        f" timers bgp {bgp.KEEPALIVE_SECONDS} {bgp.HOLD_SECONDS}",
    ]
    for session in routing.sessions:
        lines += _frr_neighbor(speaker, session.bgp)
    lines += [
        " address-family ipv4 unicast",
        f"  maximum-paths {len(routing.sessions)}",
        " exit-address-family",
        "exit",
    ]
    return lines


def _frr_neighbor(speaker: Speaker, values: peer_configuration.PeerBgp) -> list[str]:
    start = f" neighbor {values.peer_address}"
    return [
        f"{start} remote-as {values.peer_asn}",
        f"{start} update-source {values.local_address}",
        f"{start} timers connect 1",
        *([f"{start} bfd", f"{start} bfd profile tunnel"] if speaker.has_bfd else []),
        *([f"{start} password {speaker.key.reveal()}"] if speaker.key else []),
    ]


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
