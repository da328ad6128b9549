"""From an authenticated call to its answer.

The dispatcher finds the action, reads its parameters, opens one unit of work and runs the handler
inside it. Around the handler it keeps promises that actions need not think about: nothing happens
without permission, a dry run leaves nothing behind, a repeated ClientToken is answered as before,
and every attempt at a change is in the audit table, refused ones too, in the transaction of the
change itself. So is every answer that shows a pre-shared key. It is the only place where an
unexpected exception becomes an answer; the traceback goes to the log, the caller learns a
RequestId.

Everything here is synchronous; faces enter a thread once per call.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from futago.actions import arns, catalogue, faults, permissions, requests, secrecy
from futago.domain import faults as domain_faults
from futago.protocols.rpc import params
from futago.store import audit

if TYPE_CHECKING:
    from futago.store import unit_of_work

logger = logging.getLogger(__name__)

OK = "OK"
MAX_RESOURCE_ID = 64
NOT_PART_OF_A_CALL = frozenset({"ClientToken", "DryRun"})


class Database(Protocol):
    """What the dispatcher needs of the store."""

    def begin(self) -> AbstractContextManager[unit_of_work.UnitOfWork]:
        """Open a unit of work that commits unless an exception leaves it."""
        ...

    def read(self) -> AbstractContextManager[unit_of_work.UnitOfWork]:
        """Open a unit of work that only reads."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallInput:
    """An authenticated call, before anyone looked at its parameters."""

    version: str
    action: str
    method: str
    pairs: params.Pairs = field(repr=False)
    principal: catalogue.Principal
    request_id: str
    source_ip: str
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer and what faces need to carry it."""

    status: int
    answer: catalogue.Answer = field(repr=False)
    code: str = OK
    retry_after_ms: int | None = None


class Dispatcher:
    """Runs calls of the catalogue against a database."""

    def __init__(
        self,
        database: Database,
        actions: catalogue.Catalogue,
        clock: Callable[[], datetime],
        *,
        digest_key: bytes = b"",
    ) -> None:
        """Take the parts.

        Args:
            database: Opens units of work.
            actions: The table.
            clock: The present, aware.
            digest_key: Keys the digests kept beside ClientTokens, which cover secrets; the same
                in every process of an installation.
        """
        self.catalogue = actions
        self._database = database
        self._clock = clock
        self._digest_key = digest_key or b"futago"

    def dispatch(self, given: CallInput) -> Outcome:
        """Answer a call; never raises for the call's sake."""
        try:
            answer = self._run(given)
        except domain_faults.Fault as fault:
            return refuse(fault, given.request_id, given.host)
        except Exception:
            logger.exception(
                "action failed unexpectedly",
                extra={"action": given.action, "request_id": given.request_id},
            )
            return failure(given.request_id, given.host)
        return Outcome(status=200, answer={**answer, "RequestId": given.request_id})

    def _run(self, given: CallInput) -> catalogue.Answer:
        action = self.catalogue.find(given.version, given.action, given.method)
        if not action.mutating:
            return self._look(action, given)
        try:
            return self._change(action, given)
        except domain_faults.Fault as fault:
            self._audit_refusal(action, given, faults.translate(fault).code)
            raise
        except Exception:
            self._audit_refusal(action, given, "InternalError")
            raise

    def _look(self, action: catalogue.AnyAction, given: CallInput) -> catalogue.Answer:
        permissions.require_any(action, given.principal)
        request = requests.parse(action.request, given.pairs)
        with self._database.read() as work:
            permissions.require(action, given.principal, request, work)
            answer = action.handler(self._call(given, work), request)
        shows_secret = action.reveals_secrets and secrecy.shows_secret(answer)
        if action.is_audited or shows_secret:
            # Before the answer leaves: a key that nobody knows was shown is worse than an error.
            with self._database.begin() as work:
                shown = next(iter(arns.resource_ids(request)), None)
                work.record_audit(given.principal, _entry(action, given, OK, shown))
        return answer

    def _change(self, action: catalogue.AnyAction, given: CallInput) -> catalogue.Answer:
        permissions.require_any(action, given.principal)
        request = requests.parse(action.request, given.pairs)
        with self._database.begin() as work:
            permissions.require(action, given.principal, request, work)
            call = self._call(given, work)
            if isinstance(request, requests.DryRunnable) and request.dry_run:
                action.handler(call, request)
                # Leaving by an exception is what undoes the work.
                raise faults.VendorFault(
                    "DryRunOperation",
                    400,
                    "The call would succeed; DryRun is true, so nothing was changed.",
                )
            named = arns.resource_ids(request)
            before = work.anchor(named)
            answer = self._answer_once(action, call, request, given.pairs)
            resource_id = _resource_id(action, answer, given.pairs)
            counted = [before.id] if before else [*filter(None, [resource_id]), *named]
            entry = _entry(action, given, OK, resource_id)
            entry = dataclasses.replace(entry, before=before, after=work.anchor(counted))
            work.record_audit(given.principal, entry)
        return answer

    def _answer_once(
        self,
        action: catalogue.AnyAction,
        call: catalogue.Call,
        request: requests.Request,
        pairs: params.Pairs,
    ) -> catalogue.Answer:
        token = _token(action, request)
        if token is None:
            return action.handler(call, request)
        account_id = call.principal.account_id
        digest = self._digest(action, pairs)
        record = call.work.recall_token(account_id, action.name, token)
        if record is None:
            answer = action.handler(call, request)
            call.work.remember_token(account_id, action.name, token, digest, json.dumps(answer))
            return answer
        if not hmac.compare_digest(record.parameters_digest, digest):
            raise faults.VendorFault(
                "IdempotentParameterMismatch",
                400,
                f"ClientToken '{token}' was used for {action.name} with other parameters:"
                " repeat those, or make up a new token.",
                field="ClientToken",
            )
        kept: dict[str, catalogue.JSON] = json.loads(record.answer_json)
        return secrecy.for_repeater(kept, action, call.principal, request)

    def _digest(self, action: catalogue.AnyAction, pairs: params.Pairs) -> str:
        names = requests.wire_names(action.request) - NOT_PART_OF_A_CALL
        read = sorted(pair for pair in pairs if pair[1] and pair[0].split(".")[0] in names)
        return hmac.new(self._digest_key, json.dumps(read).encode(), hashlib.sha256).hexdigest()

    def _call(self, given: CallInput, work: unit_of_work.UnitOfWork) -> catalogue.Call:
        return catalogue.Call(
            work=work,
            principal=given.principal,
            request_id=given.request_id,
            now=self._clock(),
            source_ip=given.source_ip,
            host=given.host,
        )

    def _audit_refusal(self, action: catalogue.AnyAction, given: CallInput, code: str) -> None:
        resource_id = _resource_id(action, {}, given.pairs)
        try:
            with self._database.begin() as work:
                work.record_audit(given.principal, _entry(action, given, code, resource_id))
        except Exception:
            # The caller must still learn why the action itself failed.
            logger.exception(
                "audit record lost",
                extra={"action": action.name, "code": code, "request_id": given.request_id},
            )


def refuse(fault: domain_faults.Fault, request_id: str, host: str) -> Outcome:
    """Turn a fault into an answer."""
    if fault.kind is domain_faults.Kind.INTERNAL:
        logger.error(
            "invariant broken", exc_info=fault, extra={"code": fault.code, "request_id": request_id}
        )
    translated = faults.translate(fault)
    return Outcome(
        status=translated.status,
        answer=faults.body(translated, request_id, host),
        code=translated.code,
        retry_after_ms=translated.retry_after_ms,
    )


def failure(request_id: str, host: str) -> Outcome:
    """Answer for a bug: nothing but the request id."""
    translated = faults.Translated(500, "InternalError", faults.INTERNAL_MESSAGE)
    return Outcome(
        status=translated.status,
        answer=faults.body(translated, request_id, host),
        code=translated.code,
    )


def _entry(
    action: catalogue.AnyAction, given: CallInput, code: str, resource_id: str | None
) -> audit.Entry:
    return audit.Entry(
        source_ip=given.source_ip,
        action=action.name,
        result_code=code,
        resource_id=resource_id,
        request_id=given.request_id,
    )


def _token(action: catalogue.AnyAction, request: requests.Request) -> str | None:
    if action.idempotency is not catalogue.Idempotency.CLIENT_TOKEN:
        return None
    return request.client_token if isinstance(request, requests.Idempotent) else None


def _resource_id(
    action: catalogue.AnyAction, answer: catalogue.Answer, pairs: params.Pairs
) -> str | None:
    if action.resource is None:
        return None
    found = answer.get(action.resource) or dict(pairs).get(action.resource)
    return found[:MAX_RESOURCE_ID] if isinstance(found, str) and found else None
