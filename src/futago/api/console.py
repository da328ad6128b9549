"""The console's way to the API: a session in place of a signature, and the same catalogue behind.

A login gives the browser a cookie that scripts cannot read. Every call carries a second token in a
header, which only the page itself can send. From there on a call is like any other: same actions,
same permissions, same audit. Answers leave out pre-shared keys unless the page asks for them with a
header, so that merely looking at a connection shows and records no key.
"""

from __future__ import annotations

import dataclasses
import json
import math
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import anyio
import anyio.to_thread
from starlette import requests, responses, routing, types

from futago.actions import catalogue, dispatch, faults, permissions
from futago.api import console_files, console_login, console_news
from futago.domain import faults as domain_faults
from futago.protocols.rpc import params
from futago.services import console_passwords, console_sessions
from futago.store import audit, unit_of_work

API: Final = console_files.PREFIX + "/api"
CSRF_HEADER: Final = "x-futago-csrf"
REVEAL_HEADER: Final = "x-futago-reveal"
COOKIE: Final = "futago_console"
SECURE_COOKIE: Final = "__Host-futago_console"
"""A browser takes this name over TLS only, and from this very host."""
LOGIN: Final = "ConsoleLogin"
LOGOUT: Final = "ConsoleLogout"
PASSWORD: Final = "ConsolePasswordChange"  # noqa: S105 - a name in the audit
_BODY_BYTES: Final = 256 * 1024
_LOGIN_BYTES: Final = 4096
_THREADS: Final = 4
_HASHING: Final = 2
"""Passwords that are compared at a time; each takes 64 MiB."""
_NO_STORE: Final = {**console_files.HEADERS, "cache-control": "no-store"}

Run = Callable[[requests.Request, bytes], responses.Response]


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
    """Too many wrong passwords."""

    code = "Console.TooManyAttempts"


_STATUS: Final = {NoSession.code: 401, console_passwords.WrongLogin.code: 401}
_STATUS_TOO_MANY: Final = 429


class Console:
    """Handlers of sessions and calls; what they do in the store runs in threads."""

    def __init__(
        self,
        database: unit_of_work.Database,
        dispatcher: dispatch.Dispatcher,
        place: Place,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._dispatcher = dispatcher
        self._place = place
        self._brake = console_login.LoginBrake(clock)
        self._news = console_news.News(database)
        self._limiter = anyio.CapacityLimiter(_THREADS)
        self._hashing = anyio.CapacityLimiter(_HASHING)

    def routes(self) -> list[routing.BaseRoute]:
        """Give all routes of the console, the page's last."""
        return [
            self._route("/login", self._login, limit=_LOGIN_BYTES, limiter=self._hashing),
            self._route("/logout", self._logout),
            self._route("/session", self._session, method="GET"),
            self._route("/call", self._call),
            self._route("/password", self._password, limit=_LOGIN_BYTES, limiter=self._hashing),
            routing.Route(API + "/news", self._listen, methods=["GET"]),
            *console_files.Page().routes(),
        ]

    def _route(
        self,
        path: str,
        run: Run,
        *,
        method: str = "POST",
        limit: int = _BODY_BYTES,
        limiter: anyio.CapacityLimiter | None = None,
    ) -> routing.Route:
        chosen = limiter or self._limiter

        async def handle(request: requests.Request) -> responses.Response:
            try:
                body = await _read(request, limit)
                return await anyio.to_thread.run_sync(run, request, body, limiter=chosen)
            except domain_faults.Fault as fault:
                return _refusal(fault)

        return routing.Route(API + path, handle, methods=[method])

    def _login(self, request: requests.Request, body: bytes) -> responses.Response:
        _require_own_page(request)
        given = _members(body, "Account", "User", "Password")
        account_id, user = given["Account"].strip(), given["User"].strip()
        address = _address(request)
        with self._database.read() as work:
            account_id = account_id or console_passwords.first_account_id(work)
            stored = console_passwords.find(work, account_id, user)
        name = f"{account_id}/{user}"
        pause = self._brake.wait(name, address)
        if pause:
            return _too_many(math.ceil(pause.total_seconds()))
        if not console_passwords.matches(given["Password"], stored):
            self._brake.failed(name, address)
            code = console_passwords.WrongLogin.code
            if stored is not None:
                self._record(_caller(account_id, user), request, LOGIN, code)
            raise console_passwords.WrongLogin(
                "Account, user and password do not belong together: check all three. An"
                " administrator of the host sets a new password with `futago user set-password`."
            )
        self._brake.succeeded(name)
        token, visitor = self._open(request, account_id, user, address)
        answer = _json(self._described(visitor))
        answer.set_cookie(
            self._place.cookie,
            token,
            secure=self._place.is_secure,
            httponly=True,
            samesite="strict",
            path="/",
        )
        return answer

    def _open(
        self, request: requests.Request, account_id: str, user: str, address: str
    ) -> tuple[str, console_sessions.Visitor]:
        with self._database.begin() as work:
            token = console_sessions.open_session(
                work, account_id, user, address, instead_of=self._token(request)
            )
            visitor = console_sessions.find(work, token)
            if visitor is None:
                raise NoSession("The session has ended: log in.")
            work.record_audit(_principal(visitor), _entry(request, LOGIN, dispatch.OK))
        return token, visitor

    def _logout(self, request: requests.Request, _body: bytes) -> responses.Response:
        visitor = self._visitor(request, is_change=True)
        with self._database.begin() as work:
            console_sessions.close(work, self._token(request) or "")
            work.record_audit(_principal(visitor), _entry(request, LOGOUT, dispatch.OK))
        answer = _json({})
        answer.delete_cookie(self._place.cookie, secure=self._place.is_secure, httponly=True)
        return answer

    def _session(self, request: requests.Request, _body: bytes) -> responses.Response:
        return _json(self._described(self._visitor(request)))

    def _call(self, request: requests.Request, body: bytes) -> responses.Response:
        visitor = self._visitor(request, is_change=True)
        pairs = params.decode_pairs(body.decode("ascii", "replace"))
        named = dict(pairs)
        principal = _principal(visitor)
        if request.headers.get(REVEAL_HEADER) != "1":
            hidden = principal.permissions.without(permissions.SHOWS_KEYS)
            principal = dataclasses.replace(principal, permissions=hidden)
        outcome = self._dispatcher.dispatch(
            dispatch.CallInput(
                version=named.get("Version", ""),
                action=named.get("Action", ""),
                method="POST",
                pairs=pairs,
                principal=principal,
                request_id=str(uuid.uuid4()).upper(),
                source_ip=_address(request),
                host=request.headers.get("host", ""),
            )
        )
        return _json(outcome.answer, outcome.status)

    def _password(self, request: requests.Request, body: bytes) -> responses.Response:
        visitor = self._visitor(request, is_change=True)
        given = _members(body, "OldPassword", "NewPassword")
        name, address = f"{visitor.account_id}/{visitor.user_name}", _address(request)
        pause = self._brake.wait(name, address)
        if pause:
            return _too_many(math.ceil(pause.total_seconds()))
        with self._database.read() as work:
            stored = console_passwords.find(work, visitor.account_id, visitor.user_name)
        principal = _principal(visitor)
        if not console_passwords.matches(given["OldPassword"], stored):
            self._brake.failed(name, address)
            self._record(principal, request, PASSWORD, console_passwords.WrongLogin.code)
            raise console_passwords.WrongLogin("The present password is another: check it.")
        with self._database.begin() as work:
            console_passwords.put(
                work,
                visitor.account_id,
                visitor.user_name,
                given["NewPassword"],
                kept_session=console_sessions.digest(self._token(request) or ""),
            )
            work.record_audit(principal, _entry(request, PASSWORD, dispatch.OK))
        return _json({})

    async def _listen(self, request: requests.Request) -> types.ASGIApp:
        try:
            visitor = await anyio.to_thread.run_sync(self._visitor, request)
        except domain_faults.Fault as fault:
            return _refusal(fault)
        token = self._token(request) or ""
        return responses.StreamingResponse(
            self._news.stream(visitor.account_id, token),
            media_type="text/event-stream",
            headers={**_NO_STORE, "x-accel-buffering": "no"},
        )

    def _visitor(
        self, request: requests.Request, *, is_change: bool = False
    ) -> console_sessions.Visitor:
        """Find who is logged in; a call that can change something must come from the page."""
        token = self._token(request)
        with self._database.read() as work:
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
                with self._database.begin() as work:
                    console_sessions.touch(work, token or "")
        return visitor

    def _token(self, request: requests.Request) -> str | None:
        return request.cookies.get(self._place.cookie)

    def _described(self, visitor: console_sessions.Visitor) -> dict[str, Any]:
        may = visitor.permissions.may_ever
        allowed = {
            f"{action.product.value}/{action.name}"
            for action in self._dispatcher.catalogue
            if action.support is not catalogue.Support.REFUSED
            and (action.open_to_all or may(action.permission))
        }
        return {
            "AccountId": visitor.account_id,
            "AccountName": visitor.account_name,
            "UserName": visitor.user_name,
            "RegionId": self._place.region_id,
            "RegionName": self._place.region_name,
            "Version": self._place.version,
            "CsrfToken": visitor.csrf_token,
            "EndsAt": visitor.ends_at.isoformat(),
            "Actions": sorted(allowed),
        }

    def _record(
        self, caller: audit.Caller, request: requests.Request, action: str, code: str
    ) -> None:
        with self._database.begin() as work:
            work.record_audit(caller, _entry(request, action, code))


async def _read(request: requests.Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise faults.VendorFault(
                "RequestTooLarge", 413, f"The body has more than {limit} bytes: send less."
            )
    return bytes(body)


def _require_own_page(request: requests.Request) -> None:
    """Before there is a session, a header that other sites cannot send shows who is calling."""
    is_json = request.headers.get("content-type", "").split(";")[0] == "application/json"
    if not is_json or request.headers.get(CSRF_HEADER) is None:
        raise WrongSite("The login does not come from the console's page: reload the page.")


def _members(body: bytes, *names: str) -> dict[str, str]:
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(given.get(each), str) for each in names):
        raise params.MalformedParameter(f"The body must be JSON with texts {', '.join(names)}.")
    return {each: given[each] for each in names}


def _principal(visitor: console_sessions.Visitor) -> catalogue.Principal:
    return catalogue.Principal(
        account_id=visitor.account_id,
        user_name=visitor.user_name,
        access_key_id=visitor.session_name,
        permissions=visitor.permissions,
    )


def _caller(account_id: str, user: str) -> catalogue.Principal:
    return catalogue.Principal(account_id, user, console_sessions.KEY_PREFIX)


def _entry(request: requests.Request, action: str, code: str) -> audit.Entry:
    return audit.Entry(source_ip=_address(request), action=action, result_code=code)


def _address(request: requests.Request) -> str:
    return request.client.host if request.client else ""


def _json(content: Mapping[str, Any], status: int = 200) -> responses.Response:
    return responses.JSONResponse(content, status, headers=_NO_STORE)


def _refusal(fault: domain_faults.Fault) -> responses.Response:
    told = faults.translate(fault)
    status = _STATUS.get(fault.code, told.status)
    is_own = fault.code.startswith("Console.")
    code = fault.code if is_own else told.code
    return _json({"Code": code, "Message": told.message, "RequestId": ""}, status)


def _too_many(seconds: int) -> responses.Response:
    answer = _json(
        {
            "Code": TooManyAttempts.code,
            "Message": f"Too many wrong passwords: wait {seconds} seconds and try again.",
            "RetryAfter": seconds,
        },
        _STATUS_TOO_MANY,
    )
    answer.headers["retry-after"] = str(seconds)
    return answer
