"""The parameters of an action as a model.

A model lists what an action reads, in our names; the wire spells them in Pascal case. Parameters
that no model mentions (the owner group, a signature's own) are ignored, as the vendor does. Blank
values never reach a model.

`parse` turns pydantic's findings into one fault with the vendor's code. A field that has a code of
its own says so beside its type:

    local_subnet: Annotated[str, Vendor(invalid="IllegalParam.LocalSubnet")]
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args

import pydantic
from pydantic import alias_generators
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from futago.actions import faults
from futago.protocols.rpc import params

MAX_SHOWN_VALUE = 64
MAX_INTEGER_DIGITS = 19
SECRET_NAMES = frozenset({"Psk", "AuthKey", "SecretContent"})


@dataclass(frozen=True, slots=True)
class Vendor:
    """The vendor's codes for one field; None means the general code."""

    missing: str | None = None
    invalid: str | None = None
    secret: bool = False
    """Never repeat the value."""


def _read_flag(value: object) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise ValueError("the value must be true or false")


def _read_integer(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and len(value) <= MAX_INTEGER_DIGITS:
        digits = value.removeprefix("-")
        if digits.isdigit():
            return int(value)
    raise ValueError("the value must be an integer in decimal digits")


def _read_json(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return _without_blanks(json.loads(value))
    except (ValueError, RecursionError) as exc:
        raise ValueError("the value must be JSON text") from exc


def _without_blanks(value: object) -> object:
    match value:
        case dict():
            return {
                name: _without_blanks(member)
                for name, member in value.items()
                if member not in ("", None)
            }
        case list():
            return [_without_blanks(member) for member in value]
        case _:
            return value


def _read_text(value: object) -> object:
    # Values inside JSON text may be typed where the model wants text.
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


Flag = Annotated[bool, pydantic.BeforeValidator(_read_flag)]
"""A boolean in any case."""

Integer = Annotated[int, pydantic.BeforeValidator(_read_integer)]
"""An integer as decimal text."""

Text = Annotated[str, pydantic.BeforeValidator(_read_text)]
"""Text, or a number inside JSON text."""

FROM_JSON = pydantic.BeforeValidator(_read_json)
"""Marks a field whose structure travels as JSON text: `Annotated[Options, FROM_JSON]`."""


class Member(pydantic.BaseModel):
    """A structure inside a request."""

    model_config = pydantic.ConfigDict(
        alias_generator=alias_generators.to_pascal,
        validate_by_name=True,
        validate_by_alias=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )


class Request(Member):
    """The parameters of one action; subclasses add theirs."""

    region_id: str | None = None


class Paged(Member):
    """Pages by number."""

    page_number: Annotated[Integer, pydantic.Field(ge=1, le=1_000_000)] = 1
    page_size: Annotated[Integer, pydantic.Field(ge=1, le=50)] = 10


class Searched(Member):
    """Lists that a text is looked for in: part of the id, the name or the address, in any case.

    Futago's own; the vendor's clients never send it.
    """

    keyword: Annotated[str | None, pydantic.Field(max_length=100)] = None


class Tokened(Member):
    """Pages by token."""

    max_results: Annotated[Integer, pydantic.Field(ge=1, le=100)] = 20
    next_token: str | None = None


class Idempotent(Member):
    """Repeatable by a token that the client makes up."""

    client_token: (
        Annotated[str, pydantic.Field(max_length=64, pattern=r"^[\x20-\x7e]+$")] | None
    ) = None


class DryRunnable(Member):
    """Can be tried without effect."""

    dry_run: Flag = False


class Tag(Member):
    """One user tag."""

    key: Annotated[str, pydantic.Field(max_length=128)]
    value: Annotated[str, pydantic.Field(max_length=128)] = ""


class Tagged(Member):
    """User tags under `Tags.N`."""

    tags: Annotated[tuple[Tag, ...], pydantic.Field(max_length=20)] = ()


class TaggedByTag(Member):
    """User tags under `Tag.N`."""

    tags: Annotated[tuple[Tag, ...], pydantic.Field(max_length=20, alias="Tag")] = ()


RequestT = TypeVar("RequestT", bound=Request)


def parse(model: type[RequestT], pairs: Iterable[tuple[str, str]]) -> RequestT:
    """Read the parameters of a call.

    Raises:
        VendorFault: A parameter is missing or breaks a rule of its model.
        params.MalformedParameter: The names of the parameters contradict each other.
    """
    nest = params.nest(pairs)
    try:
        return model.model_validate(nest.values, by_alias=True, by_name=False)
    except pydantic.ValidationError as exc:
        finding = exc.errors(include_url=False)[0]
        # The cause would carry the input, which may hold a secret.
        raise explain(model, finding, nest) from None


def wire_names(model: type[pydantic.BaseModel]) -> frozenset[str]:
    """List the parameters that a model reads."""
    return frozenset(field.alias or name for name, field in model.model_fields.items())


def explain(
    model: type[pydantic.BaseModel], finding: ErrorDetails, nest: params.Nest
) -> faults.VendorFault:
    """Say one finding of pydantic in the vendor's words."""
    location = finding["loc"]
    path = nest.wire_path(location) or "(call)"
    vendor = _vendor_of(model, location)
    if finding["type"] == "missing":
        return faults.VendorFault(
            vendor.missing or "MissingParameter",
            400,
            f"Parameter {path} is missing: the action requires it. Send a value.",
            field=path,
        )
    shown = _shown(finding["input"], vendor, location)
    rule = finding["msg"].removeprefix("Value error, ").rstrip(".")
    return faults.VendorFault(
        vendor.invalid or "InvalidParameter",
        400,
        f"Parameter {path}{shown} is not valid: {rule[:1].lower()}{rule[1:]}."
        " Send a value that follows this rule.",
        field=path,
    )


def _shown(value: object, vendor: Vendor, location: Sequence[str | int]) -> str:
    if vendor.secret or not SECRET_NAMES.isdisjoint(map(str, location)):
        return ""
    if not isinstance(value, str | int | float):
        return ""
    # JSON text is a structure in disguise and may hold a secret further in.
    text = str(value)
    if "{" in text or "[" in text:
        return ""
    return f" with the value '{text[:MAX_SHOWN_VALUE]}'"


def _vendor_of(model: type[pydantic.BaseModel], location: Sequence[str | int]) -> Vendor:
    """Find the codes of the field at a place; a secret stays one for everything inside it."""
    found = Vendor()
    secret = False
    fields: Mapping[str, FieldInfo] = model.model_fields
    for step in location:
        if isinstance(step, int):
            continue
        field = _field_by_alias(fields, step)
        if field is None:
            break
        marks = [*field.metadata, *_marks(field.annotation)]
        found = next((mark for mark in marks if isinstance(mark, Vendor)), Vendor())
        secret = secret or found.secret or pydantic.SecretStr in marks
        below = next((m for m in marks if _is_model(m)), None)
        fields = below.model_fields if below else {}
    return Vendor(found.missing, found.invalid, secret)


def _field_by_alias(fields: Mapping[str, FieldInfo], step: str) -> FieldInfo | None:
    return next((f for name, f in fields.items() if step in {f.alias, name}), None)


def _marks(annotation: Any) -> list[Any]:
    """Flatten an annotation into everything written in it, outermost first."""
    inner = get_args(annotation)
    return [annotation, *(mark for each in inner for mark in _marks(each))]


def _is_model(mark: object) -> bool:
    return isinstance(mark, type) and issubclass(mark, pydantic.BaseModel)
