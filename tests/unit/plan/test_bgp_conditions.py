from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futago.agent import sessions
from futago.domain import bgp, ids
from futago.plan import bgp_conditions as conditions
from futago.plan import observation

CODE = conditions.Code
BROKEN = conditions.Session(
    facts=observation.BgpObservation(
        tunnel_id=ids.TunnelId("tun-1"), state=observation.BgpState.ACTIVE
    ),
    local_asn=45104,
    peer_asn=65001,
    peer_address=IPv4Address("169.254.10.2"),
    has_key=False,
    is_tunnel_up=True,
)


def broken(words: str | None, *, has_key: bool = False) -> str:
    facts = replace(BROKEN.facts, last_error=words)
    found = conditions.of_session(replace(BROKEN, facts=facts, has_key=has_key))
    assert found is not None
    assert found.severity is conditions.Severity.CRITICAL
    assert found.remedy.endswith(".")
    assert "{" not in found.message + found.remedy
    return found.code.value


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("BGP Error: Bad peer AS", CODE.PEER_ASN_MISMATCH),
        ("Received: Bad peer AS", CODE.LOCAL_ASN_MISMATCH),
        ("Socket: Connection refused", CODE.NOT_LISTENING),
        ("Socket: No route to host", CODE.NO_ANSWER),
        ("Socket: Connection timed out", CODE.NO_ANSWER),
        ("Received: Hold timer expired", CODE.HOLD_TIMER_EXPIRED),
        ("BGP Error: Hold timer expired", CODE.HOLD_TIMER_EXPIRED),
        ("BGP Error: Unacceptable hold time", CODE.HOLD_TIME_REFUSED),
        ("Error: BFD session down", CODE.BFD_DOWN),
        ("Received: Maximum number of prefixes reached", CODE.PEER_PREFIX_LIMIT),
        ("Received: Administrative shutdown", CODE.CLOSED_BY_PEER),
        ("Received: Peer de-configured", CODE.CLOSED_BY_PEER),
        ("Error: Kernel MD5 auth failed", CODE.KEY_MISMATCH),
        ("Error: Invalid next hop", CODE.SESSION_DOWN),
    ],
)
def test_words_of_the_daemon_have_a_reason(words: str, code: conditions.Code) -> None:
    assert broken(words) == code


@pytest.mark.parametrize(
    "words", [sessions.WRONG_KEY, sessions.PEER_WITHOUT_KEY, sessions.KEY_NOT_WANTED]
)
def test_silence_is_a_key_when_the_kernel_says_so_and_open_otherwise(words: str) -> None:
    assert broken(words, has_key=True) == CODE.KEY_MISMATCH
    assert broken(None, has_key=True) == CODE.NO_ANSWER


def test_both_numbers_are_named() -> None:
    facts = replace(BROKEN.facts, last_error="BGP Error: Bad peer AS")
    found = conditions.of_session(replace(BROKEN, facts=facts))
    assert found is not None
    assert "65001" in found.message
    assert found.ours == "65001"
    assert found.evidence == "BGP Error: Bad peer AS"


@pytest.mark.parametrize(
    "quiet",
    [
        replace(BROKEN, is_tunnel_up=False),
        replace(BROKEN, facts=replace(BROKEN.facts, state=observation.BgpState.ESTABLISHED)),
        replace(BROKEN, facts=replace(BROKEN.facts, state=observation.BgpState.UNKNOWN)),
    ],
    ids=["tunnel down", "established", "unknown"],
)
def test_a_session_without_news_has_no_condition(quiet: conditions.Session) -> None:
    assert conditions.of_session(quiet) is None


def some(count: int) -> conditions.Refused:
    prefixes = tuple(IPv4Network("10.0.0.0/8").subnets(new_prefix=24))
    return conditions.Refused(
        reason=bgp.Refusal.PREFIX_LIMIT, count=count, some=prefixes[: min(count, 12)]
    )


@pytest.mark.parametrize(
    ("imported", "refused", "code"),
    [
        (0, 0, None),
        (39, 0, None),
        (40, 0, CODE.PREFIX_LIMIT_NEAR),
        (50, 0, CODE.PREFIX_LIMIT_NEAR),
        (50, 1, CODE.PREFIX_LIMIT_EXCEEDED),
        (50, 9950, CODE.PREFIX_LIMIT_EXCEEDED),
    ],
)
def test_a_limit_warns_at_four_fifths_and_names_what_is_refused(
    imported: int, refused: int, code: conditions.Code | None
) -> None:
    found = conditions.of_limit(imported, some(refused), 50)
    assert (found.code if found else None) == code
    if refused:
        assert found is not None
        assert "10.0.0.0/24" in found.message
        assert (f"and {refused - 10} more" in found.message) == (refused > 10)
        assert found.theirs == str(imported + refused)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (bgp.Refusal.DEFAULT_ROUTE, CODE.DEFAULT_ROUTE_REFUSED),
        (bgp.Refusal.RESERVED, CODE.RESERVED_ROUTE_REFUSED),
        (bgp.Refusal.UNDERLAY, CODE.UNDERLAY_ROUTE_REFUSED),
        (bgp.Refusal.AS_LOOP, CODE.AS_LOOP),
        (bgp.Refusal.PREFIX_LIMIT, None),
    ],
)
def test_refused_routes_have_a_reason(reason: bgp.Refusal, code: conditions.Code | None) -> None:
    refused = conditions.Refused(reason=reason, count=1, some=(IPv4Network("100.64.1.0/24"),))
    found = conditions.of_refused(refused, 45104)
    assert (found.code if found else None) == code
    if found is not None:
        assert "{" not in found.message + found.remedy


def announced(text: str, owner: str, asn: int | None) -> conditions.Announced:
    return conditions.Announced(prefix=IPv4Network(text), owner=owner, origin_asn=asn)


def test_overlaps_are_named_but_for_one_network_behind_two_connections() -> None:
    own = [announced("10.1.0.0/16", "vco-a", 65001), announced("10.9.0.0/16", "vco-a", 65001)]
    assert conditions.of_overlaps(own, [announced("10.1.0.0/16", "vco-b", 65001)]) is None
    assert conditions.of_overlaps(own, [announced("10.2.0.0/16", "vpc-1", None)]) is None
    found = conditions.of_overlaps(own, [announced("10.1.5.0/24", "vpc-1", None)])
    assert found is not None
    assert "10.1.5.0/24 of vpc-1 with 10.1.0.0/16 of vco-a" in found.message
    found = conditions.of_overlaps(own, [announced("10.0.0.0/8", "vco-b", 65002)])
    assert found is not None
    assert found.message.count("vco-b") == 2


prefixes = st.builds(
    lambda address, length: IPv4Network((address >> (32 - length) << (32 - length), length)),
    st.integers(0, 2**32 - 1).map(lambda number: number & 0x03FFFFFF | 0x0A000000),
    st.integers(6, 12),
)


@given(st.lists(prefixes, max_size=8, unique=True), st.lists(prefixes, max_size=8, unique=True))
def test_one_walk_finds_every_overlap(own: list[IPv4Network], others: list[IPv4Network]) -> None:
    found = conditions.of_overlaps(
        [announced(str(each), "mine", 1) for each in own],
        [announced(str(each), "other", 2) for each in others],
    )
    assert (found is not None) == any(a.overlaps(b) for a in own for b in others)
