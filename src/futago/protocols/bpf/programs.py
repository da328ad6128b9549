"""Programs that the kernel runs on each IPv4 packet to tell whether a capture wants it.

The packet begins with its IP header. Nothing that a user wrote gets into a program but numbers.
Source: Linux include/uapi/linux/filter.h and bpf_common.h.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

from futago.domain import tasks

LOAD_WORD: Final = 0x20
LOAD_HALF: Final = 0x28
LOAD_BYTE: Final = 0x30
LOAD_HALF_BEHIND_X: Final = 0x48
LOAD_WORD_BEHIND_X: Final = 0x40
LOAD_X_HEADER_LENGTH: Final = 0xB1
AND: Final = 0x54
JUMP_EQUAL: Final = 0x15
JUMP_SET: Final = 0x45
RETURN: Final = 0x06
PROTOCOL: Final = 0xFFFFF000
"""Not in the packet: its EtherType (SKF_AD_OFF + SKF_AD_PROTOCOL)."""
ETHERTYPE_IPV4: Final = 0x0800
ESP_PORT: Final = 4500
"""Where ESP in UDP goes to. Source: RFC 3948."""
_FRAGMENT_OFFSET: Final = 0x1FFF
_FRAGMENT: Final = 0x3FFF
"""Offset, or more to come."""
_SPIS_MAX: Final = 200
_NO_ESP: Final = 0
"""In place of an SPI: an IKE message."""
_WHOLE: Final = 0x40000
_INSTRUCTION: Final = struct.Struct("=HBBI")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step; jumps count the steps to leave out."""

    code: int
    if_true: int
    if_false: int
    operand: int


@dataclass(frozen=True, slots=True)
class _Test:
    """A step that ends the program unless it is fulfilled."""

    code: int
    operand: int
    skips: int = 0
    """Steps to leave out when it is fulfilled."""
    fails: bool = True
    """Reject when it is not fulfilled; else go on with the next step."""
    is_inverted: bool = False


def compile_filter(only: tasks.CaptureFilter) -> tuple[Instruction, ...]:
    """Make the program that lets through what a filter wants."""
    steps = [
        *_load(LOAD_HALF, PROTOCOL),
        _Test(JUMP_EQUAL, ETHERTYPE_IPV4),
        *(_protocol(only.protocol.number) if only.protocol else ()),
        *(_prefix(only.prefix) if only.prefix is not None else ()),
        *(_port(only.port) if only.port is not None else ()),
    ]
    return _resolved(steps)


def unknown_esp(known: frozenset[int]) -> tuple[Instruction, ...]:
    """Make the program that lets ESP in UDP through, but for some SAs.

    What was split on its way is not let through: only its first part tells whose it is.

    Args:
        known: SPIs to leave out; of more than 200 the highest ones, since jumps are short.
    """
    steps = [
        *_load(LOAD_HALF, PROTOCOL),
        _Test(JUMP_EQUAL, ETHERTYPE_IPV4),
        *_protocol(tasks.CaptureProtocol.UDP.number),
        *_load(LOAD_HALF, 6),
        _Test(JUMP_SET, _FRAGMENT, is_inverted=True),
        *_load(LOAD_X_HEADER_LENGTH, 0),
        *_load(LOAD_HALF_BEHIND_X, 2),
        _Test(JUMP_EQUAL, ESP_PORT),
        *_load(LOAD_WORD_BEHIND_X, 8),
        *(
            _Test(JUMP_EQUAL, spi, is_inverted=True)
            for spi in (_NO_ESP, *sorted(known)[-_SPIS_MAX:])
        ),
    ]
    return _resolved(steps)


def encode(program: tuple[Instruction, ...]) -> bytes:
    """Give a program as the kernel reads it."""
    return b"".join(
        _INSTRUCTION.pack(each.code, each.if_true, each.if_false, each.operand) for each in program
    )


def _resolved(steps: Sequence[_Test | Instruction]) -> tuple[Instruction, ...]:
    accept = Instruction(RETURN, 0, 0, _WHOLE)
    reject = Instruction(RETURN, 0, 0, 0)
    resolved = [_resolve(step, len(steps) - number) for number, step in enumerate(steps)]
    return (*resolved, accept, reject)


def _resolve(step: _Test | Instruction, to_reject: int) -> Instruction:
    """Fill in the distance to the last instruction, which rejects."""
    if isinstance(step, Instruction):
        return step
    if step.is_inverted:
        return Instruction(step.code, to_reject, step.skips, step.operand)
    return Instruction(step.code, step.skips, to_reject if step.fails else 0, step.operand)


def _load(code: int, offset: int) -> tuple[Instruction]:
    return (Instruction(code, 0, 0, offset),)


def _protocol(number: int) -> tuple[_Test | Instruction, ...]:
    return (*_load(LOAD_BYTE, 9), _Test(JUMP_EQUAL, number))


def _prefix(prefix: IPv4Network) -> tuple[_Test | Instruction, ...]:
    mask, address = int(prefix.netmask), int(prefix.network_address)
    return (
        *_load(LOAD_WORD, 12),
        Instruction(AND, 0, 0, mask),
        _Test(JUMP_EQUAL, address, skips=3, fails=False),
        *_load(LOAD_WORD, 16),
        Instruction(AND, 0, 0, mask),
        _Test(JUMP_EQUAL, address),
    )


def _port(port: int) -> tuple[_Test | Instruction, ...]:
    tcp, udp = tasks.CaptureProtocol.TCP.number, tasks.CaptureProtocol.UDP.number
    return (
        *_load(LOAD_BYTE, 9),
        _Test(JUMP_EQUAL, tcp, skips=1, fails=False),
        _Test(JUMP_EQUAL, udp),
        # A later fragment has no ports.
        *_load(LOAD_HALF, 6),
        _Test(JUMP_SET, _FRAGMENT_OFFSET, is_inverted=True),
        *_load(LOAD_X_HEADER_LENGTH, 0),
        *_load(LOAD_HALF_BEHIND_X, 0),
        _Test(JUMP_EQUAL, port, skips=2, fails=False),
        *_load(LOAD_HALF_BEHIND_X, 2),
        _Test(JUMP_EQUAL, port),
    )
