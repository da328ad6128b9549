"""Names of resources, as policies speak of them.

A call is about every resource whose id it carries, at any depth, and about "any" resource of a
kind if it creates one or names none. Each of them must be allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pydantic

from futago.actions import catalogue
from futago.domain import ids

_TYPES: Final[Mapping[ids.IdKind, tuple[str, str]]] = {
    ids.IdKind.CEN: ("cen", "ceninstance"),
    ids.IdKind.ROUTER: ("cen", "centransitrouter"),
    ids.IdKind.ROUTER_CIDR: ("cen", "centransitroutercidr"),
    ids.IdKind.ATTACHMENT: ("cen", "centransitrouterattachment"),
    ids.IdKind.ROUTE_TABLE: ("cen", "centransitrouterroutetable"),
    ids.IdKind.ROUTE_ENTRY: ("cen", "centransitrouterrouteentry"),
    ids.IdKind.VPC: ("vpc", "vpc"),
    ids.IdKind.VSWITCH: ("vpc", "vswitch"),
    ids.IdKind.CUSTOMER_GATEWAY: ("vpc", "customergateway"),
    ids.IdKind.CONNECTION: ("vpc", "vpnconnection"),
    ids.IdKind.RESOURCE_GROUP: ("resourcemanager", "resourcegroup"),
}
_WORDS: Final = (
    ("TransitRouterCidr", "centransitroutercidr"),
    ("RouteEntr", "centransitrouterrouteentry"),
    ("RouteTable", "centransitrouterroutetable"),
    ("TransitRouterAttachment", "centransitrouterattachment"),
    ("TransitRouterVpnAttachment", "centransitrouterattachment"),
    ("TransitRouterVpcAttachment", "centransitrouterattachment"),
    ("TransitRouter", "centransitrouter"),
    ("Cen", "ceninstance"),
    ("VcoRoute", "vpnconnection"),
    ("VpnAttachment", "vpnconnection"),
    ("VpnConnection", "vpnconnection"),
    ("Tunnel", "vpnconnection"),
    ("CustomerGateway", "customergateway"),
    ("VSwitch", "vswitch"),
    ("Vpc", "vpc"),
    ("Role", "role"),
    ("User", "user"),
    ("AccessKey", "user"),
)
"""What an action is about, by the first of these words in its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call whose permission is in question."""

    action: catalogue.AnyAction
    request: pydantic.BaseModel
    principal: catalogue.Principal
    connection_of: Callable[[str], str | None]
    """Finds the connection of a tunnel, which has no name of its own."""

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names of all resources that the call is about."""
        own = tuple(_own_names(self))
        found = [self._named(each) for each in resource_ids(self.request)]
        if not found and not own:
            return (self._any(),)
        if self._creates() and not own:
            found.append(self._any())
        return (*own, *dict.fromkeys(found))

    def _creates(self) -> bool:
        member = self.action.resource
        is_given = member is not None and _field(self.request, member) is not None
        return self.action.name.startswith("Create") and not is_given

    def _any(self) -> str:
        service = self.action.permission.split(":")[0]
        kind = next((kind for word, kind in _WORDS if word in self.action.name), None)
        if kind in {"role", "user"}:
            return _ram(self.principal.account_id, kind, "*")
        return self._name(service, kind, "*") if kind else self._prefix(service) + "*"

    def _named(self, resource_id: str) -> str:
        kind = ids.kind_of(resource_id)
        if kind is ids.IdKind.TUNNEL:
            return self._name("vpc", "vpnconnection", self.connection_of(resource_id) or "*")
        service, name = _TYPES.get(kind, ("*", "*")) if kind else ("*", "*")
        return self._name(service, name, resource_id)

    def _name(self, service: str, kind: str, resource_id: str) -> str:
        return f"{self._prefix(service)}{kind}/{resource_id}"

    def _prefix(self, service: str) -> str:
        return f"acs:{service}:{self.action.region_id}:{self.principal.account_id}:"


def resource_ids(request: pydantic.BaseModel) -> list[str]:
    """Find the ids of resources in a request, at any depth."""
    found: list[str] = []
    waiting: list[object] = [request]
    while waiting:
        match waiting.pop():
            case str() as text:
                if "-" in text:
                    found += filter(ids.kind_of, map(str.strip, text.split(",")))
            case pydantic.BaseModel() as model:
                waiting += reversed(vars(model).values())
            case list() | tuple() as members:
                waiting += reversed(members)
            case set() | frozenset() as members:
                waiting += members
            case dict() as members:
                waiting += reversed(members.values())
            case _:
                pass
    return found


def _own_names(asked: Asked) -> Iterator[str]:
    """Name the user or role that a call is about."""
    account_id = asked.principal.account_id
    role_arn = getattr(asked.request, "role_arn", None)
    if isinstance(role_arn, str):
        yield role_arn
    for member, kind in (("role_name", "role"), ("user_name", "user")):
        name = getattr(asked.request, member, None)
        if isinstance(name, str):
            yield _ram(account_id, kind, name)
        elif member in type(asked.request).model_fields and "AccessKey" in asked.action.name:
            yield _ram(account_id, kind, asked.principal.user_name)


def _ram(account_id: str, kind: str, name: str) -> str:
    return f"acs:ram::{account_id}:{kind}/{name}"


def _field(request: pydantic.BaseModel, wire_name: str) -> object:
    fields = type(request).model_fields
    found = (name for name, each in fields.items() if each.alias == wire_name)
    return next((getattr(request, name) for name in found), None)
