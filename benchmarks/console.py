"""The console in a browser: what the first load weighs, and how quickly pages change.

The real API over a store with a thousand connections; the node is made up. The browser's own
figures are read: bytes as they came over the wire, and the time from a press on the navigation to
the new page's rows.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import figures

from futago.services import console_passwords
from futago.testing import browsing, loopback

NAMES = ("console.first_load_kb", "console.page_change_p50_ms")
CONNECTIONS = 1000
PASSWORD = "correct horse battery"
ROUNDS = 15
# Each pair is a place in the navigation and what its page shows when it is complete.
PLACES = (("connections", "table tbody a"), ("customerGateways", "table tbody td"))
# The wire carries compressed files; what was kept by the browser weighs nothing.
WEIGHT = (
    "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
    ".filter(each => !each.name.includes('/api/'))"
    ".reduce((sum, each) => sum + each.encodedBodySize, 0)"
)
PRESS = """([name, rows]) => new Promise(resolve => {
  const link = [...document.querySelectorAll('nav a')].find(each => each.textContent === name);
  const start = performance.now();
  link.click();
  const look = () => link.getAttribute('aria-current') && document.querySelector(rows)
    ? requestAnimationFrame(() => resolve(performance.now() - start))
    : requestAnimationFrame(look);
  look();
})"""


def run(_wanted: figures.Wanted) -> Iterator[figures.Figure]:
    """Measure both in one browser."""
    with (
        tempfile.TemporaryDirectory() as directory,
        loopback.serve(Path(directory)) as served,
        browsing.chromium() as browser,
    ):
        _furnish(served.service)
        base = f"http://127.0.0.1:{served.port}/console/"
        with browsing.visit(browser, base, "ja") as visitor:
            visitor.log_in(PASSWORD)
            visitor.page.wait_for_load_state("networkidle")
            weight = float(visitor.page.evaluate(WEIGHT)) / 1000
            times = [_change(visitor) for _ in range(ROUNDS)]
    yield figures.Figure(name=NAMES[0], value=weight, unit="kB", goal=600)
    # The first visit of each page loads its script, and is left out.
    yield figures.Figure(name=NAMES[1], value=statistics.median(times[1:]), unit="ms", goal=200)


def _change(visitor: browsing.Visitor) -> float:
    taken = 0.0
    for place, rows in PLACES:
        taken += float(visitor.page.evaluate(PRESS, [visitor.said["nav"][place], rows]))
    return taken / len(PLACES)


def _furnish(service: loopback.Service) -> None:
    with service.database.begin() as unit:
        console_passwords.put(unit, service.account_id, loopback.USER, PASSWORD)
    call = loopback.caller(service)
    call("SetQuota", QuotaCode="connections-per-region", Value=CONNECTIONS)
    gateways = [
        call("CreateCustomerGateway", IpAddress=f"203.0.113.{each}", Name=f"device-{each}")
        for each in (7, 8)
    ]
    options = [
        {"TunnelIndex": each + 1, "CustomerGatewayId": made["CustomerGatewayId"]}
        for each, made in enumerate(gateways)
    ]
    for number in range(CONNECTIONS):
        call(
            "CreateVpnAttachment",
            Name=f"site-{number:04}",
            LocalSubnet="0.0.0.0/0",
            RemoteSubnet="0.0.0.0/0",
            TunnelOptionsSpecification=options,
        )
