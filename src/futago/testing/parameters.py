"""Good and bad parameters for every action, made from the models of the requests."""

from __future__ import annotations

import copy
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pydantic

from futago.actions import catalogue, requests

UNKNOWN_ID = "zz-00000000000000000000"
POLICY = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
SAMPLES: dict[str, Any] = {
    "LocalSubnet": "10.1.0.0/16",
    "RemoteSubnet": "10.2.0.0/16",
    "RouteDest": "10.3.0.0/16",
    "Weight": 0,
    "NewWeight": 100,
    "IpAddress": "203.0.113.99",
    "Target": "10.7.0.1",
    "Side": "inside",
    "Source": "10.7.0.2",
    "Destination": "10.7.0.3",
    "CidrBlock": "10.4.0.0/24",
    "Cidr": "10.5.0.0/24",
    "TransitRouterRouteEntryDestinationCidrBlock": "10.6.0.0/16",
    "TransitRouterRouteEntryNextHopType": "BlackHole",
    "QuotaCode": "customer-gateways-per-region",
    "Device": "strongswan-bird",
    "ZoneId": "zone-a",
    "Key": "team",
    "MinutePeriod": 5,
    "Spec": "5M",
    "Status": "Active",
    "OrderType": "PayByCenOwner",
    "RoleArn": "acs:ram::1234567890123456:role/nothing",
    "PolicyDocument": POLICY,
}
"""Where text that is merely text would break a rule."""


@dataclass(frozen=True)
class Place:
    """A parameter at any depth."""

    path: tuple[str | int, ...]
    kind: str
    """text, integer, flag, list, structure, choice or json."""

    @property
    def wire(self) -> str:
        """Spell the place as clients do."""
        return ".".join(str(step + 1) if isinstance(step, int) else step for step in self.path)


def sample(action: catalogue.AnyAction) -> dict[str, Any]:
    """Give required parameters that have the right form and refer to nothing."""
    return _sample(action.request)


def _sample(model: type[pydantic.BaseModel]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if field.is_required():
            wire = field.alias or name
            given[wire] = _value(wire, field.annotation, field.metadata)
    return given


def _value(wire: str, annotation: Any, marks: Any) -> Any:
    kind, inner = classify(annotation, marks)
    if wire in SAMPLES:
        return [SAMPLES[wire]] if kind == "list" else SAMPLES[wire]
    if kind == "list":
        return [_value("", inner, ())]
    if kind == "structure":
        return _sample(inner)
    if kind == "choice":
        return inner[0]
    return {"integer": 1, "flag": "true", "json": "{}"}.get(kind, UNKNOWN_ID)


def places(model: type[pydantic.BaseModel], above: tuple[str | int, ...] = ()) -> Iterator[Place]:
    """Walk over all parameters."""
    for name, field in model.model_fields.items():
        path = (*above, field.alias or name)
        kind, inner = classify(field.annotation, field.metadata)
        yield Place(path, kind)
        if kind == "list":
            kind, inner = classify(inner, ())
            path = (*path, 0)
        if kind == "structure":
            yield from places(inner, path)


def classify(annotation: Any, marks: Any) -> tuple[str, Any]:  # noqa: PLR0911 - one per form
    """Tell what form a parameter has."""
    if any(isinstance(mark, pydantic.PlainValidator) for mark in marks):
        return "text", None
    if requests.FROM_JSON in marks:
        return "json", None
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return classify(inner[0], (*marks, *inner[1:]))
    if origin in {typing.Union, types.UnionType}:
        return classify(next(each for each in inner if each is not type(None)), marks)
    if origin is typing.Literal:
        return "choice", inner
    if origin in {tuple, list}:
        return "list", inner[0]
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return "structure", annotation
    return {bool: "flag", int: "integer"}.get(annotation, "text"), None


def with_value(action: catalogue.AnyAction, place: Place, value: Any) -> dict[str, Any]:
    """Give good parameters with one of them replaced."""
    given = copy.deepcopy(sample(action))
    model: Any = action.request
    here: Any = given
    for step, following in zip(place.path, (*place.path[1:], None), strict=True):
        if following is None:
            here[step] = value
            break
        if isinstance(step, int):
            here = here[0]
            continue
        field = next(f for n, f in model.model_fields.items() if (f.alias or n) == step)
        kind, inner = classify(field.annotation, field.metadata)
        if kind == "list":
            inner = classify(inner, ())[1]
        model = inner
        if step not in here or not here[step]:
            here[step] = [_sample(model)] if kind == "list" else _sample(model)
        here = here[step]
    return given


WRONG: dict[str, tuple[Any, ...]] = {
    "text": ({"Strange": "x"},),
    "choice": ({"Strange": "x"}, "no such word"),
    "integer": ("one", "1.5", "9" * 30, {"Strange": "x"}),
    "flag": ("perhaps", {"Strange": "x"}),
    "list": ({"Strange": "x"},),
    "structure": ("text",),
    "json": ("{", "text"),
}
"""Values that cannot be read, by the form of the parameter."""
