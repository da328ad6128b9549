"""Operations of the API as the modules of this package write them down.

An `Operation` is a row of the catalogue that does not know its region yet. `bind` turns it into an
`Action`: it checks the region of a call, gives the handler its scope, and says faults of the
services in the words of this action and product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NoReturn, TypeAlias, TypeVar, assert_never

from futago.actions import catalogue, codes, extended, faults, requests
from futago.domain import faults as domain_faults
from futago.domain import webhooks as domain_webhooks
from futago.services import access
from futago.store import unit_of_work

RequestT = TypeVar("RequestT", bound=requests.Request)
POST_ONLY = frozenset({"POST"})
GET_OR_POST = frozenset({"GET", "POST"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """The one region of an installation, and what it allows."""

    id: str
    local_name: str
    has_extended_crypto: bool = False
    """Algorithms beyond the vendor's may be chosen."""
    refuses_interruptions: bool = False
    """Edits that would interrupt traffic need Force."""
    key_overlap_seconds: int = 0
    """How long the key before is accepted after an edit that does not say so."""
    webhooks: domain_webhooks.Rules = domain_webhooks.DEFAULT_RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a handler works with besides its request."""

    work: unit_of_work.UnitOfWork
    scope: access.Scope
    region: Region
    host: str = ""
    """The name under which the client reached us."""
    principal: catalogue.Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[RequestT]):
    """One operation, before it is bound to a region."""

    name: str
    product: catalogue.Product
    request: type[RequestT]
    handler: Callable[[Context, RequestT], catalogue.Answer]
    mutating: bool = False
    asynchronous: bool = False
    requires_region: bool = False
    ignores_region: bool = False
    """For the action that tells clients which region there is."""
    quota: str | None = None
    resource: str | None = None
    methods: frozenset[str] = GET_OR_POST
    codes: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Codes of faults that this action says differently from its product."""
    open_to_all: bool = False
    """Asks for no permission."""
    reveals_secrets: bool = False
    """Its answer may carry pre-shared keys."""
    is_audited: bool = False
    """Each answer is in the audit though nothing changes."""
    support: catalogue.Support = catalogue.Support.WORKS
    title: str = ""
    """What it does; empty means the first line of the handler's docstring."""


AnyOperation: TypeAlias = Operation[Any]


def _context(call: catalogue.Call, region: Region) -> Context:
    caller = call.principal
    scope = access.Scope(account_id=caller.account_id, region_id=region.id, now=call.now)
    return Context(work=call.work, scope=scope, region=region, principal=caller, host=call.host)


def bind(operation: Operation[RequestT], region: Region) -> catalogue.Action[RequestT]:
    """Make the catalogue's entry of an operation in a region."""

    def handle(call: catalogue.Call, request: RequestT) -> catalogue.Answer:
        _require_region(operation, region, request.region_id)
        if operation.mutating and not region.has_extended_crypto:
            extended.refuse(request)
        try:
            answer = operation.handler(_context(call, region), request)
        except domain_faults.Fault as fault:
            _say(operation, fault)
        if not operation.mutating:
            _end_dry_run(request)
        return answer

    return catalogue.Action(
        name=operation.name,
        product=operation.product,
        permission=f"{_permission_prefix(operation.product)}:{operation.name}",
        idempotency=_idempotency(operation),
        quota=operation.quota,
        methods=operation.methods,
        request=operation.request,
        handler=handle,
        mutating=operation.mutating,
        asynchronous=operation.asynchronous,
        resource=operation.resource,
        region_id=region.id,
        open_to_all=operation.open_to_all,
        reveals_secrets=operation.reveals_secrets,
        is_audited=operation.is_audited,
        support=operation.support,
        title=operation.title or (operation.handler.__doc__ or "").split("\n")[0],
        errors=frozenset(code for code, _ in operation.codes.values()),
    )


def _idempotency(operation: AnyOperation) -> catalogue.Idempotency:
    if not operation.mutating:
        return catalogue.Idempotency.READ
    if issubclass(operation.request, requests.Idempotent):
        return catalogue.Idempotency.CLIENT_TOKEN
    return catalogue.Idempotency.NATURAL


def _permission_prefix(product: catalogue.Product) -> str:
    match product:
        case catalogue.Product.VPC:
            return "vpc"
        case catalogue.Product.CBN:
            return "cen"
        case catalogue.Product.RAM:
            return "ram"
        case catalogue.Product.RESOURCE_MANAGER:
            return "resourcemanager"
        case catalogue.Product.STS:
            return "sts"
        case catalogue.Product.FUTAGO:
            return "futago"
        case _:
            assert_never(product)


def _require_region(operation: AnyOperation, region: Region, given: str | None) -> None:
    if operation.ignores_region:
        return
    if given is None:
        if operation.requires_region:
            raise faults.VendorFault(
                "MissingParameter",
                400,
                f"Parameter RegionId is missing: {operation.name} requires it."
                f" Send {region.id}, the region of this installation.",
                field="RegionId",
            )
        return
    if given != region.id:
        is_cbn = operation.product is catalogue.Product.CBN
        code, status = (
            ("IllegalParam.RegionId", 400) if is_cbn else ("InvalidRegionId.NotFound", 404)
        )
        raise faults.VendorFault(
            code,
            status,
            f"Parameter RegionId with the value '{given[:64]}' names no region of this"
            f" installation: it has one region. Send {region.id}.",
            field="RegionId",
        )


def _say(operation: AnyOperation, fault: domain_faults.Fault) -> NoReturn:
    """Raise a service's fault again in the words of the action, if it has words of its own."""
    if isinstance(fault, faults.VendorFault):
        raise fault
    spoken = operation.codes.get(fault.code) or codes.of_product(operation.product, fault.code)
    if spoken is None:
        raise fault
    code, status = spoken
    told = faults.VendorFault(code, status, fault.message)
    told.context = fault.context
    raise told from fault


def _end_dry_run(request: requests.Request) -> None:
    if isinstance(request, requests.DryRunnable) and request.dry_run:
        raise faults.VendorFault(
            "DryRunOperation", 400, "The call would succeed; DryRun is true, so it was not run."
        )
