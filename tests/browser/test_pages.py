"""Every page in a browser: it shows, it can be used without eyes, and nothing is complained of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.browser.conftest import PASSWORD, Place

from futago.testing import browsing

if TYPE_CHECKING:
    from playwright import sync_api

pytestmark = pytest.mark.slow

PAGES = {
    "start": "",
    "connections": "connections",
    "connection": "connections/{connection}",
    "connection-routes": "connections/{connection}?tab=routes",
    "connection-logs": "connections/{connection}?tab=logs",
    "connection-diagnosis": "connections/{connection}?tab=diagnosis",
    "connection-charts": "connections/{connection}?tab=charts",
    "connection-captures": "connections/{connection}?tab=captures",
    "connection-grants": "connections/{connection}?tab=grants",
    "connection-events": "connections/{connection}?tab=events",
    "create": "connections/create",
    "customer-gateways": "customer-gateways",
    "cens": "cens",
    "routers": "routers",
    "router": "routers/{router}",
    "router-tables": "routers/{router}?tab=tables",
    "vpcs": "vpcs",
    "topology": "topology",
    "users": "users",
    "accounts": "accounts",
    "nodes": "nodes",
    "webhooks": "webhooks",
    "audit": "audit",
    "quotas": "quotas",
}
DARK = "document.body.classList.toggle('awsui-dark-mode', {})"


@pytest.mark.parametrize("language", ["ja", "en", pytest.param("zh", marks=pytest.mark.long)])
def test_every_page_shows_and_has_no_serious_finding(
    browser: sync_api.Browser, place: Place, language: str
) -> None:
    findings: list[str] = []
    with browsing.visit(browser, place.base, language) as visitor:
        visitor.page.goto(place.base)
        visitor.page.locator("input[name=password]").wait_for()
        visitor.keep("login-light")
        findings += [f"login: {each}" for each in visitor.findings()]
        visitor.log_in(PASSWORD)
        for name, path in PAGES.items():
            # A host that is not heard of proves nothing.
            place.served.service.node.settle()
            visitor.goto(path.format(connection=place.connection_id, router=place.router_id))
            visitor.page.wait_for_timeout(300)
            visitor.keep(f"{name}-light")
            if language == "ja":
                findings += [f"{name} light: {each}" for each in visitor.findings()]
            visitor.page.evaluate(DARK.format("true"))
            visitor.page.wait_for_timeout(250)
            visitor.keep(f"{name}-dark")
            if language == "en":
                findings += [f"{name} dark: {each}" for each in visitor.findings()]
        assert visitor.complaints == []
    report = browsing.ARTIFACTS / f"findings-{language}.txt"
    report.write_text("\n".join(findings), encoding="utf-8")
    assert findings == [], report


def test_names_with_markup_are_text(browser: sync_api.Browser, place: Place) -> None:
    with browsing.visit(browser, place.base, "en") as visitor:
        visitor.log_in(PASSWORD)
        visitor.goto("connections")
        visitor.see("tokyo <b>bold</b>")
        assert visitor.page.locator("td b").count() == 0


def test_chinese_is_chosen_in_the_bar_and_kept(browser: sync_api.Browser, place: Place) -> None:
    chinese = browsing.texts("zh")
    with browsing.visit(browser, place.base, "en") as visitor:
        visitor.log_in(PASSWORD)
        visitor.page.get_by_role("button", name=visitor.said["common"]["language"]).first.click()
        visitor.page.get_by_role("menuitem", name="中文").click()
        visitor.see(chinese["nav"]["connections"])
        assert visitor.page.locator("html").get_attribute("lang") == "zh-CN"
        assert visitor.complaints == []


def test_a_page_shows_a_change_without_reloading(browser: sync_api.Browser, place: Place) -> None:
    with browsing.visit(browser, place.base, "en") as visitor:
        visitor.log_in(PASSWORD)
        visitor.goto("customer-gateways")
        visitor.see("tokyo-1")
        made = place.call("CreateCustomerGateway", IpAddress="203.0.113.99", Name="brand-new")
        visitor.see("brand-new")
        place.call("DeleteCustomerGateway", CustomerGatewayId=made["CustomerGatewayId"])
        visitor.page.get_by_text("brand-new").first.wait_for(state="detached")


def test_what_policies_do_not_allow_is_not_offered(browser: sync_api.Browser, place: Place) -> None:
    place.call("CreateUser", UserName="reader")
    place.call(
        "PutUserPolicy",
        UserName="reader",
        PolicyName="look",
        PolicyDocument='{"Version": "1", "Statement": [{"Effect": "Allow",'
        ' "Action": "vpc:Describe*", "Resource": "*"}]}',
    )
    place.set_password("reader")
    with browsing.visit(browser, place.base, "en") as visitor:
        visitor.log_in(PASSWORD, "reader")
        visitor.goto("connections")
        visitor.see("tokyo <b>bold</b>")
        said = visitor.said
        assert visitor.page.get_by_text(said["list"]["bindCen"], exact=True).count() == 0
        for hidden in ("users", "audit", "routers"):
            assert visitor.page.get_by_role("link", name=said["nav"][hidden]).count() == 0


def test_the_session_that_ended_leads_to_the_login(browser: sync_api.Browser, place: Place) -> None:
    with browsing.visit(browser, place.base, "en") as visitor:
        visitor.log_in(PASSWORD)
        visitor.goto("quotas")
        visitor.page.context.clear_cookies()
        # The page may find out by itself first; then the link is gone already.
        visitor.page.evaluate("document.querySelector('a[href=\"/console/audit\"]')?.click()")
        visitor.see(visitor.said["login"]["ended"])


def test_values_are_checked_while_typing(browser: sync_api.Browser, place: Place) -> None:
    with browsing.visit(browser, place.base, "ja") as visitor:
        said = visitor.said
        visitor.log_in(PASSWORD)
        visitor.goto("connections/create")
        visitor.press(said["wizard"]["next"])
        visitor.see(said["rules"]["required"])
        visitor.see(said["rules"]["choose"])
        visitor.page.get_by_text(said["wizard"]["flows"], exact=True).click()
        networks = visitor.page.get_by_label(f"{said['wizard']['localNetwork']} 1")
        networks.fill("10.0.0.1/16")
        visitor.see("10.0.0.0/16")
        networks.fill("nonsense")
        visitor.see(said["rules"]["cidr"])
        assert visitor.complaints == []


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_connection_for_another_account_is_granted_revoked_and_deleted(
    browser: sync_api.Browser, place: Place, language: str
) -> None:
    name = f"cross-{language}"
    other = place.call("CreateAccount", AccountName=name)["Account"]["AccountId"]
    cen_id = place.call_as(other, "CreateCen", Name="theirs")["CenId"]
    with browsing.visit(browser, place.base, language) as visitor:
        said = visitor.said
        visitor.log_in(PASSWORD)
        visitor.goto("connections/create")
        visitor.fill(said["wizard"]["name"], name)
        visitor.page.get_by_text(said["wizard"]["crossAccount"], exact=True).click()
        visitor.next_step(said["wizard"]["next"])
        for index in (0, 1):
            visitor.page.get_by_label(said["wizard"]["customerGateway"]).nth(index).click()
            option = visitor.page.get_by_role("option").filter(has_text=f"tokyo-{index + 1}")
            option.first.click()
        visitor.keep("create-tunnels")
        visitor.next_step(said["wizard"]["next"])
        visitor.next_step(said["wizard"]["next"])
        visitor.press(said["wizard"]["submit"])
        visitor.page.get_by_role("link", name=said["wizard"]["toConnection"]).click()
        visitor.press(said["grants"]["grant"])
        dialog = visitor.dialog()
        visitor.fill(said["grants"]["cenOwner"], other, dialog)
        visitor.fill(said["grants"]["cen"], cen_id, dialog)
        visitor.press(said["grants"]["grant"], dialog)
        row = visitor.page.get_by_role("row").filter(has_text=cen_id)
        row.wait_for()
        row.get_by_role("button").click()
        visitor.press(said["grants"]["revoke"], visitor.dialog())
        row.wait_for(state="detached")
        visitor.press(said["connection"]["delete"])
        visitor.press(said["common"]["delete"], visitor.dialog())
        visitor.see(said["list"]["description"])
        visitor.page.get_by_text(name, exact=True).first.wait_for(state="detached")
        assert visitor.complaints == []
    listed = place.call("DescribeVpnConnections", Keyword=name)
    assert listed["TotalCount"] == 0
