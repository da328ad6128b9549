"""Second factors of the console: begun, asked for, used once, slowed down, taken away."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib import parse

import pytest
import sqlalchemy as sa
from tests.service.console_person import PASSWORD, Browser

from futago.api import console, console_factor, console_guard, console_login
from futago.domain import one_time
from futago.services import console_factors

if TYPE_CHECKING:
    import httpx
    from starlette import applications

    from futago.testing import simulation

pytestmark = pytest.mark.usefixtures("cheap_hashes")


def send(browser: Browser, path: str, **given: str) -> httpx.Response:
    headers = {console_guard.CSRF_HEADER: browser.csrf}
    return browser.send("POST", f"{console.API}/factor/{path}", json=given, headers=headers)


class Application:
    """What somebody has on another device."""

    def __init__(self, uri: str, clock: simulation.StoppedClock) -> None:
        text = dict(parse.parse_qsl(parse.urlsplit(uri).query))["secret"]
        self.secret = base64.b32decode(text)
        self.clock = clock

    def code(self) -> str:
        return one_time.code_of(self.secret, one_time.step_at(self.clock.now()))

    def next_code(self) -> str:
        self.clock.advance(one_time.STEP_SECONDS)
        return self.code()


@pytest.fixture
def application(browser: Browser, clock: simulation.StoppedClock) -> Application:
    browser.login()
    begun = send(browser, "begin", Password=PASSWORD)
    assert begun.status_code == 200
    made = Application(begun.json()["Uri"], clock)
    assert send(browser, "confirm", Code=made.code()).status_code == 200
    return made


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("Code", "")


def test_a_login_needs_the_code_once_there_is_a_factor(
    app: applications.Starlette, application: Application
) -> None:
    other = Browser(app)
    assert code_of(other.login()) == (401, "Console.CodeNeeded")
    assert other.session().status_code == 401
    assert code_of(other.login(Code="000000")) == (401, "Console.WrongCode")
    answer = other.login(Code=application.next_code())
    assert answer.status_code == 200
    assert answer.json()["HasSecondFactor"] is True
    assert other.session().status_code == 200


def test_without_the_password_nothing_is_said_about_a_factor(
    app: applications.Starlette, application: Application
) -> None:
    answer = Browser(app).login(password="wrong wrong wrong", Code=application.next_code())
    assert code_of(answer) == (401, "Console.WrongLogin")


def test_a_code_opens_once(app: applications.Starlette, application: Application) -> None:
    code = application.code()
    assert code_of(Browser(app).login(Code=code)) == (401, "Console.WrongCode")
    code = application.next_code()
    assert Browser(app).login(Code=code).status_code == 200
    assert code_of(Browser(app).login(Code=code)) == (401, "Console.WrongCode")


def test_wrong_codes_are_slowed_down_like_wrong_passwords(
    app: applications.Starlette, application: Application, clock: simulation.StoppedClock
) -> None:
    thief = Browser(app)
    for _ in range(console_login.USER_FREE):
        assert code_of(thief.login(Code="000000")) == (401, "Console.WrongCode")
    answer = thief.login(Code=application.code())
    assert code_of(answer) == (429, "Console.TooManyAttempts")
    pause = timedelta(seconds=int(answer.headers["retry-after"]))
    clock.advance(max(pause.total_seconds(), one_time.STEP_SECONDS))
    assert thief.login(Code=application.code()).status_code == 200


def test_asking_for_the_code_is_not_a_wrong_attempt_and_forgives_none(
    app: applications.Starlette, application: Application
) -> None:
    thief = Browser(app)
    for _ in range(console_login.USER_FREE):
        thief.login()
        thief.login(Code="000000")
    assert code_of(thief.login()) == (429, "Console.TooManyAttempts")


def test_a_factor_that_was_not_confirmed_is_not_asked_for(
    browser: Browser, app: applications.Starlette, clock: simulation.StoppedClock
) -> None:
    browser.login()
    first = Application(send(browser, "begin", Password=PASSWORD).json()["Uri"], clock)
    assert Browser(app).login().status_code == 200
    second = Application(send(browser, "begin", Password=PASSWORD).json()["Uri"], clock)
    assert first.secret != second.secret
    assert code_of(send(browser, "confirm", Code=first.code())) == (401, "Console.WrongCode")
    assert browser.session().json()["HasSecondFactor"] is False
    assert send(browser, "confirm", Code=second.code()).status_code == 200
    assert browser.session().json()["HasSecondFactor"] is True


def test_beginning_needs_the_password_and_the_page(browser: Browser) -> None:
    browser.login()
    wrong = send(browser, "begin", Password="wrong wrong wrong")
    assert code_of(wrong) == (401, "Console.WrongLogin")
    for path in ("begin", "confirm", "remove"):
        answer = browser.send("POST", f"{console.API}/factor/{path}", json={})
        assert code_of(answer) == (403, "Console.WrongSite")
        assert Browser.send(browser, "GET", f"{console.API}/factor/{path}").status_code != 200


def test_confirming_what_was_not_begun_or_twice_is_refused(
    browser: Browser, application: Application
) -> None:
    again = send(browser, "confirm", Code=application.next_code())
    assert code_of(again) == (400, "Console.FactorExists")
    assert code_of(send(browser, "begin", Password=PASSWORD)) == (400, "Console.FactorExists")


def test_other_sessions_end_when_a_factor_comes(
    browser: Browser, app: applications.Starlette, clock: simulation.StoppedClock
) -> None:
    other = Browser(app)
    other.login()
    browser.login()
    made = Application(send(browser, "begin", Password=PASSWORD).json()["Uri"], clock)
    send(browser, "confirm", Code=made.code())
    assert browser.session().status_code == 200
    assert other.session().status_code == 401


def test_removing_needs_password_and_code(
    browser: Browser, app: applications.Starlette, application: Application
) -> None:
    code = application.next_code()
    for given, refused in (
        ({"Password": "wrong wrong wrong", "Code": code}, "Console.WrongLogin"),
        ({"Password": PASSWORD, "Code": "000000"}, "Console.WrongCode"),
        ({"Password": PASSWORD, "Code": ""}, "Console.CodeNeeded"),
    ):
        assert send(browser, "remove", **given).json()["Code"] == refused
    assert send(browser, "remove", Password=PASSWORD, Code=code).status_code == 200
    assert Browser(app).login().status_code == 200
    gone = send(browser, "remove", Password=PASSWORD, Code="")
    assert code_of(gone) == (400, "Console.NoFactor")


def test_the_secret_is_sealed_and_goes_with_its_user(
    app: applications.Starlette, application: Application, cloud: Any
) -> None:
    def kept() -> list[str]:
        with cloud.database.read() as unit:
            query = sa.text("SELECT owner_id FROM secret WHERE purpose = 'second-factor'")
            return list(unit.session.scalars(query))

    assert len(kept()) == 1
    cloud.call("CreateUser", UserName="root")
    with cloud.database.begin() as unit:
        unit.session.execute(sa.text("UPDATE account_user SET is_administrator = 1"))
    cloud.call("DeleteUser", UserName="admin")
    assert kept() == []


def test_all_of_it_is_in_the_audit_without_the_code(
    browser: Browser, application: Application, cloud: Any
) -> None:
    send(browser, "remove", Password=PASSWORD, Code="123123")
    send(browser, "remove", Password=PASSWORD, Code=application.next_code())
    found = cloud.call("LookupEvents")["Events"]
    assert [(each["EventName"], each["ResultCode"]) for each in found[:4]] == [
        (console_factor.REMOVE, "OK"),
        (console_factor.REMOVE, "Console.WrongCode"),
        (console_factor.CONFIRM, "OK"),
        (console_factor.BEGIN, "OK"),
    ]
    assert "123123" not in str(found)


def test_an_administrator_of_the_host_takes_it_away(
    app: applications.Starlette, application: Application, cloud: Any
) -> None:
    with cloud.database.begin() as unit:
        assert console_factors.remove(unit, cloud.account_id, "admin") is True
        assert console_factors.remove(unit, cloud.account_id, "admin") is False
    assert Browser(app).login().status_code == 200


@pytest.mark.parametrize("code", ["é", "\x00", "9" * 3000])
def test_codes_that_are_no_codes_are_refused(
    app: applications.Starlette, application: Application, code: str
) -> None:
    answer = Browser(app).login(Code=code)
    assert answer.status_code in {400, 401}


def test_half_characters_are_refused(app: applications.Starlette) -> None:
    half = b'{"Account": "", "User": "\\ud800", "Password": ""}'
    headers = {console_guard.CSRF_HEADER: "", "content-type": "application/json"}
    answer = Browser(app).send("POST", f"{console.API}/login", content=half, headers=headers)
    assert code_of(answer) == (400, "InvalidParameter")
