"""The few rtnetlink requests that a tunnel's device needs.

Hand-made because they must be one message each (a device that moves namespace arrives there with
its name, MTU and flags already right), must set the carrier, and cost microseconds. Everything
here is synchronous: rtnetlink answers within the system call.
Source: rtnetlink(7); Linux, include/uapi/linux/if_link.h and if_addr.h.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from futago.drivers.strongswan import faults

_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")
_ADDRESS = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")

_RTM_NEWLINK: Final = 16
_RTM_DELLINK: Final = 17
_RTM_GETLINK: Final = 18
_RTM_NEWADDR: Final = 20
_NLMSG_ERROR: Final = 2
_NLM_F_REQUEST: Final = 0x01
_NLM_F_ACK: Final = 0x04
_NLM_F_CREATE: Final = 0x400
_NLM_F_REPLACE: Final = 0x100
_IFF_UP: Final = 0x1
_IFLA_IFNAME: Final = 3
_IFLA_MTU: Final = 4
_IFLA_LINKINFO: Final = 18
_IFLA_NET_NS_FD: Final = 28
_IFLA_CARRIER: Final = 33
_IFLA_NEW_IFINDEX: Final = 49
_IFLA_INFO_DATA: Final = 2
_IFLA_TUN_PERSIST: Final = 6
_IFA_LOCAL: Final = 2
_SCOPE_GLOBAL: Final = 0
_SCOPE_LINK: Final = 253
_TYPE_MASK: Final = 0x3FFF
_ANSWER_BYTES: Final = 65536
_DEADLINE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A device as the kernel describes it."""

    index: int
    is_up: bool
    has_carrier: bool
    is_persistent_tun: bool
    mtu: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChange:
    """What to change at a device; None leaves as is."""

    name: str | None = None
    mtu: int | None = None
    is_up: bool | None = None
    carrier: bool | None = None
    namespace: int | None = None
    """File descriptor of the namespace to move to."""
    index: int | None = None
    """Number that the device shall have there."""


class Rtnetlink:
    """A socket into the namespace of the thread that opened it, wherever it is used later."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.settimeout(_DEADLINE_SECONDS)
        self._socket.bind((0, 0))
        self._sequence = 0

    def __enter__(self) -> Rtnetlink:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def find(self, name: str) -> Link | None:
        """Read a device by name; None when there is none."""
        body = _LINK.pack(0, 0, 0, 0, 0) + _text(_IFLA_IFNAME, name)
        try:
            answer = self._ask(_RTM_GETLINK, body)
        except faults.DeviceMissing:
            return None
        return _parse_link(answer)

    def change(self, index: int, wanted: LinkChange) -> None:
        """Apply all changes to one device in one message."""
        flags = 0 if wanted.is_up is None else _IFF_UP
        body = _LINK.pack(0, 0, index, _IFF_UP if wanted.is_up else 0, flags)
        if wanted.namespace is not None:
            body += _number(_IFLA_NET_NS_FD, wanted.namespace)
        if wanted.index is not None:
            body += _number(_IFLA_NEW_IFINDEX, wanted.index)
        if wanted.name is not None:
            body += _text(_IFLA_IFNAME, wanted.name)
        if wanted.mtu is not None:
            body += _number(_IFLA_MTU, wanted.mtu)
        if wanted.carrier is not None:
            body += _attribute(_IFLA_CARRIER, bytes([wanted.carrier]))
        self._ask(_RTM_NEWLINK, body)

    def add_address(self, index: int, address: IPv4Address, *, is_global: bool = False) -> None:
        """Give a device a single address; no-op when it has it.

        Args:
            index: The device.
            address: What it gets.
            is_global: Whether daemons may find the address and use it as their own.
        """
        scope = _SCOPE_GLOBAL if is_global else _SCOPE_LINK
        body = _ADDRESS.pack(socket.AF_INET, address.max_prefixlen, 0, scope, index)
        body += _attribute(_IFA_LOCAL, address.packed)
        self._ask(_RTM_NEWADDR, body, _NLM_F_CREATE | _NLM_F_REPLACE)

    def delete(self, index: int) -> None:
        """Remove a device."""
        self._ask(_RTM_DELLINK, _LINK.pack(0, 0, index, 0, 0))

    def _ask(self, kind: int, body: bytes, more_flags: int = 0) -> bytes:
        self._sequence += 1
        flags = _NLM_F_REQUEST | more_flags | (0 if kind == _RTM_GETLINK else _NLM_F_ACK)
        length = _HEADER.size + len(body)
        try:
            self._socket.send(_HEADER.pack(length, kind, flags, self._sequence, 0) + body)
            answer = self._socket.recv(_ANSWER_BYTES)
        except OSError as exc:
            raise faults.KernelRefused(f"rtnetlink failed: {exc}.") from exc
        _, answer_kind, _, sequence, _ = _HEADER.unpack_from(answer)
        if sequence != self._sequence:
            raise faults.KernelRefused("The kernel answered another rtnetlink request; try again.")
        if answer_kind == _NLMSG_ERROR:
            (code,) = struct.unpack_from("=i", answer, _HEADER.size)
            _require_success(-code)
        return answer[_HEADER.size :]


def _require_success(code: int) -> None:
    if code == errno.ENODEV:
        raise faults.DeviceMissing("The kernel knows no such device.")
    if code:
        raise faults.KernelRefused(f"The kernel refused a change of a link: {os.strerror(code)}.")


def _attribute(kind: int, value: bytes) -> bytes:
    padding = bytes(-len(value) % 4)
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value + padding


def _number(kind: int, value: int) -> bytes:
    return _attribute(kind, struct.pack("=I", value))


def _text(kind: int, value: str) -> bytes:
    return _attribute(kind, value.encode() + b"\0")


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        yield kind & _TYPE_MASK, data[offset + _ATTRIBUTE.size : offset + length]
        offset += max(_ATTRIBUTE.size, length + -length % 4)


def _parse_link(answer: bytes) -> Link:
    _, _, index, flags, _ = _LINK.unpack_from(answer)
    attributes = dict(_attributes(answer[_LINK.size :]))
    about = dict(_attributes(attributes.get(_IFLA_LINKINFO, b"")))
    tun = dict(_attributes(about.get(_IFLA_INFO_DATA, b"")))
    return Link(
        index=index,
        is_up=bool(flags & _IFF_UP),
        has_carrier=attributes.get(_IFLA_CARRIER) == b"\1",
        is_persistent_tun=tun.get(_IFLA_TUN_PERSIST) == b"\1",
        mtu=int.from_bytes(attributes.get(_IFLA_MTU, b""), sys.byteorder),
    )
