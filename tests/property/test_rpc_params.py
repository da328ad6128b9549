"""Parameters and signatures, for any value."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from futago.domain import faults
from futago.protocols.rpc import pages, params, signature

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20
)
TREES = st.dictionaries(
    NAMES,
    st.recursive(
        TEXTS,
        lambda inner: (
            st.lists(inner, min_size=1, max_size=4)
            | st.dictionaries(NAMES, inner, min_size=1, max_size=4)
        ),
        max_leaves=8,
    ),
    max_size=4,
)
KEY = signature.AccessKey("LTAIexample", "secret")
STAMP = signature.Stamp(
    action="DescribeRegions",
    version="2016-04-28",
    at=datetime(2026, 11, 23, 6, 56, 38, tzinfo=UTC),
    nonce="n1",
)
PAIRS = st.dictionaries(NAMES, TEXTS, max_size=5).map(lambda each: tuple(each.items()))


def depth(value: object) -> int:
    match value:
        case dict():
            return 1 + max(map(depth, value.values()), default=0)
        case list():
            return 1 + max(map(depth, value))
        case _:
            return 0


@given(TREES)
def test_nesting_undoes_flattening(tree: dict[str, params.Plain]) -> None:
    assume(depth(tree) <= params.MAX_DEPTH)
    assert params.nest(params.flatten(tree)).values == tree


@given(TREES)
def test_decoding_undoes_form_encoding(tree: dict[str, params.Plain]) -> None:
    pairs = params.flatten(tree)
    assert list(params.decode_pairs(urlencode(pairs))) == pairs


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=4)), max_size=8))
def test_nesting_any_pairs_answers_or_explains(pairs: list[tuple[str, str]]) -> None:
    with contextlib.suppress(params.MalformedParameter):
        params.nest(pairs)


@given(st.text(max_size=40))
def test_decoding_any_text_answers_or_explains(text: str) -> None:
    with contextlib.suppress(params.MalformedParameter):
        params.decode_pairs(text)


@given(PAIRS, PAIRS)
def test_an_acs3_signature_verifies(query: params.Pairs, form: params.Pairs) -> None:
    body = urlencode(form).encode()
    signature.verify(signature.read_claim(signed_acs3(query, body)), KEY.secret)


@given(PAIRS)
def test_a_v1_signature_verifies(pairs: params.Pairs) -> None:
    signed = signature.sign_v1("POST", pairs, STAMP, KEY)
    message = signature.Message(method="POST", form=signed)
    signature.verify(signature.read_claim(message), KEY.secret)


@given(PAIRS, st.data())
def test_a_v1_signature_notices_a_changed_value(pairs: params.Pairs, data: st.DataObject) -> None:
    signed = signature.sign_v1("POST", pairs, STAMP, KEY)
    at = data.draw(st.integers(0, len(signed) - 1))
    value = data.draw(TEXTS)
    assume(value != signed[at][1])
    changed = (*signed[:at], (signed[at][0], value), *signed[at + 1 :])
    with pytest.raises(faults.Fault):
        signature.verify(
            signature.read_claim(signature.Message(method="POST", query=changed)), KEY.secret
        )


@given(PAIRS, st.binary(max_size=20), st.data())
def test_an_acs3_signature_notices_a_changed_header(
    query: params.Pairs, body: bytes, data: st.DataObject
) -> None:
    message = signed_acs3(query, body)
    at = data.draw(st.integers(0, len(message.headers) - 1))
    name, old = message.headers[at]
    value = data.draw(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30))
    assume(value != old)
    if name == "authorization":
        # Replace only the signature: the rest of this header is a syntax of its own.
        value = old.rpartition("=")[0] + "=" + value
        assume(value != old)
    headers = (*message.headers[:at], (name, value), *message.headers[at + 1 :])
    changed = signature.Message(method="POST", query=query, body=body, headers=headers)
    with pytest.raises(faults.Fault):
        signature.verify(signature.read_claim(changed), KEY.secret)


@given(st.sets(TEXTS, max_size=30), st.integers(1, 7))
def test_walking_token_pages_shows_every_entry_once(entries: set[str], size: int) -> None:
    seen: list[str] = []
    token: str | None = None
    while True:
        page = pages.after_token(list(entries), str, size, token)
        seen += page.entries
        assert len(page.entries) <= size
        token = page.next_token
        if token is None:
            break
    assert seen == sorted(entries)


def signed_acs3(query: params.Pairs, body: bytes) -> signature.Message:
    message = signature.Message(
        method="POST", query=query, body=body, headers=(("Host", "127.0.0.1:8080"),)
    )
    headers = signature.sign_acs3(message, STAMP, KEY)
    return signature.Message(method="POST", query=query, body=body, headers=headers)
