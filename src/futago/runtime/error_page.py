"""The reference page of error codes: every code that an answer can carry, and when it does.

Codes come from four places: tables from faults to codes, rules that a parameter brings along, codes
of single actions, and refusals that are written where they are decided. The last are found by
reading the code itself, so that none is forgotten.
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Final, TypeGuard

import futago.actions
import futago.api
from futago.actions import catalogue, codes, faults
from futago.api import openapi
from futago.domain import faults as domain_faults

_STATUS_UNKNOWN: Final = "400"
_DOTTED: Final = re.compile(r"[A-Z][A-Za-z]+(\.[A-Z][A-Za-z]*)+")
_PARAMETERS: Final = ("Filter.", "RouteFilter.", "FeatureFilter.", "RouteTableOptions.")
"""Structures whose members look like codes."""
_NAMED: Final = re.compile(r"[A-Z][A-Za-z.]+")
_TABLES: Final[tuple[Mapping[str, tuple[str, int]], ...]] = (
    codes.VPC,
    codes.CBN,
    codes.RAM,
    codes.RESOURCE_MANAGER,
    codes.FUTAGO,
    faults.VENDOR_CODES,
)


class _Entry:
    """What is known of a code."""

    def __init__(self) -> None:
        self.statuses: set[str] = set()
        self.reasons: set[str] = set()
        self.actions: set[str] = set()


def errors_page(actions: Iterable[catalogue.AnyAction]) -> str:
    """Write the reference page in Markdown."""
    entries: dict[str, _Entry] = defaultdict(_Entry)
    _from_tables(entries)
    _from_actions(entries, actions)
    _from_code(entries)
    lines = [
        "# Errors",
        "",
        "Written from the code by `make docs`; do not edit.",
        "",
        "An answer that is refused has the members `Code`, `Message`, `RequestId`, `HostId` and",
        "`Recommend`; the last links to a section of this page. The message names the parameter,",
        "its value, the rule and what to send instead. 4xx: nothing was changed. 5xx: try again.",
    ]
    for code in sorted(entries, key=str.lower):
        lines += _section(code, entries[code])
    return "\n".join(lines) + "\n"


def anchor(code: str) -> str:
    """Give the anchor of a code, as `Recommend` links to it."""
    return code.lower().replace(".", "")


def _section(code: str, entry: _Entry) -> Iterator[str]:
    yield ""
    yield f"## {code}"
    yield ""
    yield f"HTTP {' or '.join(sorted(entry.statuses or {_STATUS_UNKNOWN}))}."
    if entry.reasons:
        yield ""
        yield from (f"- {reason}" for reason in sorted(entry.reasons))
    if entry.actions:
        yield ""
        yield f"Actions: {', '.join(sorted(entry.actions))}."


def _from_tables(entries: dict[str, _Entry]) -> None:
    reasons = dict(_reasons())
    for table in _TABLES:
        for fault_code, (code, status) in table.items():
            entries[code].statuses.add(str(status))
            if fault_code in reasons:
                entries[code].reasons.add(reasons[fault_code])
    for kind in domain_faults.Kind:
        code, status = faults.by_kind(kind)
        entries[code].statuses.add(str(status))


def _reasons() -> Iterator[tuple[str, str]]:
    for fault in _faults(domain_faults.Fault):
        if fault.__doc__ and (fault.__module__ != domain_faults.__name__):
            yield fault.code, fault.__doc__.strip().split("\n")[0]


def _faults(base: type[domain_faults.Fault]) -> Iterator[type[domain_faults.Fault]]:
    for each in base.__subclasses__():
        yield each
        yield from _faults(each)


def _from_actions(entries: dict[str, _Entry], actions: Iterable[catalogue.AnyAction]) -> None:
    for action in actions:
        for code in action.errors | openapi.codes_of(action.request):
            entries[code].actions.add(action.name)


def _from_code(entries: dict[str, _Entry]) -> None:
    for module in modules():
        for node in _written_out(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Call):
                _read_call(entries, node)
            elif isinstance(node, ast.Constant) and _is_code(node.value):
                entries.setdefault(node.value, _Entry())


def _written_out(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk over code, but not into texts that are put together."""
    yield tree
    if not isinstance(tree, ast.JoinedStr):
        for child in ast.iter_child_nodes(tree):
            yield from _written_out(child)


def _is_code(text: object) -> TypeGuard[str]:
    if not isinstance(text, str) or not _DOTTED.fullmatch(text):
        return False
    is_ours = any(text in table for table in _TABLES) or text in dict(_reasons())
    return not is_ours and not text.startswith(_PARAMETERS)


def modules() -> tuple[ModuleType, ...]:
    """List the modules that refuse calls."""
    return (*_modules_of(futago.actions), *_modules_of(futago.api))


def _read_call(entries: dict[str, _Entry], call: ast.Call) -> None:
    """Read code and status of a refusal that is written out."""
    match call.args[:2]:
        case [ast.Constant(value=str(code)), ast.Constant(value=int(status))]:
            if _NAMED.fullmatch(code) and 400 <= status < 600:
                entries[code].statuses.add(str(status))
        case _:
            return


def _modules_of(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        yield import_module(found.name)
