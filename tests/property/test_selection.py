"""Selection among routes to one prefix, against a model that compares pairs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futago.domain import status
from futago.plan import selection

Source = selection.RouteSource
ACTIVE, SHADOWED, REJECTED = (
    status.EntryStatus.ACTIVE,
    status.EntryStatus.SHADOWED,
    status.EntryStatus.REJECTED,
)

candidates = st.lists(
    st.builds(
        selection.Candidate,
        source=st.sampled_from(Source),
        is_usable=st.booleans(),
        is_refused=st.booleans(),
        path_length=st.integers(0, 3),
    ),
    max_size=6,
)


def beats(one: selection.Candidate, other: selection.Candidate) -> bool:
    """The order in words: the source decides, then the length of the AS path."""
    if one.source != other.source:
        return one.source < other.source
    return one.path_length < other.path_length


@given(candidates)
def test_a_route_forwards_exactly_when_nothing_that_can_forward_beats_it(routes) -> None:
    able = [each for each in routes if each.is_usable and not each.is_refused]
    for route, state in zip(routes, selection.select(routes), strict=True):
        if route.is_refused:
            assert state is REJECTED
        elif not able or (route.is_usable and not any(beats(other, route) for other in able)):
            assert state is ACTIVE
        else:
            assert state is SHADOWED


@given(candidates, st.randoms())
def test_the_order_in_which_routes_are_known_changes_nothing(routes, random) -> None:
    order = list(range(len(routes)))
    random.shuffle(order)
    chosen = selection.select(routes)
    assert selection.select([routes[each] for each in order]) == tuple(
        chosen[each] for each in order
    )


def test_shown_preferences_have_the_order_of_the_sources() -> None:
    shown = [selection.preference(source) for source in sorted(Source)]
    assert shown == sorted(set(shown))
    assert all(1 <= each <= 100 for each in shown)
    assert shown[-1] == selection.DEFAULT_PREFERENCE


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        pytest.param(
            [
                selection.Candidate(source=Source.ENTRY, is_usable=False),
                selection.Candidate(source=Source.DESTINATION),
            ],
            (SHADOWED, ACTIVE),
            id="a static entry without a tunnel leaves its prefix to a learned route",
        ),
        pytest.param(
            [
                selection.Candidate(source=Source.BGP, path_length=2),
                selection.Candidate(source=Source.BGP, path_length=1),
                selection.Candidate(source=Source.BGP, path_length=1),
            ],
            (SHADOWED, ACTIVE, ACTIVE),
            id="the shortest paths share",
        ),
        pytest.param(
            [selection.Candidate(source=Source.ENTRY, is_usable=False)],
            (ACTIVE,),
            id="alone it is what the table has",
        ),
    ],
)
def test_cases_that_users_ask_about(routes, expected) -> None:
    assert selection.select(routes) == expected
