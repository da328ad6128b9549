"""Addresses, prefixes and AS numbers: what is written reads back."""

from __future__ import annotations

import contextlib
import itertools
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futago.domain import faults, net

asns = st.integers(1, 2**32 - 1)
prefixes = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(
    lambda pair: IPv4Network(pair, strict=False)
)


@given(asns)
def test_both_spellings_of_an_as_number_read_the_same(number) -> None:
    assert net.parse_asn(str(number)) == number
    assert net.parse_asn(f"{number >> 16}.{number & 0xFFFF}") == number


@given(st.text(max_size=20))
def test_any_text_is_read_or_explained(text) -> None:
    for parse in (
        net.parse_asn,
        net.parse_address,
        net.parse_gateway_address,
        net.parse_prefix,
        net.parse_prefixes,
        net.TunnelCidr.parse,
    ):
        with contextlib.suppress(faults.Invalid):
            parse(text)


@given(prefixes)
def test_a_prefix_reads_back(prefix) -> None:
    assert net.parse_prefix(str(prefix)) == prefix


@given(st.lists(prefixes, min_size=1, max_size=6))
def test_prefixes_are_disjoint_exactly_if_no_pair_overlaps(given_prefixes) -> None:
    meets = any(a.overlaps(b) for a, b in itertools.combinations(given_prefixes, 2))
    if meets:
        with pytest.raises(net.OverlappingPrefixes):
            net.require_disjoint(given_prefixes)
    else:
        net.require_disjoint(given_prefixes)


@given(prefixes, st.lists(prefixes, max_size=6))
def test_the_first_overlapping_prefix_is_found(prefix, others) -> None:
    naive = [other for other in others if prefix.overlaps(other)]
    assert net.overlapping(prefix, others) == (naive[0] if naive else None)


@given(st.integers(0, 2**14 - 1))
def test_the_hosts_of_a_tunnel_cidr_are_each_others_peer(number) -> None:
    network = IPv4Network((int(IPv4Address("169.254.0.0")) + 4 * number, 30))
    if network in net.RESERVED_TUNNEL_CIDRS:
        with pytest.raises(net.BadTunnelCidr):
            net.TunnelCidr(network)
        return
    cidr = net.TunnelCidr(network)
    for host in cidr.hosts:
        assert host in network
        assert cidr.peer_of(cidr.peer_of(host)) == host
        assert cidr.peer_of(host) != host
