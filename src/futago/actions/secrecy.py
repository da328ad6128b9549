"""Keys in answers: whether there are some, and who gets them."""

from __future__ import annotations

from futago.actions import arns, catalogue, permissions, requests
from futago.domain import ids


def shows_secret(answer: object) -> bool:
    """Tell whether a member that carries keys has a value, at any depth."""
    match answer:
        case dict():
            return any(
                (name in requests.SECRET_NAMES and bool(value)) or shows_secret(value)
                for name, value in answer.items()
            )
        case list() | tuple():
            return any(map(shows_secret, answer))
        case _:
            return False


def for_repeater(
    answer: dict[str, catalogue.JSON],
    action: catalogue.AnyAction,
    principal: catalogue.Principal,
    request: requests.Request,
) -> catalogue.Answer:
    """Give a kept answer as its first receiver got it, but for keys that the repeater may not see.

    The repeater is another user, or the same one with other policies than before.
    """
    if not shows_secret(answer):
        return answer
    named = [
        each for each in arns.resource_ids(request) if ids.kind_of(each) is ids.IdKind.CONNECTION
    ]
    may_see = bool(named) and all(
        permissions.shows_keys(principal, action.region_id, each) for each in named
    )
    return answer if may_see else {name: _blanked(name, value) for name, value in answer.items()}


def _blanked(name: str, value: catalogue.JSON) -> catalogue.JSON:
    if name in requests.SECRET_NAMES:
        return ""
    match value:
        case dict():
            return {inner: _blanked(inner, member) for inner, member in value.items()}
        case list():
            return [_blanked("", member) for member in value]
        case _:
            return value
