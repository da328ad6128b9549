"""The console's sessions and calls over HTTP, on the real dispatcher and store."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette import applications
from tests.service.console_person import OWN_PAGE, PASSWORD, Browser, serve

from futago.api import console, console_files, console_guard, console_login, console_news
from futago.services import console_passwords, console_sessions
from futago.store import schema_console

if TYPE_CHECKING:
    from pathlib import Path

    from futago.store import shared_memory
    from futago.testing import simulation

pytestmark = pytest.mark.usefixtures("cheap_hashes")


def test_a_login_opens_the_catalogue_for_the_user(browser: Browser, cloud: Any) -> None:
    assert browser.session().status_code == 401
    said = browser.login().json()
    assert (said["AccountId"], said["UserName"], said["RegionId"]) == (
        cloud.account_id,
        "admin",
        "cn-hangzhou",
    )
    assert "2016-04-28/CreateVpnAttachment" in said["Actions"]
    assert "2016-04-28/CreateVpnConnection" not in said["Actions"]
    assert browser.session().json()["CsrfToken"] == browser.csrf
    made = browser.call("CreateCustomerGateway", IpAddress="203.0.113.7", Name="<b>one</b>")
    assert made.status_code == 200
    listed = browser.call("DescribeCustomerGateways").json()
    names = [each["Name"] for each in listed["CustomerGateways"]["CustomerGateway"]]
    assert names == ["<b>one</b>"]


def test_calls_and_logins_are_in_the_audit_with_user_and_address(
    browser: Browser, cloud: Any
) -> None:
    browser.login(password="wrong wrong wrong")
    browser.login()
    browser.call("CreateCustomerGateway", IpAddress="203.0.113.7", Name="one")
    found = browser.call("LookupEvents", "2026-12-01").json()["Events"]
    assert [(each["EventName"], each["ResultCode"]) for each in found] == [
        ("CreateCustomerGateway", "OK"),
        ("ConsoleLogin", "OK"),
        ("ConsoleLogin", "Console.WrongLogin"),
    ]
    assert {each["UserIdentity"]["UserName"] for each in found} == {"admin"}
    assert {each["SourceIpAddress"] for each in found} == {"192.0.2.9"}
    assert found[0]["UserIdentity"]["AccessKeyId"].startswith(console_sessions.KEY_PREFIX)


@pytest.mark.parametrize(
    "given",
    [
        {"password": "wrong wrong wrong"},
        {"user": "nobody"},
        {"Account": "1234567890123456"},
        {"password": ""},
    ],
)
def test_wrong_logins_are_refused_alike(browser: Browser, given: dict[str, str]) -> None:
    answer = browser.login(**given)
    assert answer.status_code == 401
    assert answer.json()["Code"] == "Console.WrongLogin"
    assert "set-cookie" not in answer.headers


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(browser: Browser) -> None:
    said = browser.login().headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=strict" in said
    assert "secure" not in said


def test_over_tls_the_cookie_is_secure_and_of_this_host(
    app: applications.Starlette,
    cloud: Any,
    memory: shared_memory.SharedMemory,
    clock: simulation.StoppedClock,
) -> None:
    browser = Browser(serve(cloud, memory, clock, secure=True), secure=True)
    said = browser.login().headers["set-cookie"]
    assert said.startswith("__Host-futago_console=")
    assert "Secure" in said
    assert browser.session().status_code == 200


@pytest.mark.parametrize("given", ["", "0" * 64])
def test_a_call_without_the_pages_token_is_refused(browser: Browser, given: str) -> None:
    browser.login()
    answer = browser.call("CreateCen", "2017-09-12", headers={console_guard.CSRF_HEADER: given})
    assert (answer.status_code, answer.json()["Code"]) == (403, "Console.WrongSite")
    for path in ("logout", "password"):
        answer = browser.send("POST", f"{console.API}/{path}", content=b"{}")
        assert answer.json()["Code"] == "Console.WrongSite"
    assert browser.session().status_code == 200


def test_a_login_from_another_sites_form_is_refused(browser: Browser) -> None:
    given = {"Account": "", "User": "admin", "Password": PASSWORD}
    for more in ({"data": given, "headers": OWN_PAGE}, {"json": given}):
        answer = browser.send("POST", f"{console.API}/login", **more)
        assert answer.json()["Code"] == "Console.WrongSite"


def test_a_login_ends_the_session_that_the_browser_had(
    browser: Browser, app: applications.Starlette
) -> None:
    browser.login()
    before = browser.client.cookies["futago_console"]
    browser.login()
    after = browser.client.cookies["futago_console"]
    assert before != after
    other = Browser(app)
    other.client.cookies.set("futago_console", before)
    assert other.session().status_code == 401


def test_a_planted_cookie_is_no_session_after_the_login(
    browser: Browser, app: applications.Starlette
) -> None:
    browser.client.cookies.set("futago_console", "planted", domain="futago.test")
    browser.login()
    thief = Browser(app)
    thief.client.cookies.set("futago_console", "planted")
    assert thief.session().status_code == 401


def test_a_logout_ends_the_session_everywhere(
    browser: Browser, app: applications.Starlette
) -> None:
    browser.login()
    copy = Browser(app)
    copy.client.cookies.set("futago_console", browser.client.cookies["futago_console"])
    assert copy.session().status_code == 200
    browser.send("POST", f"{console.API}/logout", headers={console_guard.CSRF_HEADER: browser.csrf})
    assert copy.session().status_code == 401


def test_a_session_ends_when_it_is_idle(browser: Browser, clock: simulation.StoppedClock) -> None:
    browser.login()
    clock.advance((console_sessions.IDLE - timedelta(seconds=1)).total_seconds())
    assert browser.call("DescribeRegions").status_code == 200
    clock.advance((console_sessions.IDLE - timedelta(seconds=1)).total_seconds())
    assert browser.session().status_code == 200
    clock.advance((timedelta(seconds=1)).total_seconds())
    assert browser.session().status_code == 401


def test_a_session_in_use_ends_after_its_longest_life(
    browser: Browser, clock: simulation.StoppedClock
) -> None:
    browser.login()
    for _ in range(23):
        clock.advance((console_sessions.LONGEST / 24).total_seconds())
        assert browser.call("DescribeRegions").status_code == 200
    clock.advance((console_sessions.LONGEST / 24).total_seconds())
    assert browser.session().status_code == 401


def test_guessing_is_slowed_down_and_waiting_helps(
    browser: Browser, clock: simulation.StoppedClock
) -> None:
    for _ in range(console_login.USER_FREE):
        assert browser.login(password="wrong wrong wrong").status_code == 401
    answer = browser.login()
    assert (answer.status_code, answer.json()["Code"]) == (429, "Console.TooManyAttempts")
    clock.advance((timedelta(seconds=int(answer.headers["retry-after"]))).total_seconds())
    assert browser.login().status_code == 200
    assert browser.login(password="wrong wrong wrong").status_code == 401


def test_an_address_that_tries_many_users_must_wait(
    memory: shared_memory.SharedMemory, clock: simulation.StoppedClock
) -> None:
    brake = console_login.LoginBrake(memory, clock.now)
    for number in range(console_login.ADDRESS_FREE):
        assert not brake.wait(f"1/user{number}", "192.0.2.9")
        brake.failed(f"1/user{number}", "192.0.2.9")
    assert brake.wait("1/another", "192.0.2.9")
    assert not brake.wait("1/another", "192.0.2.10")
    clock.advance((console_login.FORGOTTEN_AFTER + timedelta(seconds=1)).total_seconds())
    assert not brake.wait("1/another", "192.0.2.9")


def test_permissions_are_those_of_the_user_at_each_call(
    app: applications.Starlette, cloud: Any
) -> None:
    cloud.as_user("eve", ("Allow", "vpc:Describe*", "*"))
    with cloud.database.begin() as unit:
        console_passwords.put(unit, cloud.account_id, "eve", PASSWORD)
    eve = Browser(app)
    actions = eve.login("eve").json()["Actions"]
    assert "2016-04-28/DescribeVpnConnections" in actions
    assert "2016-04-28/CreateVpnAttachment" not in actions
    assert eve.call("DescribeCustomerGateways").status_code == 200
    denied = eve.call("CreateCustomerGateway", IpAddress="203.0.113.7")
    assert (denied.status_code, denied.json()["Code"]) == (403, "NoPermission")
    cloud.call("DeleteUserPolicy", UserName="eve", PolicyName="only")
    assert eve.call("DescribeCustomerGateways").status_code == 403


def test_sessions_and_password_go_with_their_user(app: applications.Starlette, cloud: Any) -> None:
    cloud.call("CreateUser", UserName="eve")
    with cloud.database.begin() as unit:
        console_passwords.put(unit, cloud.account_id, "eve", PASSWORD)
    eve = Browser(app)
    eve.login("eve")
    cloud.call("DeleteUser", UserName="eve")
    assert eve.session().status_code == 401
    cloud.call("CreateUser", UserName="eve")
    assert eve.login("eve").status_code == 401


def test_a_new_password_ends_the_other_sessions(
    browser: Browser, app: applications.Starlette
) -> None:
    other = Browser(app)
    other.login()
    browser.login()
    headers = {console_guard.CSRF_HEADER: browser.csrf}
    given = {"OldPassword": PASSWORD, "NewPassword": "a new one, much longer"}
    short = browser.send(
        "POST", f"{console.API}/password", json={**given, "NewPassword": "short"}, headers=headers
    )
    assert (short.status_code, short.json()["Code"]) == (400, "Console.WeakPassword")
    wrong = {**given, "OldPassword": "not this one, no"}
    refused = browser.send("POST", f"{console.API}/password", json=wrong, headers=headers)
    assert refused.status_code == 401
    done = browser.send("POST", f"{console.API}/password", json=given, headers=headers)
    assert done.status_code == 200
    assert browser.session().status_code == 200
    assert other.session().status_code == 401
    assert other.login().status_code == 401
    assert other.login(password="a new one, much longer").status_code == 200


def test_the_store_holds_neither_password_nor_token(browser: Browser, cloud: Any) -> None:
    browser.login()
    token = browser.client.cookies["futago_console"]
    with cloud.database.read() as unit:
        password = unit.session.query(schema_console.PasswordRow).one()
        session = unit.session.query(schema_console.ConsoleSessionRow).one()
    assert password.hash.startswith("$argon2id$")
    assert token != session.token_digest
    assert PASSWORD not in password.hash


def test_keys_are_shown_on_demand_only_and_then_audited(
    browser: Browser, cloud: Any, site: Any, node: simulation.ObedientNode
) -> None:
    made = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    browser.login()

    def keys(**headers: str) -> list[str]:
        answer = browser.call("DescribeVpnConnection", VpnConnectionId=made, headers=headers)
        options = answer.json()["TunnelOptionsSpecification"]["TunnelOptions"]
        return [each["TunnelIkeConfig"]["Psk"] for each in options]

    def audited() -> int:
        found = browser.call("LookupEvents", "2026-12-01", EventName="DescribeVpnConnection")
        return len(found.json()["Events"])

    assert keys() == ["", ""]
    assert audited() == 0
    assert all(len(each) == 16 for each in keys(**{console.REVEAL_HEADER: "1"}))
    assert audited() == 1


def test_bodies_that_are_no_login_are_refused(browser: Browser) -> None:
    for body in (b"", b"[]", b"{", b'{"User": 5}', b"\xff"):
        headers = {**OWN_PAGE, "content-type": "application/json"}
        answer = browser.send("POST", f"{console.API}/login", content=body, headers=headers)
        assert answer.status_code == 400, body
    large = browser.login(password="x" * 10_000)
    assert large.status_code == 413


def test_news_name_what_changed_and_end_with_the_session(
    browser: Browser,
    cloud: Any,
    site: Any,
    node: simulation.ObedientNode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(console_news, "LOOK_SECONDS", 0.01)
    browser.login()
    token = browser.client.cookies["futago_console"]

    async def listen() -> tuple[list[str], str]:
        stream = console_news.News(cloud.database).stream(cloud.account_id, token)
        assert "event: open" in await anext(stream)
        made = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
        told = json.loads((await anext(stream)).split("data: ")[1])
        with cloud.database.begin() as unit:
            console_sessions.close(unit, token)
        return [made, *told["resources"]], await anext(stream)

    (made, *told), last = asyncio.run(listen())
    assert made in told
    assert "event: ended" in last


def test_news_are_for_who_is_logged_in(browser: Browser) -> None:
    assert browser.send("GET", f"{console.API}/news").status_code == 401


@pytest.fixture
def built(tmp_path: Path) -> applications.Starlette:
    directory = tmp_path / "page"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text("<!doctype html><title>page</title>")
    (directory / "assets" / "main-abc.js").write_text("plain")
    (directory / "assets" / "main-abc.js.gz").write_bytes(b"zipped")
    (tmp_path / "secret.txt").write_text("secret")
    page = console_files.Page(directory)
    return applications.Starlette(routes=list(page.routes()))


def test_the_page_is_served_under_every_path_with_its_policy(
    built: applications.Starlette,
) -> None:
    browser = Browser(built)
    for path in ("/console/", "/console/vpn/vco-1", "/console/../secret.txt"):
        answer = browser.send("GET", path)
        if answer.status_code == 404:
            continue
        assert "<title>page</title>" in answer.text
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe-eval" not in policy
        assert answer.headers["cache-control"] == "no-cache"
    assert browser.send("GET", "/console/").status_code == 200
    assert "secret" not in browser.send("GET", "/console/%2e%2e/secret.txt").text
    assert browser.send("GET", "/console").headers["location"] == "/console/"


def test_files_are_kept_by_browsers_and_come_compressed(built: applications.Starlette) -> None:
    browser = Browser(built)

    async def raw(accepted: str) -> tuple[httpx.Headers, bytes]:
        headers = {"accept-encoding": accepted}
        url = "/console/assets/main-abc.js"
        async with browser.client.stream("GET", url, headers=headers) as answer:
            return answer.headers, b"".join([each async for each in answer.aiter_raw()])

    headers, content = asyncio.run(raw("gzip"))
    assert (headers["content-encoding"], content) == ("gzip", b"zipped")
    assert "immutable" in headers["cache-control"]
    assert "javascript" in headers["content-type"]
    headers, content = asyncio.run(raw("identity"))
    assert ("content-encoding" in headers, content) == (False, b"plain")
    for path in ("assets/gone.js", "api/gone"):
        assert browser.send("GET", f"/console/{path}").status_code == 404


def test_without_a_built_page_it_says_so(tmp_path: Path) -> None:
    browser = Browser(applications.Starlette(routes=list(console_files.Page(tmp_path).routes())))
    answer = browser.send("GET", "/console/")
    assert answer.status_code == 503
    assert "make console" in answer.text
