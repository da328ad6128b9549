"""Second factors over HTTP: begin, confirm, remove, for whoever is logged in."""

from __future__ import annotations

from typing import Final

from starlette import requests, responses

from futago.actions import dispatch
from futago.api import console_guard
from futago.services import console_factors, console_sessions

BEGIN: Final = "ConsoleSecondFactorBegin"
CONFIRM: Final = "ConsoleSecondFactorConfirm"
REMOVE: Final = "ConsoleSecondFactorRemove"


class SecondFactors:
    """Handlers; each takes the request and its body."""

    def __init__(self, guard: console_guard.Guard) -> None:
        self._guard = guard

    def begin(self, request: requests.Request, body: bytes) -> responses.Response:
        """Make a secret and show it this once; asks for the password, as whoever holds it stays."""
        visitor = self._guard.visitor(request, is_change=True)
        given = console_guard.members(body, "Password")
        self._guard.require_password(request, visitor, given["Password"], BEGIN)
        with self._guard.database.begin() as work:
            begun = console_factors.begin(work, visitor.account_id, visitor.user_name)
            work.record_audit(
                console_guard.principal_of(visitor),
                console_guard.entry(request, BEGIN, dispatch.OK),
            )
        return console_guard.answer({"Secret": begun.secret, "Uri": begun.uri})

    def confirm(self, request: requests.Request, body: bytes) -> responses.Response:
        """Take the first code."""
        visitor = self._guard.visitor(request, is_change=True)
        given = console_guard.members(body, "Code")
        self._patience(request, visitor)
        try:
            with self._guard.database.begin() as work:
                console_factors.confirm(
                    work,
                    visitor.account_id,
                    visitor.user_name,
                    given["Code"],
                    kept_session=console_sessions.digest(self._guard.token(request) or ""),
                )
                work.record_audit(
                    console_guard.principal_of(visitor),
                    console_guard.entry(request, CONFIRM, dispatch.OK),
                )
        except console_factors.WrongCode as fault:
            principal = console_guard.principal_of(visitor)
            self._guard.failed(request, principal, CONFIRM, fault.code)
            raise
        return console_guard.answer({})

    def remove(self, request: requests.Request, body: bytes) -> responses.Response:
        """Forget the factor; asks for password and code."""
        visitor = self._guard.visitor(request, is_change=True)
        given = console_guard.members(body, "Password", "Code")
        self._guard.require_password(request, visitor, given["Password"], REMOVE)
        try:
            with self._guard.database.begin() as work:
                owner = (visitor.account_id, visitor.user_name)
                console_factors.require(work, *owner, given["Code"])
                if not console_factors.remove(work, *owner):
                    raise console_factors.NoFactor("There is no second factor to remove.")
                work.record_audit(
                    console_guard.principal_of(visitor),
                    console_guard.entry(request, REMOVE, dispatch.OK),
                )
        except console_factors.WrongCode as fault:
            principal = console_guard.principal_of(visitor)
            self._guard.failed(request, principal, REMOVE, fault.code)
            raise
        return console_guard.answer({})

    def _patience(self, request: requests.Request, visitor: console_sessions.Visitor) -> None:
        address = console_guard.address_of(request)
        self._guard.require_patience(visitor.account_id, visitor.user_name, address)
