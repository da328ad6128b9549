"""What somebody does at the console: second factor, device files, refusals, half-made things."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.browser.conftest import PASSWORD, Place

from futago.domain import one_time
from futago.services import console_factors
from futago.testing import browsing

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright import sync_api

pytestmark = pytest.mark.slow


def _code(secret: str, steps: int = 0) -> str:
    at = datetime.now(UTC) + timedelta(seconds=one_time.STEP_SECONDS * steps)
    padded = secret + "=" * (-len(secret) % 8)
    return one_time.code_of(base64.b32decode(padded), one_time.step_at(at))


def test_a_second_factor_is_added_asked_for_and_removed(
    browser: sync_api.Browser, place: Place
) -> None:
    place.call("CreateUser", UserName="careful")
    place.set_password("careful")
    with browsing.visit(browser, place.base, "ja") as visitor:
        said = visitor.said
        visitor.log_in(PASSWORD, "careful")
        _open_factor(visitor)
        visitor.fill(said["login"]["oldPassword"], PASSWORD, visitor.dialog())
        visitor.press(said["factor"]["begin"], visitor.dialog())
        shown = visitor.page.get_by_test_id("factor-secret")
        shown.wait_for()
        secret = shown.text_content() or ""
        assert visitor.page.locator("svg.qr path").get_attribute("d")
        visitor.keep("second-factor")
        assert visitor.findings() == []
        visitor.fill(said["factor"]["code"], _code(secret), visitor.dialog())
        visitor.press(said["factor"]["confirm"], visitor.dialog())
        shown.wait_for(state="detached")
        assert visitor.complaints == []
    with browsing.visit(browser, place.base, "ja") as visitor:
        _give_password(visitor, "careful")
        visitor.fill(said["factor"]["code"], _code(secret))
        visitor.press(said["login"]["submit"])
        visitor.see(said["refusals"]["Console.WrongCode"])
        visitor.keep("login-code")
        assert visitor.findings() == []
        # The next one, which the service takes early: clocks may be off.
        visitor.fill(said["factor"]["code"], _code(secret, 1))
        visitor.press(said["login"]["submit"])
        visitor.page.locator("input[name=password]").wait_for(state="detached")
        _open_factor(visitor)
        visitor.see(said["factor"]["removeWarning"])
    with place.served.service.database.begin() as unit:
        assert console_factors.remove(unit, place.served.service.account_id, "careful")


def _give_password(visitor: browsing.Visitor, user: str) -> None:
    visitor.page.goto(visitor.base)
    visitor.page.locator("input[name=user]").fill(user)
    visitor.page.locator("input[name=password]").fill(PASSWORD)
    visitor.press(visitor.said["login"]["submit"])
    visitor.page.locator("input[name=code]").wait_for()


def _open_factor(visitor: browsing.Visitor) -> None:
    visitor.page.get_by_role("button", name=visitor.said["common"]["account"]).first.click()
    visitor.page.get_by_role("menuitem", name=visitor.said["factor"]["title"]).click()


def test_a_refused_deletion_leads_to_what_holds_the_resource(
    browser: sync_api.Browser, place: Place
) -> None:
    with browsing.visit(browser, place.base, "zh") as visitor:
        said = visitor.said
        visitor.log_in(PASSWORD)
        visitor.goto("customer-gateways")
        row = visitor.page.get_by_role("row").filter(has_text="tokyo-1")
        row.get_by_role("button").click()
        visitor.page.get_by_role("menuitem", name=said["common"]["delete"]).click()
        visitor.press(said["common"]["delete"], visitor.dialog())
        visitor.see(said["refusals"]["DependencyViolation.VpnConnection"])
        visitor.keep("refused-deletion")
        visitor.dialog().get_by_role("link", name=place.connection_id).click()
        visitor.page.wait_for_url(f"**/connections/{place.connection_id}")
        visitor.see("tokyo <b>bold</b>")


def test_an_attachment_that_a_refusal_names_is_found_on_its_router(
    browser: sync_api.Browser, place: Place
) -> None:
    listed = place.call("ListTransitRouterVpnAttachments", TransitRouterId=place.router_id)
    attachment = listed["TransitRouterAttachments"][0]["TransitRouterAttachmentId"]
    with browsing.visit(browser, place.base, "en") as visitor:
        visitor.log_in(PASSWORD)
        visitor.goto(f"attachments/{attachment}")
        visitor.page.wait_for_url(f"**/routers/{place.router_id}*")
        visitor.see(attachment)


def test_files_for_a_device_are_written_and_saved(browser: sync_api.Browser, place: Place) -> None:
    with browsing.visit(browser, place.base, "en") as visitor:
        said = visitor.said
        visitor.log_in(PASSWORD)
        visitor.goto(f"connections/{place.connection_id}")
        visitor.press(said["connection"]["download"])
        dialog = visitor.dialog()
        dialog.get_by_text('"TunnelsConfig"').wait_for()
        dialog.get_by_role("button", name=re.compile(said["download"]["form"])).click()
        visitor.page.get_by_role("option").filter(has_text="strongSwan + BIRD").click()
        visitor.fill(said["download"]["cloudPrefixes"], "10.0.0.0/16", dialog)
        visitor.press(said["download"]["write"], dialog)
        dialog.get_by_text("swanctl.conf").first.wait_for()
        visitor.keep("download-device")
        with visitor.page.expect_download() as saved:
            visitor.press(said["download"]["saveAll"], dialog)
        archive = saved.value.path().read_bytes()
        assert b"swanctl.conf" in archive
        assert b"secret = 0x" in archive
        assert visitor.complaints == []


def test_a_creation_that_stops_in_the_middle_goes_on_or_is_taken_back(
    browser: sync_api.Browser, place: Place
) -> None:
    full = {"QuotaCode": "vpn-attachments-per-router"}
    place.call("SetQuota", **full, Value=1)
    try:
        with browsing.visit(browser, place.base, "en") as visitor:
            said = visitor.said
            visitor.log_in(PASSWORD)
            _begin(visitor, place, "half-made")
            visitor.see(said["wizard"]["stoppedHalf"])
            visitor.see(said["refusals"]["QuotaExceeded.CenQuotaVpnAttachPerTransitRouter"])
            visitor.keep("stopped")
            visitor.press(said["wizard"]["takeBack"])
            visitor.see(said["list"]["description"])
            assert place.call("DescribeVpnConnections", Keyword="half-made")["TotalCount"] == 0
            _begin(visitor, place, "half-made")
            visitor.see(said["wizard"]["stoppedHalf"])
            place.call("SetQuota", **full, Value=50)
            visitor.press(said["wizard"]["goOn"])
            visitor.page.get_by_text(said["wizard"]["stoppedHalf"]).wait_for(state="detached")
            (made,) = place.call("DescribeVpnConnections", Keyword="half-made")["VpnConnections"][
                "VpnConnection"
            ]
            _work(visitor, place, lambda: _is_propagated(place, made["VpnConnectionId"]))
            visitor.goto(f"connections/{made['VpnConnectionId']}")
            visitor.see("hub")
            visitor.press(said["connection"]["delete"])
            visitor.press(said["common"]["delete"], visitor.dialog())
            listed = visitor.page.get_by_text(said["list"]["description"])
            _work(visitor, place, lambda: listed.count() > 0)
    finally:
        place.call("SetQuota", **full, Value=50)


def _work(visitor: browsing.Visitor, place: Place, is_done: Callable[[], bool]) -> None:
    """Let the gateway host work until something has come about."""
    for _ in range(100):
        place.served.service.node.settle()
        if is_done():
            return
        visitor.page.wait_for_timeout(200)
    raise AssertionError("the host worked in vain")


def _is_propagated(place: Place, connection_id: str) -> bool:
    table = place.call("ListTransitRouterRouteTables", TransitRouterId=place.router_id)
    listed = place.call(
        "ListTransitRouterRouteTablePropagations",
        TransitRouterRouteTableId=table["TransitRouterRouteTables"][0]["TransitRouterRouteTableId"],
    )
    found = {each["ResourceId"]: each["Status"] for each in listed["TransitRouterPropagations"]}
    return found.get(connection_id) == "Active"


def _begin(visitor: browsing.Visitor, place: Place, name: str) -> None:
    said = visitor.said["wizard"]
    visitor.goto("connections/create")
    visitor.fill(said["name"], name)
    visitor.choose(said["cen"], "backbone")
    visitor.page.get_by_test_id("router").get_by_text(place.router_id).wait_for()
    visitor.next_step(said["next"])
    for index in (0, 1):
        visitor.page.get_by_label(said["customerGateway"]).nth(index).click()
        visitor.page.get_by_role("option").filter(has_text=f"tokyo-{index + 1}").first.click()
    visitor.next_step(said["next"])
    visitor.next_step(said["next"])
    visitor.press(said["submit"])


def test_a_limit_is_set_and_named_in_the_audit(browser: sync_api.Browser, place: Place) -> None:
    with browsing.visit(browser, place.base, "en") as visitor:
        said = visitor.said
        visitor.log_in(PASSWORD)
        visitor.goto("quotas")
        row = visitor.page.get_by_role("row").filter(has_text="vSwitches per VPC")
        row.get_by_role("button").click()
        visitor.page.get_by_role("menuitem", name=said["quotas"]["set"]).click()
        visitor.fill(said["quotas"]["value"], "25", visitor.dialog())
        visitor.press(said["common"]["save"], visitor.dialog())
        row.get_by_text("25").wait_for()
    assert place.call("ListQuotas", QuotaCode="vswitches-per-vpc")["Quotas"][0]["Value"] == 25


def test_a_webhook_tells_its_secret_once_and_is_tested_renewed_and_deleted(
    browser: sync_api.Browser, place: Place
) -> None:
    with browsing.visit(browser, place.base, "ja") as visitor:
        said = visitor.said
        visitor.log_in(PASSWORD)
        visitor.goto("webhooks")
        visitor.press(said["webhooks"]["create"])
        visitor.press(said["common"]["create"], visitor.dialog())
        visitor.see(said["rules"]["required"])
        visitor.fill(said["common"]["name"], "chat", visitor.dialog())
        visitor.fill(said["webhooks"]["url"], "https://hooks.example.com/futago", visitor.dialog())
        visitor.choose(said["webhooks"]["severities"], "CRITICAL", visitor.dialog())
        visitor.fill(said["common"]["name"], "chat", visitor.dialog())  # Closes the list.
        visitor.keep("webhook-create")
        visitor.press(said["common"]["create"], visitor.dialog())
        first = _read_secret(visitor)
        visitor.keep("webhook-secret")
        assert visitor.findings() == []
        visitor.press(said["common"]["close"], visitor.dialog())
        (made,) = place.call("ListWebhooks")["Webhooks"]
        assert (made["Name"], made["Severities"]) == ("chat", ["CRITICAL"])
        row = visitor.page.get_by_role("row").filter(has_text="hooks.example.com")
        _act_on(visitor, row, said["webhooks"]["renew"])
        second = _read_secret(visitor)
        assert first != second
        visitor.press(said["common"]["close"], visitor.dialog())
        _act_on(visitor, row, said["webhooks"]["test"])
        # Nobody delivers here: it waits.
        row.get_by_text("0 / 1").wait_for()
        visitor.keep("webhooks")
        assert visitor.page.get_by_text(second).count() == 0
        _act_on(visitor, row, said["common"]["delete"])
        row.wait_for(state="detached")
        assert visitor.complaints == []
    assert place.call("ListWebhooks")["Webhooks"] == []


def _read_secret(visitor: browsing.Visitor) -> str:
    shown = visitor.page.get_by_test_id("secret-once")
    shown.wait_for()
    secret = shown.text_content() or ""
    assert secret.startswith("whsec_")
    return secret


def _act_on(visitor: browsing.Visitor, row: sync_api.Locator, action: str) -> None:
    """Choose an action of a row, and confirm it."""
    row.get_by_role("button").click()
    visitor.page.get_by_role("menuitem", name=action).click()
    visitor.press(action, visitor.dialog())
