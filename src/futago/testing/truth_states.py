"""The scripted fault states of the truth suite: what is done, and what must be said of it.

Where a probe target, BFD or traffic gives proof, the status has to be right within two seconds;
elsewhere dead peer detection decides within thirty, and what nothing proves is unknown by then.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from signal import SIGCONT, SIGKILL, SIGSTOP
from typing import Final

from futago.domain.health import Health
from futago.lab import netns, record
from futago.testing import lab_processes, truth_beds

PROOF_SECONDS: Final = 2.0
DPD_SECONDS: Final = 30.0
COME_BACK_SECONDS: Final = 15.0
"""Until a process that was killed works again."""
UNKNOWN_SECONDS: Final = 31.0
"""Thirty since the last sign of life, and a moment to be told."""

DOWN: Final = frozenset({Health.DOWN})
NOT_UP: Final = frozenset({Health.DOWN, Health.UNKNOWN})
UNKNOWN: Final = frozenset({Health.UNKNOWN})
DEGRADED: Final = frozenset({Health.DEGRADED})
UP: Final = frozenset({Health.UP})
ANY: Final = frozenset(Health)
"""Packets pass every other second: whatever is said needs a fresh proof, and nothing more."""
OUTSIDE, INSIDE = record.Where.OUTSIDE, record.Where.INSIDE

Act = Callable[[truth_beds.Bed, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One fault of one tunnel, or (tunnel 0) of a connection."""

    name: str
    strike: Act
    wanted: frozenset[Health]
    within: float = PROOF_SECONDS
    """Seconds after the fault."""
    lasts: bool = True
    """The status stays as wanted until the fault is mended."""
    mend: Act | None = None
    """None: nothing is mended, and the tunnel is not looked at again."""


def _nothing(_bed: truth_beds.Bed, _number: int) -> None:
    """The fault has been there from the start."""


def _cut(bed: truth_beds.Bed, number: int, where: record.Where = OUTSIDE) -> None:
    bed.cut(number, where)


def _cut_both(bed: truth_beds.Bed, _number: int) -> None:
    bed.cut(1)
    bed.cut(2)


def _cut_first(bed: truth_beds.Bed, _number: int) -> None:
    bed.cut(1)


def _mend(bed: truth_beds.Bed, number: int) -> None:
    for each in (number,) if number else (1, 2):
        bed.mend(each)


def _filter(rule: str) -> Act:
    return lambda bed, number: bed.filter(number, rule)


def _unfilter(bed: truth_beds.Bed, number: int) -> None:
    bed.unfilter(number)


def _freeze_peer(bed: truth_beds.Bed, number: int) -> None:
    bed.peer_signal(number, SIGSTOP)


def _thaw_peer(bed: truth_beds.Bed, number: int) -> None:
    bed.peer_signal(number, SIGCONT)


def _kill_peer(bed: truth_beds.Bed, number: int) -> None:
    bed.kill_peer(number)


def _revive_peer(bed: truth_beds.Bed, _number: int) -> None:
    bed.revive_peer()


def thaw_own(bed: truth_beds.Bed, number: int) -> None:
    """Let the gateway's IKE daemon go on."""
    _signal_own(bed, number, is_thaw=True)


def _signal_own(bed: truth_beds.Bed, number: int, *, is_thaw: bool = False) -> None:
    os.kill(bed.own_daemon(number), SIGCONT if is_thaw else SIGSTOP)


def _kill_own_and_cut(bed: truth_beds.Bed, number: int) -> None:
    # Cut, because the next daemon would negotiate anew within a second.
    bed.cut(number)
    os.kill(bed.own_daemon(number), SIGKILL)


def _delete_own_and_cut(bed: truth_beds.Bed, number: int) -> None:
    bed.cut(number)
    lab_processes.terminate(bed.rig.lab, bed.tunnel_id(number))


def _forget_at_peer(bed: truth_beds.Bed, number: int) -> None:
    bed.cut(number, INSIDE)
    bed.forget_at_peer(number)


def _take_device_down(bed: truth_beds.Bed, number: int) -> None:
    netns.ip(bed.rig.router, f"link set {bed.device(number)} down")


def _raise_device(bed: truth_beds.Bed, number: int) -> None:
    with contextlib.suppress(Exception):
        netns.ip(bed.rig.router, f"link set {bed.device(number)} up")


def _flap(bed: truth_beds.Bed, number: int) -> None:
    bed.flap(number)


def _kill_peer_routing(bed: truth_beds.Bed, _number: int) -> None:
    bed.peer_routing_signal(SIGKILL)


def _freeze_peer_routing(bed: truth_beds.Bed, _number: int) -> None:
    bed.peer_routing_signal(SIGSTOP)


def _thaw_peer_routing(bed: truth_beds.Bed, _number: int) -> None:
    bed.peer_routing_signal(SIGCONT)


def _routing(bed: truth_beds.Bed) -> int:
    return lab_processes.routing_daemon(bed.rig.lab, bed.rig.frame.router_id)


def _freeze_routing(bed: truth_beds.Bed, _number: int) -> None:
    os.kill(_routing(bed), SIGSTOP)


def _thaw_routing(bed: truth_beds.Bed, _number: int) -> None:
    os.kill(_routing(bed), SIGCONT)


def _kill_routing(bed: truth_beds.Bed, _number: int) -> None:
    os.kill(_routing(bed), SIGKILL)


def _take_vpc_down(bed: truth_beds.Bed, _number: int) -> None:
    netns.ip(bed.rig.router, f"link set {bed.vpc_device} down")


def _raise_vpc(bed: truth_beds.Bed, _number: int) -> None:
    netns.ip(bed.rig.router, f"link set {bed.vpc_device} up")


FROM_PEER: Final = 'iifname "{device}"'
TO_PEER: Final = 'oifname "{device}"'
PORT_4500: Final = f"{FROM_PEER} udp dport 4500"


def _cases(prefix: str, *found: State) -> tuple[State, ...]:
    return tuple(replace(each, name=f"{prefix}: {each.name}") for each in found)


_cut_outside = State(name="cut outside", strike=_cut, wanted=DOWN, mend=_mend)
_cut_inside = State(name="cut inside", strike=partial(_cut, where=INSIDE), wanted=DOWN, mend=_mend)
_peer_frozen = State(name="peer frozen", strike=_freeze_peer, wanted=DOWN, mend=_thaw_peer)
_peer_killed = State(name="peer killed", strike=_kill_peer, wanted=DOWN, mend=_revive_peer)
_from_peer = State(
    name="lost from the peer", strike=_filter(FROM_PEER), wanted=DOWN, mend=_unfilter
)
_to_peer = State(name="lost to the peer", strike=_filter(TO_PEER), wanted=DOWN, mend=_unfilter)
_own_frozen = State(name="own daemon frozen", strike=_signal_own, wanted=NOT_UP, mend=thaw_own)
_own_killed = State(name="own daemon killed", strike=_kill_own_and_cut, wanted=DOWN, mend=_mend)
_own_deleted = State(name="SA deleted here", strike=_delete_own_and_cut, wanted=DOWN, mend=_mend)
_peer_forgot = State(name="SA deleted there", strike=_forget_at_peer, wanted=DOWN, mend=_mend)
_port_blocked = State(
    name="UDP 4500 blocked", strike=_filter(PORT_4500), wanted=DOWN, mend=_unfilter
)
_device_down = State(
    # The agent raises it as soon as it looks at the tunnel, which may be before a probe is lost.
    name="own device down",
    strike=_take_device_down,
    wanted=ANY,
    lasts=False,
    mend=_raise_device,
)
# The watchdog replaces the daemon before its last proof is old, and the tunnel is up again.
_own_replaced = State(
    name="no DPD: own daemon frozen",
    strike=truth_beds.Bed.freeze_until_replaced,
    wanted=UP,
    within=COME_BACK_SECONDS,
)
_one_cut = State(name="one tunnel cut", strike=_cut_first, wanted=DEGRADED, mend=_mend)
_both_cut = State(name="both tunnels cut", strike=_cut_both, wanted=DOWN, mend=_mend)
# Nobody is told that a route is gone: the probes show it, and the next look repairs it.
_routes_removed = State(
    name="routes of the namespace removed",
    strike=truth_beds.Bed.remove_routes_until_repaired,
    wanted=UP,
    within=COME_BACK_SECONDS,
    lasts=False,
)
_routing_frozen = State(
    name="own routing daemon frozen", strike=_freeze_routing, wanted=DEGRADED, mend=_thaw_routing
)
_flapping = State(name="flapping", strike=_flap, wanted=ANY, lasts=False, mend=_mend)

Lane = tuple[int, tuple[State, ...]]
"""A tunnel of a bed (0: the connection) and its states, one after the other."""

PROBED_KINDS: Final = (
    truth_beds.Kind(name="probed 2", is_probed=True),
    truth_beds.Kind(name="probed 2 again", is_probed=True),
    truth_beds.Kind(name="probed 1", version="ikev1", is_probed=True),
    truth_beds.Kind(name="pair", is_probed=True),
)
# A tunnel that has died often takes long to be called up again, so lanes are short.
PROBED: Final[dict[str, tuple[Lane, ...]]] = {
    "probed 2": (
        (1, _cases("IKEv2, probed", _cut_outside, _cut_inside, _from_peer)),
        (2, _cases("IKEv2, probed", _port_blocked, _peer_forgot, _own_deleted)),
    ),
    "probed 2 again": (
        (1, _cases("IKEv2, probed", _to_peer, _own_frozen, _routes_removed, _flapping)),
        (2, _cases("IKEv2, probed", _peer_frozen, _device_down, _peer_killed, _own_killed)),
    ),
    "probed 1": (
        (1, _cases("IKEv1, probed", _cut_outside, _cut_inside, _own_frozen, _peer_killed)),
        (2, _cases("IKEv1, probed", _from_peer, _peer_frozen, _own_deleted, _own_killed)),
    ),
    "pair": ((0, (_one_cut, _both_cut)),),
}
"""States whose fault is proven at once, bed by bed."""

SHARED_KINDS: Final = (
    truth_beds.Kind(name="bgp", has_bgp=True),
    truth_beds.Kind(name="bgp again", has_bgp=True),
    truth_beds.Kind(name="beside 2", is_probed=True),
    truth_beds.Kind(name="beside 1", version="ikev1", is_probed=True),
)
SPEAKING: Final[dict[str, tuple[Lane, ...]]] = {
    "bgp": (
        (1, _cases("BGP with BFD", _cut_outside, _peer_frozen)),
        (2, _cases("BGP with BFD", _cut_inside)),
    ),
    "bgp again": (
        (
            1,
            _cases(
                "BGP with BFD",
                State(
                    name="routing of the peer frozen",
                    strike=_freeze_peer_routing,
                    wanted=DEGRADED,
                    mend=_thaw_peer_routing,
                ),
                State(
                    name="routing of the peer killed",
                    strike=_kill_peer_routing,
                    wanted=DEGRADED,
                    mend=_revive_peer,
                ),
            ),
        ),
    ),
}
"""States of connections with BGP and BFD."""

SHARED: Final[tuple[tuple[str, int, State], ...]] = (
    ("bgp", 1, _routing_frozen),
    (
        "bgp",
        1,
        State(
            name="own routing daemon killed",
            strike=_kill_routing,
            wanted=DEGRADED,
            lasts=False,
            mend=_nothing,
        ),
    ),
    (
        "beside 2",
        1,
        # A tunnel is up whatever becomes of the VPC behind it.
        State(name="VPC link down", strike=_take_vpc_down, wanted=UP, mend=_raise_vpc),
    ),
)
"""States that concern all connections, one after the other."""

Member = tuple[str, int, State]
"""Bed, tunnel, and what becomes of the tunnel."""


def _killed(role: str, within: float = PROOF_SECONDS) -> tuple[Member, ...]:
    found = tuple(
        (
            f"beside {version}",
            1,
            State(
                name=f"IKEv{version}: {role} killed while cut",
                strike=_cut,
                wanted=DOWN,
                within=within,
                mend=_mend,
            ),
        )
        for version in (1, 2)
    )
    well = State(name=f"{role} killed", strike=_nothing, wanted=UP, within=within)
    return (*found, ("beside 2", 2, well))


KILLED: Final[dict[str, tuple[Member, ...]]] = {
    "controller": _killed("controller"),
    "api": _killed("api", COME_BACK_SECONDS),
    "agent": _killed("agent", COME_BACK_SECONDS),
}
"""What is killed once its members were struck, and what has to be said of each of them."""

QUIET_KINDS: Final = (
    truth_beds.Kind(name="quiet 2", dpd=(True, False)),
    truth_beds.Kind(name="quiet 1", version="ikev1", dpd=(True, False)),
    truth_beds.Kind(name="quiet 2 again", dpd=(True, False)),
    truth_beds.Kind(name="busy", is_routed=True),
    truth_beds.Kind(
        name="wrong phase 1", changes=("tunnel1.psk=another", "tunnel2.ike_enc=aes256")
    ),
    truth_beds.Kind(
        name="wrong phase 2",
        changes=("tunnel1.esp_auth=sha512", "tunnel2.remote_ts=192.0.2.0/24"),
    ),
    truth_beds.Kind(
        name="wrong in version 1",
        version="ikev1",
        changes=("tunnel1.psk=another", "tunnel2.local_id=other.example"),
    ),
    truth_beds.Kind(name="nobody there", has_device=False),
    truth_beds.Kind(name="unattached", is_attached=False),
)


def _long(name: str, strike: Act, wanted: frozenset[Health], within: float) -> State:
    return State(name=name, strike=strike, wanted=wanted, within=within)


def _wrong(name: str) -> State:
    return State(name=name, strike=_nothing, wanted=DOWN, within=PROOF_SECONDS)


QUIET: Final[dict[str, tuple[Lane, ...]]] = {
    "quiet 2": (
        (1, (_long("IKEv2, DPD: cut outside", _cut, DOWN, DPD_SECONDS),)),
        # Down when a renewal was under way: its retransmissions end the SA.
        (2, (_long("IKEv2, no DPD: cut outside", _cut, NOT_UP, UNKNOWN_SECONDS),)),
    ),
    "quiet 1": (
        (1, (_long("IKEv1, DPD: peer killed", _kill_peer, DOWN, DPD_SECONDS),)),
        (2, (_long("IKEv1, no DPD: peer frozen", _freeze_peer, UNKNOWN, UNKNOWN_SECONDS),)),
    ),
    "quiet 2 again": (
        (1, (_long("IKEv2, DPD: peer frozen", _freeze_peer, DOWN, DPD_SECONDS),)),
        (2, (_own_replaced,)),
    ),
    "busy": ((1, (_long("traffic: cut outside", _cut, NOT_UP, PROOF_SECONDS),)),),
    "wrong phase 1": ((1, (_wrong("IKEv2: wrong key"),)), (2, (_wrong("IKEv2: wrong cipher"),))),
    "wrong phase 2": (
        (1, (_wrong("IKEv2: wrong hash of phase 2"),)),
        (2, (_wrong("IKEv2: wrong selectors"),)),
    ),
    "wrong in version 1": (
        (1, (_wrong("IKEv1: wrong key"),)),
        (2, (_wrong("IKEv1: wrong identity"),)),
    ),
    "nobody there": ((1, (_wrong("no peer"),)), (2, (_wrong("no peer at the other address"),))),
    "unattached": ((0, (_wrong("not attached"),)),),
}
"""States that only time shows, and such as never come up, side by side."""
