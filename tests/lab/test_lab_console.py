"""The manual's journey through the console, with real tunnels, in Japanese and in English.

Create with "Bind CEN", configure the data center with what the dialog shows, watch both tunnels
come up, show a key, break one side, read the reason, repair it, enable BGP, delete. Granting is
for connections that are attached to nothing; tests/browser does that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from futago.devices import overrides, peer_configuration
from futago.lab import device, record, wait
from futago.testing import browsing, lab_traffic, labs

if TYPE_CHECKING:
    from playwright import sync_api

pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with browsing.chromium() as running:
        yield running


class Journey:
    """One person, one language, one data center."""

    def __init__(self, rig: labs.Rig, site: record.Site, visitor: browsing.Visitor) -> None:
        self.rig = rig
        self.site = site
        self.visitor = visitor
        self.page = visitor.page
        self.said = visitor.said
        self.connection_id = ""

    def panel(self, index: int) -> sync_api.Locator:
        return self.page.get_by_test_id(f"tunnel-{index}")

    def create(self, name: str) -> None:
        said, visitor = self.said["wizard"], self.visitor
        visitor.goto("connections")
        self.page.get_by_role("link", name=self.said["list"]["bindCen"]).first.click()
        visitor.fill(said["name"], name)
        visitor.choose(said["cen"], self._cen())
        self.page.get_by_test_id("router").get_by_text(self.rig.frame.router_id).wait_for()
        visitor.next_step(said["next"])
        for index, address in enumerate(self.site.addresses):
            self._new_gateway(index, f"{name}-{index + 1}", str(address))
        visitor.next_step(said["next"])
        visitor.next_step(said["next"])
        visitor.keep("journey-review")
        visitor.press(said["submit"])
        go = self.page.get_by_role("link", name=said["toConnection"])
        go.wait_for()
        href = go.get_attribute("href") or ""
        self.connection_id = href.rsplit("/", 1)[1]

    def _cen(self) -> str:
        listed = self.rig.cloud.call("ListTransitRouters", TransitRouterId=self.rig.frame.router_id)
        cen_id: str = listed["TransitRouters"][0]["CenId"]
        return cen_id

    def _new_gateway(self, index: int, name: str, address: str) -> None:
        said = self.said
        self.page.get_by_role("button", name=said["wizard"]["newGateway"]).nth(index).click()
        dialog = self.visitor.dialog()
        self.visitor.fill(said["common"]["name"], name, dialog)
        self.visitor.fill(said["gateways"]["ip"], address, dialog)
        self.visitor.fill(said["gateways"]["asn"], "65010", dialog)
        self.visitor.press(said["common"]["create"], dialog)
        dialog.wait_for(state="detached")

    def configure(self) -> None:
        """Give the data center's device what the dialog shows."""
        self.wait_attached()
        self.visitor.press(self.said["connection"]["download"])
        dialog = self.visitor.dialog()
        shown = dialog.locator("pre").text_content() or ""
        document = {"VpnConnectionConfig": json.loads(shown)}
        parsed = overrides.apply(peer_configuration.parse(document), ())
        with record.locked(self.rig.directory) as known:
            habits = device.Habits(cloud_prefixes=(labs.VPC_PREFIX,))
            device.apply(known, self.site, parsed, habits)
        self.visitor.press(self.said["common"]["close"], dialog)

    def wait_attached(self) -> None:
        wait.eventually(
            lambda: self.rig.cloud.connection(self.connection_id)["State"] == "attached",
            within=labs.SETTLE_SECONDS,
        )

    def wait_both_up(self) -> None:
        self.page.get_by_text(self.said["wizard"]["progressDone"]).wait_for()

    def add_route(self) -> None:
        said = self.said
        self.page.get_by_role("tab", name=said["connection"]["tabRoutes"], exact=True).click()
        self.visitor.press(said["routes"]["add"])
        dialog = self.visitor.dialog()
        self.visitor.fill(said["routes"]["prefix"], str(self.site.network), dialog)
        self.visitor.press(said["common"]["add"], dialog)
        self.visitor.see(said["routes"]["published"])
        self.page.get_by_role("tab", name=said["connection"]["tabTunnels"], exact=True).click()

    def wait_traffic(self) -> None:
        wait.eventually(
            lambda: (
                lab_traffic.ping(self.site.host, self.rig.frame.host.address) == lab_traffic.PINGS
            ),
            within=labs.SETTLE_SECONDS,
        )

    def reveal(self, index: int) -> str:
        said = self.said["connection"]
        panel = self.panel(index)
        panel.get_by_role("button", name=f"{said['showPsk']}: {said['psk']}").click()
        shown = panel.get_by_test_id("psk")
        wait.eventually(lambda: "•" not in (shown.text_content() or "•"), within=20)
        return shown.text_content() or ""

    def set_key(self, index: int, key: str) -> None:
        said = self.said
        self.panel(index).get_by_role("button").first.click()
        dialog = self.visitor.dialog()
        self.visitor.fill(said["wizard"]["psk"], key, dialog)
        self.visitor.press(said["common"]["save"], dialog)
        dialog.wait_for(state="detached")

    def enable_bgp(self) -> None:
        said = self.said
        self.visitor.press(said["connection"]["enableBgp"])
        dialog = self.visitor.dialog()
        for index in (0, 1):
            number = 10 * int(str(self.site.addresses[0]).split(".")[-1]) + index
            cidr, address = f"169.254.{number % 200 + 20}.0/30", f"169.254.{number % 200 + 20}.1"
            dialog.get_by_label(said["wizard"]["tunnelCidr"]).nth(index).fill(cidr)
            dialog.get_by_label(said["wizard"]["localBgpIp"]).nth(index).fill(address)
        self.visitor.press(said["connection"]["enableBgp"], dialog)
        dialog.wait_for(state="detached")
        self.panel(1).get_by_text(said["connection"]["localBgpIp"]).wait_for()

    def delete(self, name: str) -> None:
        said = self.said
        self.visitor.press(said["connection"]["delete"])
        self.visitor.press(said["common"]["delete"], self.visitor.dialog())
        self.visitor.see(said["list"]["description"])
        self.page.get_by_text(name, exact=True).first.wait_for(state="detached")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_journey_of_the_manual(rig: labs.Rig, browser: sync_api.Browser, language: str) -> None:
    site = rig.new_site()
    name = f"journey-{language}"
    lab = rig.lab
    with browsing.visit(browser, lab.console_url, language) as visitor:
        visitor.log_in(lab.console_password)
        journey = Journey(rig, site, visitor)
        journey.create(name)
        journey.configure()
        journey.wait_both_up()
        visitor.keep("journey-up")
        visitor.goto(f"connections/{journey.connection_id}")
        journey.add_route()
        journey.wait_traffic()
        _break_and_repair(journey)
        journey.enable_bgp()
        visitor.keep("journey-bgp")
        journey.delete(name)
        assert visitor.complaints == []
    _tidy(rig, site)


def _break_and_repair(journey: Journey) -> None:
    """Break tunnel 2 by its key, read why, and repair it; tunnel 1 carries on."""
    said: dict[str, Any] = journey.said
    key = journey.reveal(2)
    assert len(key) == 16
    up = said["states"]["phase2"]
    journey.panel(2).get_by_text(up).wait_for()
    journey.set_key(2, "another-key-than-theirs")
    # Which one depends on who starts: the refused end does not learn what was wrong.
    told = [said["reasons"][code] for code in ("PskMismatch", "PskOrPeerIdMismatch")]
    reason = journey.panel(2).get_by_text(re.compile("|".join(each[0] for each in told)))
    reason.wait_for()
    journey.panel(2).get_by_text(re.compile("|".join(each[1] for each in told))).wait_for()
    journey.panel(1).get_by_text(up).wait_for()
    journey.visitor.keep("journey-broken")
    journey.wait_traffic()
    journey.set_key(2, key)
    journey.panel(2).get_by_text(up).wait_for()
    reason.wait_for(state="detached")


def _tidy(rig: labs.Rig, site: record.Site) -> None:
    listed = rig.cloud.call("DescribeCustomerGateways", PageSize=50)
    for each in listed["CustomerGateways"]["CustomerGateway"]:
        if each["IpAddress"] in {str(address) for address in site.addresses}:
            rig.cloud.call("DeleteCustomerGateway", CustomerGatewayId=each["CustomerGatewayId"])
    device.stop(rig.lab, site)
