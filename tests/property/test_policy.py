"""Policies against a naive model of them."""

from __future__ import annotations

import contextlib
import json
import re

from hypothesis import given
from hypothesis import strategies as st

from futago.domain import policy

TEXT = st.text("ab:/", max_size=8)
PATTERN = st.text("ab:/*?", max_size=8)
ACTION_PATTERN = st.sampled_from(["*", "*:*", "a:*", "a:B", "A:b", "a:?", "b:*b"])
ACTION = st.sampled_from(["a:B", "a:bb", "b:B", "b:ab"])
RESOURCE_PATTERN = st.sampled_from(
    ["*", "acs:a:*:1:x/*", "acs:a:r:1:x/?", "acs:a:r:*:x/1", "acs:*:*:*:*", "acs:a:r:2:*"]
)
RESOURCE = st.sampled_from(["acs:a:r:1:x/1", "acs:a:r:1:x/12", "acs:a:r:2:y/1", "acs:b:r:1:*"])
STATEMENT = st.builds(
    lambda effect, actions, resources: {
        "Effect": effect,
        "Action": actions,
        "Resource": resources,
    },
    st.sampled_from(["Allow", "Deny"]),
    st.lists(ACTION_PATTERN, min_size=1, max_size=3),
    st.one_of(RESOURCE_PATTERN, st.lists(RESOURCE_PATTERN, min_size=1, max_size=3)),
)
DOCUMENT = st.lists(STATEMENT, min_size=1, max_size=4)


def by_expression(pattern: str, text: str, *, flags: int = 0) -> bool:
    parts = [{"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern]
    return re.fullmatch("".join(parts), text, re.DOTALL | flags) is not None


def naive(documents: list[list[dict[str, object]]], action: str, resource: str) -> str:
    effects = set()
    for statement in [each for document in documents for each in document]:
        resources = statement["Resource"]
        listed = [resources] if isinstance(resources, str) else resources
        hits_action = any(
            by_expression(each, action, flags=re.IGNORECASE)
            for each in statement["Action"]  # type: ignore[attr-defined]
        )
        if hits_action and any(by_expression(each, resource) for each in listed):  # type: ignore[attr-defined]
            effects.add(statement["Effect"])
    if "Deny" in effects:
        return "denied"
    return "allowed" if effects else "not-allowed"


def parsed(document: list[dict[str, object]]) -> policy.Policy:
    return policy.parse(json.dumps({"Version": "1", "Statement": document}))


@given(PATTERN, TEXT)
def test_wildcards_match_as_the_expression_does(pattern: str, text: str) -> None:
    assert policy.matches(pattern, text) == by_expression(pattern, text)


@given(st.lists(DOCUMENT, max_size=3), ACTION, RESOURCE)
def test_decisions_are_those_of_the_naive_model(
    documents: list[list[dict[str, object]]], action: str, resource: str
) -> None:
    permissions = policy.Permissions(policies=tuple(map(parsed, documents)))
    decision = permissions.decide(action, resource)
    assert decision.value == naive(documents, action, resource)
    if decision is policy.Decision.ALLOWED:
        assert permissions.may_ever(action)


@given(DOCUMENT, DOCUMENT, ACTION, RESOURCE)
def test_a_boundary_only_ever_takes_away(
    document: list[dict[str, object]],
    limit: list[dict[str, object]],
    action: str,
    resource: str,
) -> None:
    wide = policy.Permissions(policies=(parsed(document),))
    narrow = policy.Permissions(policies=(parsed(document),), boundary=parsed(limit))
    both = {naive([document], action, resource), naive([limit], action, resource)}
    assert (narrow.decide(action, resource) is policy.Decision.ALLOWED) == (both == {"allowed"})
    if narrow.decide(action, resource) is policy.Decision.ALLOWED:
        assert wide.decide(action, resource) is policy.Decision.ALLOWED
        assert narrow.may_ever(action)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["Version", "Statement", "Effect", "Action", "Resource", "x"]), inner
        ),
    ),
)


@given(st.one_of(st.text(max_size=30), JSON.map(json.dumps)))
def test_any_text_is_read_or_explained(text: str) -> None:
    with contextlib.suppress(policy.Malformed):
        assert policy.parse(text).statements
