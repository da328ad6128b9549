"""What the kernel's programs let through, against a filter in plain words."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from hypothesis import given, settings
from hypothesis import strategies as st

from futago.domain import tasks
from futago.protocols.bpf import programs

NETWORKS = [IPv4Network("10.0.0.0/8"), IPv4Network("10.20.0.10/32"), IPv4Network("0.0.0.0/0")]
ADDRESSES = [IPv4Address("10.20.0.10"), IPv4Address("10.1.1.1"), IPv4Address("192.168.10.10")]
PORTS = [53, 500, 4500]


@dataclass(frozen=True)
class Packet:
    source: IPv4Address
    target: IPv4Address
    protocol: int
    ports: tuple[int, int]
    fragment: int = 0
    options: int = 0
    ethertype: int = 0x0800
    payload: bytes = b""

    @property
    def content(self) -> bytes:
        words = 5 + self.options
        heading = struct.pack(
            "!BBHHHBBH4s4s",
            0x40 | words,
            0,
            words * 4 + 8,
            0,
            self.fragment,
            64,
            self.protocol,
            0,
            self.source.packed,
            self.target.packed,
        )
        return (
            heading
            + bytes(4 * self.options)
            + struct.pack("!HHHH", *self.ports, 8, 0)
            + self.payload
        )


def run(program: tuple[programs.Instruction, ...], packet: Packet) -> int:
    """Interpret a program as the kernel does."""
    content = packet.content
    a = x = at = 0
    while True:
        step = program[at]
        at += 1
        if step.code == programs.RETURN:
            return step.operand
        if step.code == programs.LOAD_X_HEADER_LENGTH:
            x = 4 * (content[step.operand] & 0xF)
        elif step.code == programs.LOAD_BYTE:
            a = content[step.operand]
        elif step.code == programs.LOAD_WORD:
            (a,) = struct.unpack_from("!I", content, step.operand)
        elif step.code == programs.LOAD_WORD_BEHIND_X:
            if len(content) < x + step.operand + 4:
                return 0  # what lies behind the end rejects
            (a,) = struct.unpack_from("!I", content, x + step.operand)
        elif step.code == programs.LOAD_HALF_BEHIND_X:
            (a,) = struct.unpack_from("!H", content, x + step.operand)
        elif step.code == programs.LOAD_HALF and step.operand == programs.PROTOCOL:
            a = packet.ethertype
        elif step.code == programs.LOAD_HALF:
            (a,) = struct.unpack_from("!H", content, step.operand)
        elif step.code == programs.AND:
            a &= step.operand
        elif step.code == programs.JUMP_EQUAL:
            at += step.if_true if a == step.operand else step.if_false
        elif step.code == programs.JUMP_SET:
            at += step.if_true if a & step.operand else step.if_false
        else:
            raise AssertionError(step)


def is_wanted(only: tasks.CaptureFilter, packet: Packet) -> bool:
    has_ports = packet.protocol in (6, 17) and not packet.fragment & 0x1FFF
    return (
        packet.ethertype == 0x0800
        and (only.protocol is None or only.protocol.number == packet.protocol)
        and (only.prefix is None or packet.source in only.prefix or packet.target in only.prefix)
        and (only.port is None or (has_ports and only.port in packet.ports))
    )


@st.composite
def filters(draw: st.DrawFn) -> tasks.CaptureFilter:
    protocol = draw(st.none() | st.sampled_from(tasks.CaptureProtocol))
    is_portless = protocol is not None and not protocol.has_ports
    port = None if is_portless else draw(st.none() | st.sampled_from(PORTS))
    prefix = draw(st.none() | st.sampled_from(NETWORKS))
    return tasks.CaptureFilter(prefix=prefix, port=port, protocol=protocol)


PACKETS = st.builds(
    Packet,
    source=st.sampled_from(ADDRESSES),
    target=st.sampled_from(ADDRESSES),
    protocol=st.sampled_from([1, 6, 17, 50]),
    ports=st.tuples(st.sampled_from([*PORTS, 9]), st.sampled_from([*PORTS, 9])),
    fragment=st.sampled_from([0, 0x2000, 0x4000, 7, 0x2007]),
    options=st.integers(0, 10),
    ethertype=st.sampled_from([0x0800, 0x0806]),
)


@given(filters(), PACKETS)
@settings(max_examples=300, deadline=None)
def test_a_program_lets_through_what_the_filter_wants(
    only: tasks.CaptureFilter, packet: Packet
) -> None:
    program = programs.compile_filter(only)
    assert bool(run(program, packet)) is is_wanted(only, packet)
    assert len(programs.encode(program)) == 8 * len(program)


SPIS = [0xC0000001, 0xC0000002, 0xCFFFFFFF]


def is_unknown_esp(known: frozenset[int], packet: Packet) -> bool:
    """Say in plain words what is kept while SAs are renewed."""
    return (
        packet.ethertype == 0x0800
        and packet.protocol == 17
        and not packet.fragment & 0x3FFF
        and packet.ports[1] == 4500
        and len(packet.payload) >= 4
        and int.from_bytes(packet.payload[:4]) not in {0, *known}
    )


@given(
    st.frozensets(st.sampled_from(SPIS)),
    PACKETS,
    st.sampled_from([*(spi.to_bytes(4) + b"data" for spi in SPIS), bytes(8), b"\xff"]),
)
@settings(max_examples=300, deadline=None)
def test_only_esp_of_unknown_sas_is_kept(
    known: frozenset[int], packet: Packet, payload: bytes
) -> None:
    received = replace(packet, payload=payload)
    program = programs.unknown_esp(known)
    assert bool(run(program, received)) is is_unknown_esp(known, received)


def test_any_number_of_known_sas_can_be_encoded() -> None:
    known = frozenset(range(1, 1000))
    content = (1000).to_bytes(4)
    packet = Packet(*ADDRESSES[:2], protocol=17, ports=(4500, 4500), payload=content)
    assert programs.encode(programs.unknown_esp(known))
    assert run(programs.unknown_esp(known), packet)
    assert not run(programs.unknown_esp(known), replace(packet, payload=(999).to_bytes(4)))
