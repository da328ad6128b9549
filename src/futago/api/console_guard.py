"""Who stands before the console: sessions, the page's token, the brake, and answers to all that."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from starlette import requests, responses

from futago.actions import catalogue, faults
from futago.api import console_files, console_login
from futago.domain import faults as domain_faults
from futago.protocols.rpc import params
from futago.services import console_factors, console_passwords, console_sessions
from futago.store import audit, unit_of_work

CSRF_HEADER: Final = "x-futago-csrf"
COOKIE: Final = "futago_console"
SECURE_COOKIE: Final = "__Host-futago_console"
"""A browser takes this name over TLS only, and from this very host."""
_NO_STORE: Final = {**console_files.HEADERS, "cache-control": "no-store"}
_STATUS_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the console is served."""

    region_id: str
    region_name: str
    is_secure: bool
    """Over TLS."""
    version: str

    @property
    def cookie(self) -> str:
        """Name of the session's cookie."""
        return SECURE_COOKIE if self.is_secure else COOKIE


class NoSession(domain_faults.Forbidden):
    """Nobody is logged in, or not any more."""

    code = "Console.NoSession"


class WrongSite(domain_faults.Forbidden):
    """The call does not come from the console's own page."""

    code = "Console.WrongSite"


class TooManyAttempts(domain_faults.Forbidden):
    """Too many wrong passwords or codes."""

    code = "Console.TooManyAttempts"

    def __init__(self, pause: timedelta) -> None:
        self.seconds = math.ceil(pause.total_seconds())
        super().__init__(
            f"Too many wrong passwords or codes: wait {self.seconds} seconds and try again."
        )


_STATUS: Final = {
    NoSession.code: 401,
    console_passwords.WrongLogin.code: 401,
    console_factors.CodeNeeded.code: 401,
    console_factors.WrongCode.code: 401,
    TooManyAttempts.code: _STATUS_TOO_MANY,
}


class Guard:
    """Finds who is calling, and slows down who guesses."""

    def __init__(
        self, database: unit_of_work.Database, place: Place, brake: console_login.LoginBrake
    ) -> None:
        self.database: Final = database
        self.place: Final = place
        self.brake: Final = brake

    def token(self, request: requests.Request) -> str | None:
        """Give the session's token as the browser sent it."""
        return request.cookies.get(self.place.cookie)

    def visitor(
        self, request: requests.Request, *, is_change: bool = False
    ) -> console_sessions.Visitor:
        """Find who is logged in; a call that can change something must come from the page.

        Raises:
            NoSession: Nobody.
            WrongSite: The page's token is missing or wrong.
        """
        token = self.token(request)
        with self.database.read() as work:
            visitor = console_sessions.find(work, token) if token else None
        if visitor is None:
            raise NoSession("Nobody is logged in, or the session has ended: log in.")
        if is_change:
            given = request.headers.get(CSRF_HEADER, "")
            if not console_sessions.is_csrf_token(given, visitor):
                raise WrongSite(
                    f"The call does not come from the console's page: header {CSRF_HEADER} is"
                    " missing or wrong. Reload the page."
                )
            if visitor.needs_touch:
                with self.database.begin() as work:
                    console_sessions.touch(work, token or "")
        return visitor

    def require_patience(self, account_id: str, user: str, address: str) -> None:
        """Let an attempt be made.

        Raises:
            TooManyAttempts: There were too many wrong ones.
        """
        pause = self.brake.wait(f"{account_id}/{user}", address)
        if pause:
            raise TooManyAttempts(pause)

    def failed(
        self, request: requests.Request, caller: audit.Caller, action: str, code: str
    ) -> None:
        """Count a wrong password or code, and write it down."""
        self.brake.failed(f"{caller.account_id}/{caller.user_name}", address_of(request))
        self.record(caller, request, action, code)

    def require_password(
        self, request: requests.Request, visitor: console_sessions.Visitor, given: str, action: str
    ) -> None:
        """Check the present password of who is logged in.

        Raises:
            TooManyAttempts: There were too many wrong ones.
            WrongLogin: It is another one.
        """
        self.require_patience(visitor.account_id, visitor.user_name, address_of(request))
        with self.database.read() as work:
            stored = console_passwords.find(work, visitor.account_id, visitor.user_name)
        if not console_passwords.matches(given, stored):
            self.failed(request, principal_of(visitor), action, console_passwords.WrongLogin.code)
            raise console_passwords.WrongLogin("The present password is another: check it.")

    def record(
        self, caller: audit.Caller, request: requests.Request, action: str, code: str
    ) -> None:
        """Write something into the audit."""
        with self.database.begin() as work:
            work.record_audit(caller, entry(request, action, code))


async def read(request: requests.Request, limit: int) -> bytes:
    """Read a body up to a length."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise faults.VendorFault(
                "RequestTooLarge", 413, f"The body has more than {limit} bytes: send less."
            )
    return bytes(body)


def require_own_page(request: requests.Request) -> None:
    """Before there is a session, a header that other sites cannot send shows who is calling.

    Raises:
        WrongSite: It is not there.
    """
    is_json = request.headers.get("content-type", "").split(";")[0] == "application/json"
    if not is_json or request.headers.get(CSRF_HEADER) is None:
        raise WrongSite("The login does not come from the console's page: reload the page.")


def members(body: bytes, *names: str, optional: tuple[str, ...] = ()) -> dict[str, str]:
    """Read texts out of a JSON body; optional ones may be missing and are empty then."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    given = {**dict.fromkeys(optional, ""), **found} if isinstance(found, dict) else {}
    wanted = (*names, *optional)
    if not all(_is_text(given.get(each)) for each in wanted):
        raise params.MalformedParameter(f"The body must be JSON with texts {', '.join(names)}.")
    return {each: given[each] for each in wanted}


def _is_text(value: object) -> bool:
    """Tell whether a value is text that can be stored: JSON can name half characters."""
    return isinstance(value, str) and not any("\ud800" <= each <= "\udfff" for each in value)


def principal_of(visitor: console_sessions.Visitor) -> catalogue.Principal:
    """Give a visitor as the catalogue knows callers."""
    return catalogue.Principal(
        account_id=visitor.account_id,
        user_name=visitor.user_name,
        access_key_id=visitor.session_name,
        permissions=visitor.permissions,
    )


def entry(request: requests.Request, action: str, code: str) -> audit.Entry:
    """Write a line of the audit."""
    return audit.Entry(source_ip=address_of(request), action=action, result_code=code)


def address_of(request: requests.Request) -> str:
    """Give where a request came from."""
    return request.client.host if request.client else ""


def answer(content: Mapping[str, Any], status: int = 200) -> responses.Response:
    """Write an answer that nobody keeps."""
    return responses.JSONResponse(content, status, headers=_NO_STORE)


def stream_headers() -> dict[str, str]:
    """Give the headers of a stream, which proxies shall not hold back."""
    return {**_NO_STORE, "x-accel-buffering": "no"}


def refusal(fault: domain_faults.Fault) -> responses.Response:
    """Write a fault as an answer."""
    told = faults.translate(fault)
    status = _STATUS.get(fault.code, told.status)
    is_own = fault.code.startswith("Console.")
    content: dict[str, Any] = {
        "Code": fault.code if is_own else told.code,
        "Message": told.message,
        "RequestId": "",
    }
    if not isinstance(fault, TooManyAttempts):
        return answer(content, status)
    written = answer({**content, "RetryAfter": fault.seconds}, status)
    written.headers["retry-after"] = str(fault.seconds)
    return written
