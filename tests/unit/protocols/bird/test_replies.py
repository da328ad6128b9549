"""Captured replies of BIRD 2.0.12 and what they mean."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest

from futago.protocols.bird import replies, session

ROUTES = b"""1007-Table t_main:
 10.3.0.0/16          unicast [s_vpc 12:24:09.356] * (200)
 \tvia 169.254.0.2 on v1 onlink
 10.4.0.0/16          unicast [s_mixed 12:24:12.127] ! (200)
 \tdev t1
 \tvia 169.254.0.2 on v1 onlink weight 1
 10.1.0.0/16          unicast [s_site 12:24:34.594] * (200)
 \tdev t1
 \tdev t2
 10.2.0.0/16          blackhole [s_entries 12:24:09.356] * (200)
0000 \n"""

ROUTES_ALL = b"""1007-Table t_main:
 10.3.0.0/16          unicast [s_vpc 12:24:09.356] * (200)
 \tvia 169.254.0.2 on v1 onlink
1008-\tType: static univ
1007-10.2.0.0/16          blackhole [s_entries 12:24:09.356] * (200)
1008-\tType: static univ
0000 \n"""

PROTOCOLS = b"""2002-Name       Proto      Table      State  Since         Info
1002-device1    Device     ---        up     12:24:09.355  \n\
 k_main     Kernel     t_main     up     12:24:09.355  \n\
 p_up       Pipe       ---        up     12:24:09.355  t_main <=> t_site
0000 \n"""


def parsed(data: bytes) -> session.Reply:
    (reply,) = session.ControlSession().receive(data)
    return reply


def direct(device: str) -> replies.NextHop:
    return replies.NextHop(device=device)


VIA_V1 = replies.NextHop(device="v1", gateway=IPv4Address("169.254.0.2"))


def test_routes_are_ordered_by_prefix_with_their_next_hops() -> None:
    found = replies.routes(parsed(ROUTES))
    assert [(str(route.prefix), route.protocol, route.next_hops) for route in found] == [
        ("10.1.0.0/16", "s_site", (direct("t1"), direct("t2"))),
        ("10.2.0.0/16", "s_entries", ()),
        ("10.3.0.0/16", "s_vpc", (VIA_V1,)),
        ("10.4.0.0/16", "s_mixed", (direct("t1"), VIA_V1)),
    ]


def test_attributes_between_routes_are_passed_over() -> None:
    found = replies.routes(parsed(ROUTES_ALL))
    assert [route.prefix for route in found] == [
        IPv4Network("10.2.0.0/16"),
        IPv4Network("10.3.0.0/16"),
    ]


def test_an_empty_table_has_no_routes() -> None:
    assert replies.routes(parsed(b"0000 \n")) == ()


@pytest.mark.parametrize(
    "row",
    [
        b"\tvia 10.0.0.1 on v1",
        b"nonsense",
        b"10.0.0.0/33 unicast [s 1] * (200)",
        b"10.0.0.0/8 unicast [s 1] * (200)\n \tsomewhere",
        b"10.0.0.0/8 unicast [s 1] * (200)\n \tvia fe80::1 on v1",
    ],
)
def test_a_row_that_cannot_be_read_is_explained(row: bytes) -> None:
    with pytest.raises(replies.UnreadableReply):
        replies.routes(parsed(b"1007-" + row + b"\n0000 \n"))


def test_protocols_have_name_kind_table_and_state() -> None:
    found = replies.protocols(parsed(PROTOCOLS))
    assert [(row.name, row.kind, row.table, row.state) for row in found] == [
        ("device1", "Device", None, "up"),
        ("k_main", "Kernel", "t_main", "up"),
        ("p_up", "Pipe", None, "up"),
    ]
    with pytest.raises(replies.UnreadableReply):
        replies.protocols(parsed(b"1002-device1 Device\n0000 \n"))


def test_the_status_tells_whether_a_change_goes_on() -> None:
    assert replies.is_reconfiguring(parsed(b"0013 Reconfiguration in progress\n"))
    assert not replies.is_reconfiguring(parsed(b"0013 Daemon is up and running\n"))
