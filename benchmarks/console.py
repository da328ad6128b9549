"""The console in a browser: what the first load weighs, and how quickly pages change.

The real API over a store with a thousand connections, then with ten thousand; the node is made up.
The browser's own figures are read: bytes as they came over the wire, and the time from a press to
the rows that it asks for.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import figures

from futago.services import console_passwords
from futago.testing import browsing, loopback

NAMES = (
    "console.first_load_kb",
    "console.page_change_p50_ms",
    "console.long_list_first_page_p50_ms",
    "console.long_list_turn_p50_ms",
    "console.long_list_find_p50_ms",
)
CONNECTIONS = 1000
MANY_CONNECTIONS = 10_000
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


# Presses or types, and waits for the frame in which the first row is another connection.
ACT = """([where, text]) => new Promise(resolve => {
  const first = () => document.querySelector('table tbody a')?.textContent;
  const before = first();
  const start = performance.now();
  const found = document.querySelector(where);
  if (text === null) found.click();
  else {
    const write = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
    write.call(found, text);
    found.dispatchEvent(new Event('input', {bubbles: true}));
  }
  const look = () => first() && first() !== before
    ? requestAnimationFrame(() => resolve(performance.now() - start))
    : requestAnimationFrame(look);
  look();
})"""
# The clock of a page starts with its navigation.
LOADED = """rows => new Promise(resolve => {
  const look = () => document.querySelector(rows)
    ? requestAnimationFrame(() => resolve(performance.now()))
    : requestAnimationFrame(look);
  look();
})"""
NEXT = "li:last-child > button"
FILTER = "input[type=search]"


def run(wanted: figures.Wanted) -> Iterator[figures.Figure]:
    """Measure what was asked for, in one browser and one store."""
    with (
        tempfile.TemporaryDirectory() as directory,
        loopback.serve(Path(directory)) as served,
        browsing.chromium() as browser,
    ):
        with served.service.database.begin() as unit:
            console_passwords.put(unit, served.service.account_id, loopback.USER, PASSWORD)
        base = f"http://127.0.0.1:{served.port}/console/"
        _furnish(served.service, range(CONNECTIONS))
        with browsing.visit(browser, base, "ja") as visitor:
            yield from _short(visitor)
        if any(map(wanted, NAMES[2:])):
            _furnish(served.service, range(CONNECTIONS, MANY_CONNECTIONS))
            with browsing.visit(browser, base, "ja") as visitor:
                yield from _long(visitor)


def _short(visitor: browsing.Visitor) -> Iterator[figures.Figure]:
    visitor.log_in(PASSWORD)
    visitor.page.wait_for_load_state("networkidle")
    weight = float(visitor.page.evaluate(WEIGHT)) / 1000
    times = [_change(visitor) for _ in range(ROUNDS)]
    yield figures.Figure(name=NAMES[0], value=weight, unit="kB", goal=600)
    # The first visit of each page loads its script, and is left out.
    yield figures.Figure(name=NAMES[1], value=statistics.median(times[1:]), unit="ms", goal=200)


def _long(visitor: browsing.Visitor) -> Iterator[figures.Figure]:
    """Open the list of ten thousand, turn its pages, and find one connection."""
    visitor.log_in(PASSWORD)
    firsts, turns, finds = [], [], []
    for each in range(ROUNDS):
        # By its address, as from a bookmark: nothing is kept but the files of the page.
        visitor.page.goto(visitor.base + "connections", wait_until="commit")
        firsts.append(float(visitor.page.evaluate(LOADED, PLACES[0][1])))
        turns.append(_act(visitor, NEXT, None))
        finds.append(_act(visitor, FILTER, f"site-{MANY_CONNECTIONS - 1 - each:05}"))
    for name, times, goal in zip(NAMES[2:], (firsts, turns, finds), (1000, 200, 600), strict=True):
        yield figures.Figure(name=name, value=statistics.median(times), unit="ms", goal=goal)


def _open(visitor: browsing.Visitor, place: str) -> float:
    rows = dict(PLACES)[place]
    return float(visitor.page.evaluate(PRESS, [visitor.said["nav"][place], rows]))


def _act(visitor: browsing.Visitor, where: str, text: str | None) -> float:
    visitor.page.locator(where).last.wait_for()
    return float(visitor.page.evaluate(ACT, [where, text]))


def _change(visitor: browsing.Visitor) -> float:
    taken = 0.0
    for place, _rows in PLACES:
        taken += _open(visitor, place)
    return taken / len(PLACES)


def _furnish(service: loopback.Service, numbers: range) -> None:
    call = loopback.caller(service)
    call("SetQuota", QuotaCode="connections-per-region", Value=numbers.stop)
    gateways = [
        call("CreateCustomerGateway", IpAddress=f"203.0.113.{each}", Name=f"device-{each}")
        for each in (7, 8)
        if numbers.start == 0
    ] or call("DescribeCustomerGateways")["CustomerGateways"]["CustomerGateway"]
    options = [
        {"TunnelIndex": each + 1, "CustomerGatewayId": made["CustomerGatewayId"]}
        for each, made in enumerate(gateways)
    ]
    for number in numbers:
        call(
            "CreateVpnAttachment",
            Name=f"site-{number:05}",
            LocalSubnet="0.0.0.0/0",
            RemoteSubnet="0.0.0.0/0",
            TunnelOptionsSpecification=options,
        )
