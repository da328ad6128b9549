"""What the daemon is given: lifetimes that never meet, identities that are never wildcards."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from futago.domain import connection, ike
from futago.drivers.strongswan import configuration
from futago.protocols.vici import messages, model
from futago.testing import ike_worlds

_, TUNNEL = ike_worlds.new_side(0)
SHORTEST = 3
"""Below, there is no whole second for each tunnel."""
LONGEST = int(ike.LIFETIME_MAX.total_seconds())


def window(settings: messages.Message) -> range:
    """The seconds after which a renewal may begin."""
    latest = int(messages.text(settings, "rekey_time").removesuffix("s"))
    jitter = int(messages.text(settings, "rand_time").removesuffix("s"))
    return range(latest - jitter, latest + 1)


def windows(index: connection.TunnelIndex, seconds: int) -> list[tuple[range, int]]:
    """Of the IKE SA and of the child SA of a tunnel, each with its hard end."""
    lifetime = timedelta(seconds=seconds)
    tunnel = replace(
        TUNNEL,
        index=index,
        ike_profile=ike.IkeProfile(lifetime=lifetime),
        esp_profile=ike.EspProfile(lifetime=lifetime),
    )
    whole = messages.section(configuration.connection(tunnel, Path("x")), tunnel.tunnel_id)
    child = next(each for _, each in messages.sections(messages.section(whole, "children")))
    first = window(whole)
    end = first[-1] + int(messages.text(whole, "over_time").removesuffix("s"))
    return [(first, end), (window(child), int(messages.text(child, "life_time").removesuffix("s")))]


@given(st.integers(min_value=SHORTEST, max_value=LONGEST))
@example(SHORTEST)
@example(10)
@example(25)
@example(LONGEST)
def test_the_two_tunnels_of_a_connection_are_never_renewed_in_the_same_window(seconds):
    one = windows(connection.TunnelIndex.ONE, seconds)
    two = windows(connection.TunnelIndex.TWO, seconds)
    for (first, first_end), (second, second_end) in zip(one, two, strict=True):
        assert not set(first) & set(second) if seconds < 10_000 else second[-1] < first[0]
        assert 0 < second[0] <= second[-1] < first[0] <= first[-1] < seconds
        assert first_end == second_end == seconds


@given(st.integers(min_value=1, max_value=2))
def test_the_shortest_lifetimes_are_renewed_as_well(seconds):
    for index in connection.TunnelIndex:
        for seen, end in windows(index, seconds):
            assert 0 < seen[0] <= end <= seconds


WILDCARDS = ("%any", "*", "0.0.0.0/0", "%any6", "", "@name", "ipv4:1.2.3.4", "fqdn:*", "a b", "::")


@pytest.mark.parametrize("text", [*WILDCARDS, "x" * 101, "@#abcd", "C=DE, O=x", "a@b.example"])
def test_a_spelling_that_the_daemon_could_take_for_something_else_is_refused(text):
    with pytest.raises(ike.BadIdentity):
        ike.Identity.parse(text)


@given(st.text(min_size=1, max_size=110))
@example("0.0.0.0")
@example("a" * 100)
@example("any")
def test_whatever_is_accepted_reaches_the_daemon_with_its_type(text):
    try:
        identity = ike.Identity.parse(text)
    except ike.BadIdentity:
        return
    spelled = model.identity(identity)
    kind, _, value = spelled.partition(":")
    if identity.kind is ike.IdentityKind.ADDRESS:
        assert kind == "ipv4"
        assert value == f"#{IPv4Address(text).packed.hex()}"
    else:
        assert kind == "fqdn"
        assert value == text
        assert not set(text) & set("%*:@#=, ")
