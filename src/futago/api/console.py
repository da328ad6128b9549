"""The console's way to the API: a session in place of a signature, and the same catalogue behind.

A login gives the browser a cookie that scripts cannot read. Every call carries a second token in a
header, which only the page itself can send. From there on a call is like any other: same actions,
same permissions, same audit. Answers leave out pre-shared keys unless the page asks for them with a
header, so that merely looking at a connection shows and records no key.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from typing import Any, Final

import anyio
import anyio.to_thread
from starlette import requests, responses, routing, types

from futago.actions import catalogue, dispatch, permissions
from futago.api import (
    console_factor,
    console_files,
    console_guard,
    console_login,
    console_news,
)
from futago.domain import faults as domain_faults
from futago.protocols.rpc import params
from futago.services import console_factors, console_passwords, console_sessions
from futago.store import unit_of_work

API: Final = console_files.PREFIX + "/api"
REVEAL_HEADER: Final = "x-futago-reveal"
LOGIN: Final = "ConsoleLogin"
LOGOUT: Final = "ConsoleLogout"
PASSWORD: Final = "ConsolePasswordChange"  # noqa: S105 - a name in the audit
_BODY_BYTES: Final = 256 * 1024
_LOGIN_BYTES: Final = 4096
_THREADS: Final = 4
_HASHING: Final = 1
"""Passwords that a process compares at a time; each takes 64 MiB."""

Place = console_guard.Place
Run = Callable[[requests.Request, bytes], responses.Response]


class Console:
    """Handlers of sessions and calls; what they do in the store runs in threads."""

    def __init__(
        self,
        database: unit_of_work.Database,
        dispatcher: dispatch.Dispatcher,
        place: Place,
        brake: console_login.LoginBrake,
    ) -> None:
        self._database = database
        self._dispatcher = dispatcher
        self._place = place
        self._guard = console_guard.Guard(database, place, brake)
        self._factors = console_factor.SecondFactors(self._guard)
        self._news = console_news.News(database)
        self._limiter = anyio.CapacityLimiter(_THREADS)
        self._hashing = anyio.CapacityLimiter(_HASHING)

    def routes(self) -> list[routing.BaseRoute]:
        """Give all routes of the console, the page's last."""
        return [
            self._private("/login", self._login),
            self._route("/logout", self._logout),
            self._route("/session", self._session, method="GET"),
            self._route("/call", self._call),
            self._private("/password", self._password),
            self._private("/factor/begin", self._factors.begin),
            self._private("/factor/confirm", self._factors.confirm),
            self._private("/factor/remove", self._factors.remove),
            routing.Route(API + "/news", self._listen, methods=["GET"]),
            *console_files.Page().routes(),
        ]

    def _private(self, path: str, run: Run) -> routing.Route:
        """Make the route of a handler that compares passwords or codes."""
        return self._route(path, run, limit=_LOGIN_BYTES, limiter=self._hashing)

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
                body = await console_guard.read(request, limit)
                return await anyio.to_thread.run_sync(run, request, body, limiter=chosen)
            except domain_faults.Fault as fault:
                return console_guard.refusal(fault)

        return routing.Route(API + path, handle, methods=[method])

    def _login(self, request: requests.Request, body: bytes) -> responses.Response:
        console_guard.require_own_page(request)
        given = console_guard.members(body, "Account", "User", "Password", optional=("Code",))
        account_id, user = given["Account"].strip(), given["User"].strip()
        address = console_guard.address_of(request)
        with self._database.read() as work:
            account_id = account_id or console_passwords.first_account_id(work)
            stored = console_passwords.find(work, account_id, user)
        self._guard.require_patience(account_id, user, address)
        if not console_passwords.matches(given["Password"], stored):
            self._wrong(request, account_id, user, is_known=stored is not None)
        token, visitor = self._open(request, account_id, user, given["Code"])
        self._guard.brake.succeeded(f"{account_id}/{user}")
        answer = console_guard.answer(self._described(visitor))
        answer.set_cookie(
            self._place.cookie,
            token,
            secure=self._place.is_secure,
            httponly=True,
            samesite="strict",
            path="/",
        )
        return answer

    def _wrong(
        self, request: requests.Request, account_id: str, user: str, *, is_known: bool
    ) -> None:
        """Count a wrong password; the audit hears only of users that exist."""
        code = console_passwords.WrongLogin.code
        if is_known:
            self._guard.failed(request, _caller(account_id, user), LOGIN, code)
        else:
            self._guard.brake.failed(f"{account_id}/{user}", console_guard.address_of(request))
        raise console_passwords.WrongLogin(
            "Account, user and password do not belong together: check all three. An"
            " administrator of the host sets a new password with `futago user set-password`."
        )

    def _open(
        self, request: requests.Request, account_id: str, user: str, code: str
    ) -> tuple[str, console_sessions.Visitor]:
        try:
            with self._database.begin() as work:
                console_factors.require(work, account_id, user, code)
                token = console_sessions.open_session(
                    work,
                    account_id,
                    user,
                    console_guard.address_of(request),
                    instead_of=self._guard.token(request),
                )
                visitor = console_sessions.find(work, token)
                if visitor is None:
                    raise console_guard.NoSession("The session has ended: log in.")
                work.record_audit(
                    console_guard.principal_of(visitor),
                    console_guard.entry(request, LOGIN, dispatch.OK),
                )
        except console_factors.WrongCode as fault:
            self._guard.failed(request, _caller(account_id, user), LOGIN, fault.code)
            raise
        return token, visitor

    def _logout(self, request: requests.Request, _body: bytes) -> responses.Response:
        visitor = self._guard.visitor(request, is_change=True)
        with self._database.begin() as work:
            console_sessions.close(work, self._guard.token(request) or "")
            work.record_audit(
                console_guard.principal_of(visitor),
                console_guard.entry(request, LOGOUT, dispatch.OK),
            )
        answer = console_guard.answer({})
        answer.delete_cookie(self._place.cookie, secure=self._place.is_secure, httponly=True)
        return answer

    def _session(self, request: requests.Request, _body: bytes) -> responses.Response:
        return console_guard.answer(self._described(self._guard.visitor(request)))

    def _call(self, request: requests.Request, body: bytes) -> responses.Response:
        visitor = self._guard.visitor(request, is_change=True)
        pairs = params.decode_pairs(body.decode("ascii", "replace"))
        named = dict(pairs)
        principal = console_guard.principal_of(visitor)
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
                source_ip=console_guard.address_of(request),
                host=request.headers.get("host", ""),
            )
        )
        return console_guard.answer(outcome.answer, outcome.status)

    def _password(self, request: requests.Request, body: bytes) -> responses.Response:
        visitor = self._guard.visitor(request, is_change=True)
        given = console_guard.members(body, "OldPassword", "NewPassword")
        self._guard.require_password(request, visitor, given["OldPassword"], PASSWORD)
        with self._database.begin() as work:
            console_passwords.put(
                work,
                visitor.account_id,
                visitor.user_name,
                given["NewPassword"],
                kept_session=console_sessions.digest(self._guard.token(request) or ""),
            )
            work.record_audit(
                console_guard.principal_of(visitor),
                console_guard.entry(request, PASSWORD, dispatch.OK),
            )
        return console_guard.answer({})

    async def _listen(self, request: requests.Request) -> types.ASGIApp:
        try:
            visitor = await anyio.to_thread.run_sync(self._guard.visitor, request)
        except domain_faults.Fault as fault:
            return console_guard.refusal(fault)
        token = self._guard.token(request) or ""
        return responses.StreamingResponse(
            self._news.stream(visitor.account_id, token),
            media_type="text/event-stream",
            headers=console_guard.stream_headers(),
        )

    def _described(self, visitor: console_sessions.Visitor) -> dict[str, Any]:
        with self._database.read() as work:
            has_factor = console_factors.has(work, visitor.account_id, visitor.user_name)
            is_first = console_passwords.first_account_id(work) == visitor.account_id
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
            "HasSecondFactor": has_factor,
            "IsFirstAccount": is_first,
            "Actions": sorted(allowed),
        }


def _caller(account_id: str, user: str) -> catalogue.Principal:
    return catalogue.Principal(account_id, user, console_sessions.KEY_PREFIX)
