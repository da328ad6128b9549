"""Permissions as policy documents, in the vendor's form.

A document is a list of statements; each allows or denies actions on resources. A denial beats
every permission, and what no statement mentions is denied. Names are compared with two wildcards:
`*` stands for any text and `?` for one character. Actions are compared without regard to case.

What this version does not evaluate, above all conditions, is refused when a document is read: a
condition that is ignored would permit more than its author meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from futago.domain import faults

VERSION: Final = "1"
MAX_LENGTH: Final = 6144
"""Characters of a document."""

_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_ACTION: Final = re.compile(r"(\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+)\Z")
_RESOURCE: Final = re.compile(r"(\*|acs:[^\s:]*:[^\s:]*:[^\s:]*:[^\s]+)\Z")
_NOT_EVALUATED: Final = ("Condition", "NotAction", "NotResource", "Principal", "NotPrincipal")
_MEMBERS: Final = {"Effect", "Action", "Resource"}


class Malformed(faults.Invalid):
    """A policy document breaks a rule."""

    code = "Policy.Malformed"


class MalformedName(faults.Invalid):
    """The name of a user or role breaks a rule."""

    code = "Policy.MalformedName"


class Effect(StrEnum):
    """What a statement does with the calls that it matches."""

    ALLOW = "Allow"
    DENY = "Deny"


class Decision(StrEnum):
    """What came of a question."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "not-allowed"
    """No statement allows it."""
    DENIED = "denied"
    """A statement denies it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One rule of a document."""

    effect: Effect
    actions: tuple[str, ...]
    resources: tuple[str, ...]

    def covers_action(self, action: str) -> bool:
        """Tell whether the rule speaks of an action."""
        return any(matches(pattern.lower(), action.lower()) for pattern in self.actions)

    def covers(self, action: str, resource: str) -> bool:
        """Tell whether the rule speaks of an action on a resource."""
        return self.covers_action(action) and any(
            matches(pattern, resource) for pattern in self.resources
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A document that was understood."""

    statements: tuple[Statement, ...]


EVERYTHING: Final = Policy(
    statements=(Statement(effect=Effect.ALLOW, actions=("*:*",), resources=("*",)),)
)
"""What an administrator has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """All that a caller may do."""

    policies: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    """A call must be allowed by this one as well."""

    def decide(self, action: str, resource: str) -> Decision:
        """Answer whether an action on a resource may be done."""
        found = evaluate(self.policies, action, resource)
        if self.boundary is None or found is Decision.DENIED:
            return found
        limited = evaluate((self.boundary,), action, resource)
        return found if limited is Decision.ALLOWED else limited

    def without(self, action: str) -> Permissions:
        """Give the same, but for one action."""
        never = Statement(effect=Effect.DENY, actions=(action,), resources=("*",))
        return replace(self, policies=(*self.policies, Policy(statements=(never,))))

    def may_ever(self, action: str) -> bool:
        """Tell whether there is any resource on which an action could be allowed."""
        layers = [self.policies] if self.boundary is None else [self.policies, (self.boundary,)]
        return all(_speaks_for(layer, action) for layer in layers)


NOTHING: Final = Permissions()
ADMINISTRATOR: Final = Permissions(policies=(EVERYTHING,))


def evaluate(policies: Iterable[Policy], action: str, resource: str) -> Decision:
    """Decide an action on a resource by several documents."""
    decision = Decision.NOT_ALLOWED
    for policy in policies:
        for statement in policy.statements:
            if statement.covers(action, resource):
                if statement.effect is Effect.DENY:
                    return Decision.DENIED
                decision = Decision.ALLOWED
    return decision


def matches(pattern: str, text: str) -> bool:
    """Compare a text with a pattern of `*` and `?`.

    Takes time in proportion to both lengths, whatever the pattern is.
    """
    at = mark = 0
    star = -1
    position = 0
    while position < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, mark = at, position
            at += 1
        elif at < len(pattern) and pattern[at] in {"?", text[position]}:
            at += 1
            position += 1
        elif star >= 0:
            at, mark = star + 1, mark + 1
            position = mark
        else:
            return False
    return not pattern[at:].strip("*")


def parse_holder_name(text: str) -> str:
    """Check the name of a user or role.

    Raises:
        MalformedName: It has other characters, or too many.
    """
    if not _NAME.match(text):
        raise MalformedName(
            f"The name '{text[:64]}' is not valid: it has 1 to 64 letters, digits, dots, hyphens"
            " and underscores.",
            value=text[:64],
        )
    return text


def parse(document: str) -> Policy:
    """Read a document.

    Raises:
        Malformed: The text is no policy document, or one that is not evaluated.
    """
    if len(document) > MAX_LENGTH:
        raise Malformed(
            f"The policy document has {len(document)} characters, at most {MAX_LENGTH} fit:"
            " join statements, or use several policies."
        )
    try:
        given = json.loads(document)
    except (ValueError, RecursionError) as exc:
        raise Malformed("The policy document must be JSON text: check quotes and commas.") from exc
    if not isinstance(given, dict) or given.get("Version") != VERSION:
        raise Malformed('The policy document must be an object with "Version": "1": add that.')
    unknown = sorted(given.keys() - {"Version", "Statement"})
    if unknown:
        raise Malformed(f"Member '{unknown[0][:40]}' of the policy is not known: leave it out.")
    statements = given.get("Statement")
    if not isinstance(statements, list) or not statements:
        raise Malformed('The policy document must have a list "Statement": add a statement.')
    return Policy(statements=tuple(_statement(n, each) for n, each in enumerate(statements, 1)))


def _statement(number: int, given: object) -> Statement:
    if not isinstance(given, dict):
        raise Malformed(f"Statement {number} of the policy must be an object.")
    for name in _NOT_EVALUATED:
        if name in given:
            raise Malformed(
                f"Statement {number} of the policy has {name}, which is not supported: use Effect,"
                " Action and Resource only."
            )
    unknown = sorted(given.keys() - _MEMBERS)
    if unknown:
        raise Malformed(
            f"Member '{unknown[0][:40]}' of statement {number} is not known: leave it out."
        )
    return Statement(
        effect=_effect(number, given.get("Effect")),
        actions=_patterns(number, "Action", given.get("Action"), _ACTION, "vpc:Describe*"),
        resources=_patterns(
            number, "Resource", given.get("Resource"), _RESOURCE, "acs:vpc:*:*:vpnconnection/*"
        ),
    )


def _effect(number: int, given: object) -> Effect:
    for effect in Effect:
        if given == effect.value:
            return effect
    raise Malformed(f"Effect of statement {number} must be Allow or Deny, spelled like this.")


def _patterns(
    number: int, name: str, given: object, form: re.Pattern[str], example: str
) -> tuple[str, ...]:
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or not listed:
        raise Malformed(
            f"{name} of statement {number} must be a text or a list of texts, such as '{example}'."
        )
    for each in listed:
        if not isinstance(each, str) or not form.match(each):
            raise Malformed(
                f"{name} '{str(each)[:64]}' of statement {number} is not valid: use '*' or a form"
                f" such as '{example}'."
            )
    return tuple(listed)


def _speaks_for(policies: Iterable[Policy], action: str) -> bool:
    return any(
        statement.effect is Effect.ALLOW and statement.covers_action(action)
        for policy in policies
        for statement in policy.statements
    )
