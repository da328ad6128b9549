from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest

from futago.domain import net


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("45104", 45104),
        ("4294967295", 4294967295),
        ("123.456", 123 * 65536 + 456),
        ("0.1", 1),
        ("65535.65535", 4294967295),
    ],
)
def test_as_numbers_are_read_plain_and_dotted(text, number) -> None:
    assert net.parse_asn(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0.0",
        "4294967296",
        "99999999999",
        "65536.1",
        "1.65536",
        "-1",
        "1.2.3",
        "1 ",
        "٣",
        "a",
    ],
)
def test_other_text_is_no_as_number(text) -> None:
    with pytest.raises(net.MalformedAsn):
        net.parse_asn(text)


def test_an_address_is_read() -> None:
    assert net.parse_address("192.0.2.1") == IPv4Address("192.0.2.1")
    with pytest.raises(net.MalformedAddress, match="256"):
        net.parse_address("192.0.2.256")


@pytest.mark.parametrize(
    "text",
    ["0.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.1.1", "224.0.0.1", "255.0.0.1", "240.0.0.1"],
)
def test_reserved_addresses_are_no_gateways(text) -> None:
    with pytest.raises(net.ReservedAddress, match="static address"):
        net.parse_gateway_address(text)


@pytest.mark.parametrize("text", ["203.0.113.1", "10.0.0.1", "192.168.1.1", "100.128.0.1"])
def test_public_and_private_addresses_are_gateways(text) -> None:
    assert str(net.parse_gateway_address(text)) == text


def test_a_prefix_with_host_bits_is_refused_with_a_guess() -> None:
    with pytest.raises(net.MalformedPrefix, match=r"did you mean 10\.0\.0\.0/8\?"):
        net.parse_prefix("10.1.2.3/8")


@pytest.mark.parametrize(
    "text",
    ["", "10.0.0.0/33", "10.0.0/8", "example", "10.0.0.0/8/9", "10.0.0.1", "10.0.0.0/255.0.0.0"],
)
def test_other_text_is_no_prefix(text) -> None:
    with pytest.raises(net.MalformedPrefix):
        net.parse_prefix(text)


def test_prefixes_are_read_in_the_order_given() -> None:
    expected = (IPv4Network("192.168.0.0/16"), IPv4Network("10.0.0.0/8"))
    assert net.parse_prefixes("192.168.0.0/16, 10.0.0.0/8") == expected


@pytest.mark.parametrize("text", ["10.0.0.0/8,10.0.0.0/8", "10.1.0.0/16,10.0.0.0/8"])
def test_prefixes_that_share_addresses_are_refused(text) -> None:
    with pytest.raises(net.OverlappingPrefixes):
        net.parse_prefixes(text)


def test_the_first_overlapping_prefix_is_found() -> None:
    prefix = IPv4Network("10.1.0.0/16")
    others = (IPv4Network("10.2.0.0/16"), IPv4Network("10.0.0.0/8"))
    assert net.overlapping(prefix, others) == others[1]
    assert net.overlapping(prefix, others[:1]) is None


def test_a_tunnel_cidr_has_two_hosts_that_are_each_others_peer() -> None:
    cidr = net.TunnelCidr.parse("169.254.10.0/30")
    lower, upper = cidr.hosts
    assert (str(lower), str(upper)) == ("169.254.10.1", "169.254.10.2")
    assert (cidr.peer_of(lower), cidr.peer_of(upper)) == (upper, lower)
    with pytest.raises(net.BadTunnelCidr):
        cidr.peer_of(IPv4Address("169.254.10.3"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("169.254.10.0/29", id="too large"),
        pytest.param("10.0.0.0/30", id="elsewhere"),
        *[pytest.param(f"169.254.{third}.0/30", id=f"reserved {third}") for third in range(7)],
        pytest.param("169.254.169.252/30", id="metadata"),
    ],
)
def test_other_prefixes_are_no_tunnel_cidr(text) -> None:
    with pytest.raises(net.BadTunnelCidr):
        net.TunnelCidr.parse(text)
