"""Every action of the API as one table entry.

An entry names what dispatch, validation, permissions, audit, documentation and the compatibility
tests need to know; nothing about an action is written down anywhere else. Modules of actions
export a tuple `ACTIONS`; the registry concatenates them into the one `Catalogue`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from futago.actions import faults, requests
from futago.domain import policy

if TYPE_CHECKING:
    from futago.store import unit_of_work

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
Answer: TypeAlias = Mapping[str, JSON]

RequestT = TypeVar("RequestT", bound=requests.Request)


class Product(StrEnum):
    """A product by the version that calls name."""

    VPC = "2016-04-28"
    CBN = "2017-09-12"
    RAM = "2015-05-01"
    RESOURCE_MANAGER = "2020-03-31"
    STS = "2015-04-01"
    FUTAGO = "2026-12-01"


class Idempotency(StrEnum):
    """What a repeated call does."""

    READ = "read"
    """Changes nothing."""
    CLIENT_TOKEN = "client-token"  # noqa: S105 - a class of actions, not a credential
    """Answers as the first call did, when both carry one ClientToken."""
    NATURAL = "natural"
    """Ends in the same state, or explains why it cannot."""


class Support(StrEnum):
    """How far an action is carried out."""

    WORKS = "works"
    WITHOUT_EFFECT = "accepted without effect"
    """Answered as the vendor does; there is nothing that it could change here."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling, after authentication."""

    account_id: str
    user_name: str
    access_key_id: str
    permissions: policy.Permissions = policy.NOTHING
    role_name: str | None = None
    """Of a session with temporary credentials."""
    session_name: str | None = None

    @property
    def arn(self) -> str:
        """Name the caller as policies and answers do."""
        if self.role_name is not None:
            return f"acs:ram::{self.account_id}:assumed-role/{self.role_name}/{self.session_name}"
        return f"acs:ram::{self.account_id}:user/{self.user_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a handler may use besides its request."""

    work: unit_of_work.UnitOfWork
    principal: Principal
    request_id: str
    now: datetime
    source_ip: str
    host: str = ""
    """The name under which the client reached us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Generic[RequestT]):
    """One operation of the API."""

    name: str
    product: Product
    permission: str
    """For example `vpc:CreateVpnAttachment`."""
    idempotency: Idempotency
    quota: str | None
    """Class of the limit that the action counts against."""
    request: type[RequestT]
    handler: Callable[[Call, RequestT], Answer]
    mutating: bool
    asynchronous: bool = False
    """The answer comes before the change is complete."""
    methods: frozenset[str] = frozenset({"GET", "POST"})
    resource: str | None = None
    """Member of the answer, else parameter, whose text is the resource id for the audit."""
    region_id: str = ""
    """In the names of resources that policies speak of."""
    open_to_all: bool = False
    """Asks for no permission."""
    reveals_secrets: bool = False
    """Its answer may carry pre-shared keys; each that does is in the audit."""
    is_audited: bool = False
    """Each answer is in the audit though nothing changes."""
    support: Support = Support.WORKS
    title: str = ""
    """What it does, in a sentence."""
    errors: frozenset[str] = frozenset()
    """Codes that only this action has."""


AnyAction: TypeAlias = Action[Any]


class Catalogue:
    """All actions, found by version and name."""

    def __init__(self, actions: Iterable[AnyAction]) -> None:
        self._actions: dict[tuple[str, str], AnyAction] = {}
        for action in actions:
            key = (action.product.value, action.name)
            if key in self._actions:
                raise faults.DuplicateAction(f"Action {action.name} of {key[0]} is listed twice.")
            self._actions[key] = action

    def __iter__(self) -> Iterator[AnyAction]:
        return iter(self._actions.values())

    def __len__(self) -> int:
        return len(self._actions)

    def known_name(self, version: str, name: str) -> str | None:
        """Return the name when it is one of ours, for labels that must stay bounded."""
        return name if (version, name) in self._actions else None

    def find(self, version: str, name: str, method: str) -> AnyAction:
        """Find the action of a call.

        Raises:
            VendorFault: MissingParameter, InvalidVersion, InvalidAction.NotFound or
                UnsupportedHTTPMethod.
        """
        if not name or not version:
            absent = "Version" if name else "Action"
            raise faults.VendorFault(
                "MissingParameter", 400, f"Parameter {absent} is missing: name the operation."
            )
        if version not in {product.value for product in Product}:
            known = ", ".join(product.value for product in Product)
            raise faults.VendorFault(
                "InvalidVersion",
                400,
                f"Version '{version[:40]}' is not known: use one of {known}.",
            )
        action = self._actions.get((version, name))
        if action is None:
            raise faults.VendorFault(
                "InvalidAction.NotFound",
                404,
                f"Version {version} has no action '{name[:80]}': see the list of actions.",
            )
        if method not in action.methods:
            raise faults.VendorFault(
                "UnsupportedHTTPMethod",
                400,
                f"Action {name} does not take {method[:10]}: use"
                f" {' or '.join(sorted(action.methods))}.",
            )
        return action
