"""Runs the fault states of the truth suite, and compares what is said with what is so.

One reader asks for the health of all connections again and again; every answer is judged. While a
state lasts, its answers have to be right from its deadline on; and no answer at any time may call
up what nothing has proven for half a minute.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass, field
from typing import Any, Final

from futago.domain import health
from futago.lab import client, wait
from futago.testing import lab_failover, lab_processes, labs, truth_beds, truth_states

READ_SECONDS: Final = 0.15
HOLD_SECONDS: Final = 1.0
"""How long a state is watched after it was told rightly."""
LATEST_SECONDS: Final = 30.0
"""How long a status may be late before the suite gives up waiting for it."""
COME_UP_SECONDS: Final = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one state."""

    name: str
    seconds: float
    """From the fault to the right status."""
    within: float
    complaint: str = ""
    """What was said wrongly; empty when nothing was."""

    def __str__(self) -> str:
        return f"{self.name}: {self.seconds:.2f} of {self.within:g} s {self.complaint}".rstrip()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said at a moment."""

    began: float
    ended: float
    said: Mapping[str, str]
    """Tunnel or connection to health."""
    ages: Mapping[str, float]
    """Tunnel to the age of its proof, while it is up."""
    whole: frozenset[str]
    """Tunnels and connections that are up by all that can prove it: no fact is unknown."""


@dataclass
class Reader:
    """Asks all the time, in a thread."""

    rig: labs.Rig
    answers: list[Answer] = field(default_factory=list)
    lies: list[str] = field(default_factory=list)
    """What was called up without a fresh proof."""
    ages: list[float] = field(default_factory=list)
    """Of the last sign of life of the nodes at each answer: how old a status can be."""
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Read for the time of a block."""
        thread = threading.Thread(target=self._run, name="truth")
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def last(self) -> Answer | None:
        """Give the last answer."""
        return self.answers[-1] if self.answers else None

    def _run(self) -> None:
        while not self._ended.wait(READ_SECONDS):
            began = time.monotonic()
            with contextlib.suppress(client.Unreachable, client.Refused):
                shown = self.rig.cloud.call("DescribeConnectionHealth", MaxResults=100)
                self._take(began, shown["Connections"])

    def _take(self, began: float, shown: Sequence[Any]) -> None:
        said: dict[str, str] = {}
        ages: dict[str, float] = {}
        whole: set[str] = set()
        for connection in shown:
            said[connection["VpnConnectionId"]] = connection["Health"]
            for tunnel in connection["Tunnels"]:
                said[tunnel["TunnelId"]] = tunnel["Health"]
                self._check(tunnel, ages)
            members = {each["TunnelId"] for each in connection["Tunnels"] if _is_whole(each)}
            whole |= members
            if len(members) == len(connection["Tunnels"]):
                whole.add(connection["VpnConnectionId"])
        self.answers.append(Answer(began, time.monotonic(), said, ages, frozenset(whole)))

    def _check(self, tunnel: Any, ages: dict[str, float]) -> None:
        limit = health.PROOF_LASTS.total_seconds()
        for fact in tunnel["Facts"]:
            age = fact["EvidenceAgeSeconds"]
            if fact["Evidence"] == health.Evidence.DAEMON.value and age is not None:
                self.ages.append(age)
            if fact["Value"] != health.Value.UP.value:
                continue
            if age is None or age > limit:
                self.lies.append(f"{tunnel['TunnelId']}: {fact}")
        if tunnel["Health"] == health.Health.UP.value:
            ages[tunnel["TunnelId"]] = max(
                each["EvidenceAgeSeconds"] or 0 for each in tunnel["Facts"][:2]
            )


def _is_whole(tunnel: Any) -> bool:
    well = (health.Value.UP.value, health.Value.ABSENT.value)
    is_proven = all(fact["Value"] in well for fact in tunnel["Facts"])
    return is_proven and tunnel["Health"] == health.Health.UP.value


@dataclass(frozen=True, slots=True)
class Report:
    """What became of all states."""

    outcomes: tuple[Outcome, ...]
    lies: tuple[str, ...]
    status_ages: tuple[float, ...]


def run_told(rig: labs.Rig) -> Report:
    """Run the states of single connections: those that are proven at once, and those that wait."""
    kinds = (*truth_states.PROBED_KINDS, *truth_states.QUIET_KINDS)
    with _watched(rig, kinds) as (reader, beds):
        busy = lab_failover.Failover(rig, beds["busy"].peering)
        with busy.echo(), busy.flows():
            outcomes = _lanes(reader, beds, {**truth_states.PROBED, **truth_states.QUIET})
    return _report(reader, outcomes)


def run_shared(rig: labs.Rig) -> Report:
    """Run the states of BGP, and those of processes that all connections share."""
    with _watched(rig, truth_states.SHARED_KINDS) as (reader, beds):
        outcomes = _lanes(reader, beds, truth_states.SPEAKING)
        for name, number, state in truth_states.SHARED:
            outcomes.append(_one(reader, beds[name], number, state))
        for role, members in truth_states.KILLED.items():
            outcomes += _together(reader, beds, role, members)
    return _report(reader, outcomes)


@contextlib.contextmanager
def _watched(
    rig: labs.Rig, kinds: Iterable[truth_beds.Kind]
) -> Iterator[tuple[Reader, dict[str, truth_beds.Bed]]]:
    """Make beds, wait until those that can be are up, and read all the time meanwhile."""
    beds = truth_beds.make_all(rig, kinds)
    reader = Reader(rig)
    try:
        with reader.running():
            wait_up(reader, [bed for bed in beds.values() if not _is_ill(bed.kind)])
            yield reader, beds
    finally:
        _thaw(beds)
        truth_beds.remove_all(beds.values())


def _report(reader: Reader, outcomes: Sequence[Outcome]) -> Report:
    return Report(tuple(outcomes), tuple(reader.lies), tuple(reader.ages))


def _is_ill(kind: truth_beds.Kind) -> bool:
    return bool(kind.changes) or not (kind.has_device and kind.is_attached)


def wait_up(reader: Reader, beds: Iterable[truth_beds.Bed]) -> None:
    """Wait until connections are up, and what can prove it of them does: a target answers."""
    wanted = [bed.peering.connection_id for bed in beds]
    for connection_id in wanted:
        wait.eventually(
            lambda connection_id=connection_id: _is_well(reader, connection_id),  # type: ignore[misc]
            within=COME_UP_SECONDS,
        )


def _is_well(reader: Reader, resource_id: str) -> bool:
    last = reader.last()
    return last is not None and resource_id in last.whole


def _says(reader: Reader, resource_id: str) -> str:
    last = reader.last()
    return last.said.get(resource_id, "") if last else ""


def _lanes(
    reader: Reader,
    beds: Mapping[str, truth_beds.Bed],
    wanted: Mapping[str, tuple[truth_states.Lane, ...]],
) -> list[Outcome]:
    """Run all lanes side by side, and the states of each one after the other."""
    lanes = [(beds[name], lane) for name, several in wanted.items() for lane in several]
    with futures.ThreadPoolExecutor(len(lanes)) as pool:
        running = [pool.submit(_lane, reader, bed, lane) for bed, lane in lanes]
        return [outcome for each in running for outcome in each.result()]


def _lane(reader: Reader, bed: truth_beds.Bed, lane: truth_states.Lane) -> list[Outcome]:
    number, states = lane
    return [_one(reader, bed, number, state) for state in states]


def _together(
    reader: Reader,
    beds: Mapping[str, truth_beds.Bed],
    role: str,
    members: Sequence[truth_states.Member],
) -> list[Outcome]:
    """Strike several tunnels, kill a role of Futago, and judge what is said of each tunnel."""
    for name, number, state in members:
        state.strike(beds[name], number)
    lab_processes.kill_role(reader.rig.lab, role)
    struck = time.monotonic()
    with futures.ThreadPoolExecutor(len(members)) as pool:
        judged = [
            pool.submit(_judged, reader, beds[name], number, state, struck)
            for name, number, state in members
        ]
        return [each.result() for each in judged]


def _one(reader: Reader, bed: truth_beds.Bed, number: int, state: truth_states.State) -> Outcome:
    """Provoke one state and judge what is said of it."""
    state.strike(bed, number)
    return _judged(reader, bed, number, state, time.monotonic())


def _judged(
    reader: Reader, bed: truth_beds.Bed, number: int, state: truth_states.State, struck: float
) -> Outcome:
    """Wait until a state is told rightly, watch that this stays, and mend it."""
    of = bed.tunnel_id(number) if number else bed.peering.connection_id
    wanted = {each.value for each in state.wanted}
    told = _told(reader, of, struck, wanted, state.within + LATEST_SECONDS)
    seconds = (told.ended if told else time.monotonic()) - struck
    complaint = "" if told else f"still {_says(reader, of)!r}, not {'/'.join(sorted(wanted))}"
    if told is not None and state.lasts:
        complaint = _contradiction(reader, of, told, wanted)
    if state.mend is not None:
        state.mend(bed, number)
        complaint = complaint or _never_up_again(reader, of)
    return Outcome(name=state.name, seconds=seconds, within=state.within, complaint=complaint)


def _never_up_again(reader: Reader, of: str) -> str:
    """Wait until what was mended is called up; complain when it never is."""
    try:
        wait.eventually(lambda: _is_well(reader, of), within=COME_UP_SECONDS)
    except wait.TooLate:
        return f"still {_says(reader, of)!r} after it was mended"
    return ""


def _told(reader: Reader, of: str, struck: float, wanted: set[str], within: float) -> Answer | None:
    """Wait for the first right answer to a question that was asked after the fault."""

    def look() -> Answer | None:
        return next(
            (
                each
                for each in reader.answers[-200:]
                if each.began >= struck and each.said.get(of) in wanted
            ),
            None,
        )

    with contextlib.suppress(wait.TooLate):
        return wait.eventually(look, within=within)
    return None


def _contradiction(reader: Reader, of: str, told: Answer, wanted: set[str]) -> str:
    """Watch for a while whether something else is said of a state that lasts."""
    wait.eventually(
        lambda: (last := reader.last()) is not None and last.began >= told.ended + HOLD_SECONDS,
        within=LATEST_SECONDS,
    )
    later = [each.said.get(of) for each in reader.answers if each.began > told.ended]
    wrong = [each for each in later if each not in wanted]
    return f"said {wrong[0]!r} afterwards" if wrong else ""


def _thaw(beds: Mapping[str, truth_beds.Bed]) -> None:
    """Let frozen daemons go on, so that they can be ended."""
    for bed in beds.values():
        if bed.kind.has_device and bed.kind.is_attached:
            for number in (1, 2):
                bed.mend(number)
                bed.peer_signal(number, signal.SIGCONT)
                truth_states.thaw_own(bed, number)
