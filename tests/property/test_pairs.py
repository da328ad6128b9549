"""Of several IKE SAs both ends keep one, and never each another one at the same time."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from futago.plan import observation, pairs

sas = st.lists(
    st.builds(
        observation.IkeSaFacts,
        unique_id=st.integers(min_value=1, max_value=10**6).map(str),
        is_established=st.just(True),
        children_installed=st.just(1),
        established_seconds=st.integers(min_value=0, max_value=4),
        is_ours=st.booleans(),
        spi=st.integers(min_value=0, max_value=2**64 - 1).map(lambda n: f"{n:016x}"),
    ),
    min_size=2,
    max_size=5,
    unique_by=(lambda sa: sa.unique_id, lambda sa: sa.spi),
)


def seen_from_the_other_end(seen: list[observation.IkeSaFacts]) -> list[observation.IkeSaFacts]:
    """The other end numbers its SAs by itself: only the SPI is the same."""
    return [
        replace(sa, is_ours=not sa.is_ours, unique_id=str(number))
        for number, sa in enumerate(reversed(seen), 1)
    ]


@given(sas)
def test_exactly_one_end_has_the_first_turn(seen):
    one, other = pairs.decide(seen), pairs.decide(seen_from_the_other_end(seen))
    assert one is not None
    assert other is not None
    turns = {one.wait_seconds, other.wait_seconds}
    assert turns == {pairs.FIRST_TURN_SECONDS, pairs.SECOND_TURN_SECONDS}


@given(sas)
def test_whoever_cleans_up_keeps_what_it_started_if_it_started_any(seen):
    decision = pairs.decide(seen)
    assert decision is not None
    (kept,) = (sa for sa in seen if sa.unique_id == decision.kept)
    assert kept.is_ours == any(sa.is_ours for sa in seen)


@given(sas, st.data())
def test_what_came_much_later_replaces_what_was_there(seen, data):
    old = [replace(sa, established_seconds=3600) for sa in seen]
    young = data.draw(st.sampled_from(old))
    now = [replace(sa, established_seconds=0) if sa is young else sa for sa in old]
    decision = pairs.decide(now)
    assert decision is not None
    assert decision.kept == young.unique_id


@given(sas)
def test_one_that_carries_is_kept_and_none_where_nothing_carries(seen):
    idle = [replace(sa, children_installed=0) for sa in seen]
    assert pairs.decide(idle) is None
    decision = pairs.decide([seen[0], *idle[1:]])
    assert decision is not None
    assert decision.kept == seen[0].unique_id
    assert pairs.decide([seen[0]]) is None
    assert pairs.decide([replace(seen[0], children_installed=2)]) is not None
