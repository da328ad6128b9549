"""The OpenAPI document of the API, made from the catalogue.

The dialect has one path and names the operation by a parameter; a document can have one operation
for each path and method only. As other documents of such dialects do, each operation gets a path of
its own by a fragment, which no client sends. Structures and lists are described as such and travel
as `Name.N.Member` in the form.
"""

from __future__ import annotations

import enum
import json
import types
import typing
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

import pydantic
from starlette import requests as http
from starlette import responses, routing

from futago.actions import catalogue, faults, requests

Schema: TypeAlias = dict[str, catalogue.JSON]

PATH: Final = "/openapi.json"
FORM: Final = "application/x-www-form-urlencoded"
_TEXT: Final[Schema] = {"type": "string"}
TAGS: Final = {
    catalogue.Product.VPC: "VPC",
    catalogue.Product.CBN: "CBN",
    catalogue.Product.RAM: "RAM",
    catalogue.Product.RESOURCE_MANAGER: "ResourceManager",
    catalogue.Product.STS: "STS",
    catalogue.Product.FUTAGO: "Futago",
}
_ERROR_MEMBERS: Final = ("RequestId", "HostId", "Code", "Message", "Recommend")


def document(actions: catalogue.Catalogue) -> Schema:
    """Describe all actions."""
    listed = sorted(actions, key=lambda each: (each.product.value, each.name))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Futago",
            "summary": "Dual-tunnel IPsec connections attached to a transit router",
            "description": (
                "Every operation is a POST of a form to `/`; `Action` and `Version` name it. Calls"
                " are signed with ACS3-HMAC-SHA256 or with the RPC signature 1.0. A list or a"
                " structure travels as `Name.N.Member`."
            ),
            "version": "1",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": name, "description": f"Version {key}"} for key, name in TAGS.items()],
        "paths": {path_of(action): {"post": _operation(action)} for action in listed},
        "components": {
            "schemas": {"Error": _error()},
            "securitySchemes": {
                "acs3": {"type": "apiKey", "in": "header", "name": "Authorization"},
            },
        },
        "security": [{"acs3": []}],
    }


def render(actions: catalogue.Catalogue) -> str:
    """Write the document as text."""
    return json.dumps(document(actions), indent=1, sort_keys=False) + "\n"


def path_of(action: catalogue.AnyAction) -> str:
    """Give the path under which the document lists an action."""
    return f"/#Action={action.name}&Version={action.product.value}"


def route(actions: catalogue.Catalogue) -> routing.Route:
    """Serve the document; it is public and made at the first request."""
    made: list[bytes] = []

    def serve(_request: http.Request) -> responses.Response:
        if not made:
            made.append(json.dumps(document(actions), separators=(",", ":")).encode())
        return responses.Response(made[0], media_type="application/json")

    return routing.Route(PATH, serve, methods=["GET"])


def codes_of(model: type[pydantic.BaseModel]) -> frozenset[str]:
    """Give the codes that fields of a request have of their own, at any depth."""
    found: set[str] = set()
    for field in model.model_fields.values():
        for mark in (*field.metadata, *_flat(field.annotation)):
            if isinstance(mark, requests.Vendor):
                found |= {code for code in (mark.missing, mark.invalid) if code}
            elif _is_model(mark):
                found |= codes_of(mark)
    return frozenset(found)


def _operation(action: catalogue.AnyAction) -> Schema:
    own = sorted(action.errors | codes_of(action.request))
    return {
        "operationId": f"{TAGS[action.product]}_{action.name}",
        "tags": [TAGS[action.product]],
        "summary": action.title,
        "deprecated": False,
        "requestBody": {
            "required": True,
            "content": {FORM: {"schema": _form(action)}},
        },
        "responses": {
            "200": {
                "description": "The answer.",
                "content": {"application/json": {"schema": _answer()}},
            },
            "4XX": {"description": "Refused.", "content": _error_content()},
            "5XX": {"description": "Failed; try again.", "content": _error_content()},
        },
        "x-permission": action.permission,
        "x-idempotency": action.idempotency.value,
        "x-support": action.support.value,
        **({"x-quota": action.quota} if action.quota else {}),
        **({"x-error-codes": own} if own else {}),
    }


def _form(action: catalogue.AnyAction) -> Schema:
    found = _object(action.request)
    properties = typing.cast("dict[str, catalogue.JSON]", found["properties"])
    required = typing.cast("list[str]", found.get("required", []))
    found["properties"] = {
        "Action": {"const": action.name},
        "Version": {"const": action.product.value},
        **properties,
    }
    found["required"] = ["Action", "Version", *required]
    return found


def _answer() -> Schema:
    return {
        "type": "object",
        "properties": {"RequestId": {"type": "string"}},
        "required": ["RequestId"],
    }


def _error() -> Schema:
    return {
        "type": "object",
        "description": f"Codes are explained in {faults.ERRORS_PAGE}.",
        "properties": {name: {"type": "string"} for name in _ERROR_MEMBERS},
        "required": list(_ERROR_MEMBERS),
    }


def _error_content() -> Schema:
    return {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}


def _object(model: type[pydantic.BaseModel]) -> Schema:
    properties: Schema = {}
    required: list[catalogue.JSON] = []
    for name, field in model.model_fields.items():
        wire = field.alias or name
        properties[wire] = _marked(field.annotation, field.metadata)
        if field.is_required():
            required.append(wire)
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
    }


def _marked(annotation: Any, marks: Iterable[Any]) -> Schema:
    listed = list(marks)
    if requests.FROM_JSON in listed:
        return {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": _schema(annotation),
        }
    if any(isinstance(mark, pydantic.PlainValidator) for mark in listed):
        return dict(_TEXT)
    found = _schema(annotation)
    is_list = found.get("type") == "array"
    for keyword, value in _bounds(listed):
        found["maxItems" if is_list and keyword == "maxLength" else keyword] = value
    return found


def _schema(annotation: Any) -> Schema:  # noqa: PLR0911 - one line per kind of type
    if typing.get_origin(annotation) is typing.Annotated:
        inner, *marks = typing.get_args(annotation)
        return _marked(inner, marks)
    if _is_union(annotation):
        chosen = [each for each in typing.get_args(annotation) if each is not type(None)]
        return _schema(chosen[0])
    if typing.get_origin(annotation) is typing.Literal:
        return {"type": "string", "enum": list(typing.get_args(annotation))}
    if typing.get_origin(annotation) in {tuple, list}:
        return {"type": "array", "items": _schema(typing.get_args(annotation)[0])}
    if _is_model(annotation):
        return _object(annotation)
    if annotation is bool:
        return {"type": "boolean"}
    if isinstance(annotation, type) and issubclass(annotation, int):
        return dict(_TEXT) if issubclass(annotation, enum.Enum) else {"type": "integer"}
    return dict(_TEXT)


def _bounds(marks: Iterable[Any]) -> Iterator[tuple[str, catalogue.JSON]]:
    names = {"ge": "minimum", "le": "maximum", "pattern": "pattern"}
    for mark in marks:
        # A field nested in Annotated keeps its own list of bounds.
        yield from _bounds(getattr(mark, "metadata", ()))
        for name, keyword in names.items():
            value = getattr(mark, name, None)
            if isinstance(value, int | str):
                yield keyword, value
        longest = getattr(mark, "max_length", None)
        if isinstance(longest, int):
            yield "maxLength", longest


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in {typing.Union, types.UnionType}


def _is_model(mark: Any) -> bool:
    return isinstance(mark, type) and issubclass(mark, pydantic.BaseModel)


def _flat(annotation: Any) -> Iterator[Any]:
    yield annotation
    for each in typing.get_args(annotation):
        yield from _flat(each)
