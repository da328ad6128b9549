"""Whether a connection would survive the loss of one tunnel, item by item. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from futago.domain import health

_MEGABIT: Final = 1_000_000


class ItemName(StrEnum):
    """What is looked at."""

    TUNNELS = "tunnels"
    ZONES = "zones"
    CUSTOMER_GATEWAYS = "customerGateways"
    HEADROOM = "headroom"
    BGP = "bgp"


class Verdict(StrEnum):
    """What was found, from best to worst but for the last."""

    OK = "ok"
    WARNING = "warning"
    """It works; one fault more than necessary is common to both tunnels."""
    FAILED = "failed"
    """The loss of a tunnel would be felt."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What matters of one tunnel."""

    index: int
    state: health.Health
    zone_id: str | None
    customer_gateway_id: str
    peer_address: str
    bgp: health.Value
    received_bps: int | None = None
    sent_bps: int | None = None
    rate_bps: int | None = None
    """What the shaper lets in now: so much it carries at least."""
    capacity_bps: int | None = None
    """What it got done when it was last seen to fall behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One finding."""

    name: ItemName
    verdict: Verdict
    message: str
    remedy: str = ""
    """Empty where nothing has to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """All findings about a connection."""

    items: tuple[Item, ...]

    @property
    def verdict(self) -> Verdict:
        """Give the worst; what is not known is worse than a warning."""
        found = {item.verdict for item in self.items}
        order = (Verdict.FAILED, Verdict.UNKNOWN, Verdict.WARNING)
        return next((each for each in order if each in found), Verdict.OK)


def assess(members: Sequence[Member], *, has_bgp: bool, zones_offered: int) -> Assessment:
    """Assess a connection.

    Args:
        members: Its tunnels.
        has_bgp: BGP is on.
        zones_offered: How many zones the region has.
    """
    items = [
        _tunnels(members),
        _zones(members, zones_offered),
        _gateways(members),
        _headroom(members),
    ]
    if has_bgp:
        items.append(_sessions(members))
    return Assessment(items=tuple(items))


def _tunnels(members: Sequence[Member]) -> Item:
    name = ItemName.TUNNELS
    usable = {health.Health.UP, health.Health.DEGRADED}
    if all(each.state in usable for each in members):
        return Item(name=name, verdict=Verdict.OK, message="Both tunnels pass packets.")
    down = [each.index for each in members if each.state is health.Health.DOWN]
    if down:
        return Item(
            name=name,
            verdict=Verdict.FAILED,
            message=f"{_tunnels_named(down)} down.",
            remedy="Look at the causes of the tunnel and at the reasons of its negotiation.",
        )
    unsure = [each.index for each in members if each.state not in usable]
    return Item(
        name=name,
        verdict=Verdict.UNKNOWN,
        message=f"Nothing proves that {_tunnels_named(unsure).lower()} up.",
        remedy="Set a probe target or enable DPD or BGP, so that silence can be told from death.",
    )


def _tunnels_named(indexes: Sequence[int]) -> str:
    numbers = " and ".join(map(str, indexes))
    return f"Tunnel {numbers} is" if len(indexes) == 1 else f"Tunnels {numbers} are"


def _zones(members: Sequence[Member], zones_offered: int) -> Item:
    name = ItemName.ZONES
    found = {each.zone_id for each in members}
    if None in found:
        return Item(
            name=name,
            verdict=Verdict.UNKNOWN,
            message="The tunnels have no zone yet.",
            remedy="Attach the connection to a transit router.",
        )
    if len(found) > 1:
        return Item(name=name, verdict=Verdict.OK, message="The tunnels are in different zones.")
    remedy = (
        "Detach the connection and attach it again: new tunnels are placed in two zones."
        if zones_offered > 1
        else "Have the installation offer a second zone, then attach the connection again."
    )
    return Item(
        name=name,
        verdict=Verdict.WARNING,
        message=f"Both tunnels are in zone {next(iter(found))}: its loss ends both.",
        remedy=remedy,
    )


def _gateways(members: Sequence[Member]) -> Item:
    name = ItemName.CUSTOMER_GATEWAYS
    if len({each.customer_gateway_id for each in members}) == 1:
        what = f"Both tunnels lead to customer gateway {members[0].customer_gateway_id}"
    elif len({each.peer_address for each in members}) == 1:
        what = f"Both customer gateways have the address {members[0].peer_address}"
    else:
        message = "The tunnels lead to different customer gateways."
        return Item(name=name, verdict=Verdict.OK, message=message)
    return Item(
        name=name,
        verdict=Verdict.WARNING,
        message=f"{what}: its loss ends both.",
        remedy="Give the second tunnel a customer gateway with another address, on another device.",
    )


def _headroom(members: Sequence[Member]) -> Item:
    name = ItemName.HEADROOM
    loads = [_load(each) for each in members]
    carried = [each for each in loads if each is not None]
    rooms = [each.capacity_bps or each.rate_bps for each in members]
    known = [each for each in rooms if each is not None]
    if not carried or not known:
        return Item(
            name=name,
            verdict=Verdict.UNKNOWN,
            message="The load of the tunnels has not been measured yet.",
            remedy="Wait until a tunnel is up; its load is measured all the time.",
        )
    load, room = sum(carried), min(known)
    is_measured = all(each.capacity_bps is not None for each in members)
    words = f"Together the tunnels carry {_megabits(load)}; one of them can carry"
    if load <= room:
        exactly = "" if is_measured else " at least"
        message = f"{words}{exactly} {_megabits(room)}."
        return Item(name=name, verdict=Verdict.OK, message=message)
    if any(each.capacity_bps is not None and load > each.capacity_bps for each in members):
        return Item(
            name=name,
            verdict=Verdict.FAILED,
            message=f"{words} {_megabits(room)}, as measured under load.",
            remedy="Reduce the traffic or spread it over a further connection.",
        )
    return Item(
        name=name,
        verdict=Verdict.UNKNOWN,
        message=f"{words} {_megabits(room)} for certain; more has not been tried yet.",
        remedy="Nothing has to be done unless the traffic grows: the limit is raised under load.",
    )


def _load(member: Member) -> int | None:
    """Give the busier direction."""
    if member.received_bps is None and member.sent_bps is None:
        return None
    return max(member.received_bps or 0, member.sent_bps or 0)


def _megabits(bits_per_second: int) -> str:
    return f"{bits_per_second / _MEGABIT:.1f} Mbit/s"


def _sessions(members: Sequence[Member]) -> Item:
    name = ItemName.BGP
    found = [each.bgp for each in members]
    if all(each is health.Value.UP for each in found):
        message = "BGP is established in both tunnels."
        return Item(name=name, verdict=Verdict.OK, message=message)
    ill = [each.index for each in members if each.bgp is not health.Value.UP]
    is_down = health.Value.DOWN in found
    numbers = " and ".join(map(str, ill))
    what = "is not established" if is_down else "is not known to be established"
    return Item(
        name=name,
        verdict=Verdict.FAILED if is_down else Verdict.UNKNOWN,
        message=f"BGP {what} in tunnel {numbers}: it would take over no routes.",
        remedy="Look at DescribeBgpSessions, which names what is wrong with a session.",
    )
