"""Setup: from the attach call to the second installed child SA, beside the same steps by hand.

The site's device waits for either side with the same configuration, and tells by its daemons'
events when it has the child SAs.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable, Iterator

import bare
import cloud
import devices
import figures
import laboratory
import scene

from futago.lab import record

NAMES = ("setup.attach_to_up_s", "setup.ratio_to_bare", "setup.bare_s")
ROUNDS = 15


def run(_wanted: figures.Wanted) -> Iterator[figures.Figure]:
    """Measure both alternately."""
    with laboratory.laboratory() as lab, contextlib.closing(cloud.Cloud(lab)) as api:
        ours, by_hand = _rounds(lab, api)
    ours_s, by_hand_s = statistics.median(ours), statistics.median(by_hand)
    yield figures.Figure(name=NAMES[0], value=ours_s, unit="s", goal=2.0)
    yield figures.Figure(name=NAMES[1], value=ours_s / by_hand_s, unit="", goal=3.0)
    yield figures.Figure(name=NAMES[2], value=by_hand_s, unit="s")


def _rounds(lab: record.Lab, api: cloud.Cloud) -> tuple[list[float], list[float]]:
    site = lab.sites[0]
    devices.apply(lab, site)
    by_hand = bare.BareGateway(lab, site)
    router = scene.create_router(api)
    gateways = scene.create_gateways(api, [str(each) for each in site.addresses])
    first, second = _Ours(api, router, gateways), _ByHand(by_hand)
    measured: dict[str, list[float]] = {"ours": [], "bare": []}
    # The first of each is a warm-up.
    for number in range(ROUNDS + 1):
        for name, side in (("ours", first), ("bare", second)):
            side.prepare()
            seconds = devices.seconds_until_up(lab, site, side.start)
            side.remove()
            devices.wait_until_down(lab, site)
            if number:
                measured[name].append(seconds)
        if number:
            laboratory.say(
                f"round {number} of {ROUNDS}: attached and up in {measured['ours'][-1]:.3f} s, "
                f"by hand in {measured['bare'][-1]:.3f} s"
            )
    return measured["ours"], measured["bare"]


class _Ours:
    def __init__(self, api: cloud.Cloud, router: scene.Router, gateways: list[str]) -> None:
        self._api = api
        self._router = router
        self._gateways = gateways
        self._connection = self._attachment = ""

    def prepare(self) -> None:
        self._connection = scene.create_connection(self._api, self._gateways)

    def start(self) -> None:
        self._attachment = scene.attach(self._api, self._router, self._connection)

    def remove(self) -> None:
        cloud.until(lambda: self._api.is_attached(self._connection), "the connection is attached")
        scene.detach(self._api, self._attachment, self._connection)


class _ByHand:
    def __init__(self, gateway: bare.BareGateway) -> None:
        self.start: Callable[[], None] = gateway.set_up
        self.remove: Callable[[], None] = gateway.tear_down

    def prepare(self) -> None:
        """Nothing: the script makes everything but the router."""
