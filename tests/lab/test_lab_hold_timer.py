"""A peer whose routing daemon hangs is noticed by BGP's hold timer, where there is no BFD.

Its kernel goes on: tunnels stay up and probes are answered, so nothing else can notice.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from futago.devices import linux
from futago.domain import bgp
from futago.lab import installed, netns, record, shell, wait
from futago.testing import lab_failover, lab_speakers, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

HOLD_SECONDS = 3
"""The shortest that BGP allows. Source: RFC 4271 section 4.2. The shorter of two ends counts."""


def shorten_hold_time(speaking: lab_speakers.Speaking) -> None:
    directory = installed.short_path(speaking.rig.lab, speaking.site)
    path = directory / linux.BIRD
    text = path.read_text(encoding="utf-8")
    before = f"hold time {bgp.HOLD_SECONDS};\n  keepalive time {bgp.KEEPALIVE_SECONDS};"
    assert before in text
    path.write_text(text.replace(before, f"hold time {HOLD_SECONDS};"), encoding="utf-8")
    shell.run(["birdc", "-s", str(directory / "bird.ctl"), "configure"])


@contextlib.contextmanager
def frozen(speaking: lab_speakers.Speaking) -> Iterator[None]:
    """Have the data center's routing daemon hang for the time of a block."""
    (daemon,) = (
        pid for pid in netns.processes(speaking.site.router) if netns.words_of(pid)[:1] == ("bird",)
    )
    os.kill(daemon, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(daemon, signal.SIGCONT)


def test_a_daemon_that_hangs_without_bfd_costs_its_routes_and_is_named(rig: labs.Rig) -> None:
    speaking = lab_speakers.connect(rig, record.SiteBgp(asn=lab_speakers.ASN, has_bfd=False))
    speaking.wait_up()
    shorten_hold_time(speaking)
    # Another hold time closes the sessions once.
    wait.eventually(lambda: _hold_times(speaking) == {HOLD_SECONDS}, within=labs.SETTLE_SECONDS)
    speaking.wait_up()
    with frozen(speaking):
        wait.eventually(
            lambda: not lab_traffic.route_devices(rig.router, speaking.site.network),
            within=labs.SETTLE_SECONDS,
        )
        wait.eventually(
            lambda: "BgpHoldTimerExpired" in speaking.conditions(), within=labs.SETTLE_SECONDS
        )
        failover = lab_failover.Failover(rig, speaking.peering)
        assert [each["Verdict"] for each in failover.probes()] == lab_failover.ALIVE
    speaking.wait_up()
    assert speaking.conditions() == set()
    speaking.disconnect()


def _hold_times(speaking: lab_speakers.Speaking) -> set[int]:
    """Read what the sessions of the data center have agreed upon, in seconds."""
    directory = installed.short_path(speaking.rig.lab, speaking.site)
    shown = shell.run(["birdc", "-s", str(directory / "bird.ctl"), "show protocols all"])
    lines = [line.split() for line in shown.splitlines() if "Hold timer:" in line]
    return {int(float(words[-1].rpartition("/")[2])) for words in lines}
