"""Words of BIRD's configuration language that several parts of the file share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from futago.domain import faults, forwarding

ORIGIN: Final = "futago_origin"
"""Attribute that carries `forwarding.RouteOrigin` with a route."""

PEER_ORIGIN: Final = "futago_peer_origin"
PEER_MED: Final = "futago_peer_med"
"""Attributes that keep what the peer said and what shall not decide."""

SESSION_PREFIX: Final = "b_"
KERNEL_PREFIX: Final = "k_"

_NAME = re.compile(r"[A-Za-z0-9_]{1,60}\Z")
_DEVICE = re.compile(r"[A-Za-z0-9_.:-]{1,15}\Z")


class BadName(faults.Invalid):
    """A name that cannot be written into the configuration."""

    code = "Routing.BadName"


class BadValue(faults.Invalid):
    """A number out of its range."""

    code = "Routing.BadValue"


def table_symbol(name: str) -> str:
    """Give BIRD's name of a table."""
    return "t_" + checked_name(name)


def session_symbol(name: str) -> str:
    """Give BIRD's name of a BGP session."""
    return SESSION_PREFIX + checked_name(name)


def kernel_symbol(name: str) -> str:
    """Give BIRD's name of the protocol that writes a table into the kernel."""
    return KERNEL_PREFIX + checked_name(name)


def has_origin(origins: Iterable[forwarding.RouteOrigin]) -> str:
    """Write the condition that a route has one of these origins."""
    return f"{ORIGIN} ~ [{', '.join(str(origin.value) for origin in sorted(origins))}]"


def checked_name(name: str) -> str:
    """Give a name back that the grammar can hold.

    Raises:
        BadName: It cannot.
    """
    if not _NAME.match(name):
        raise BadName(
            f"Name {name!r} cannot be written into BIRD's configuration; use at most 60 letters, "
            "digits and underscores.",
            field="name",
            value=name,
        )
    return name


def checked_device(device: str) -> str:
    """Give the name of a device back that the grammar can hold.

    Raises:
        BadName: It cannot.
    """
    if not _DEVICE.match(device):
        raise BadName(
            f"Device {device!r} cannot be written into BIRD's configuration; use a name of at "
            "most 15 letters, digits and the characters '_.:-'.",
            field="device",
            value=device,
        )
    return device


def checked_number(what: str, value: int, low: int, high: int) -> int:
    """Give a number back that lies in its range.

    Raises:
        BadValue: It does not.
    """
    if not low <= value <= high:
        raise BadValue(
            f"The {what} is {value}; it must lie between {low} and {high}.",
            field=what,
            value=value,
        )
    return value
