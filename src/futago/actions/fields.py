"""Types of parameters that several actions share.

A type reads the vendor's text into a domain value and knows the rule it enforces, so that a refusal
names the parameter, the value, the rule and the remedy without any action's help. Zero numbers mean
"not given", as empty texts do: infrastructure-as-code clients send both for unset members.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, TypeAlias, TypeVar

import pydantic

from futago.actions import requests, spelling
from futago.domain import bgp, crypto, faults, ike, net

ValueT = TypeVar("ValueT")

URL_PREFIXES = ("http://", "https://")
NAME_MAX = 100
CEN_NAME_MAX = 128
CEN_DESCRIPTION_MAX = 256


def reads(parser: Callable[[str], object]) -> pydantic.PlainValidator:
    """Read a text with a domain parser; its fault becomes the finding."""

    def read(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValueError("the value must be text")  # noqa: TRY004 - a finding, not a bug
        try:
            return parser(str(value))
        except faults.Fault as exc:
            # The finding quotes the rule; the cause would be lost with the exception anyway.
            raise ValueError(exc.message) from exc

    return pydantic.PlainValidator(read)


def _lifetime(text: str) -> timedelta | None:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= requests.MAX_INTEGER_DIGITS):
        raise faults.Invalid("the value must be an integer in decimal digits")
    return ike.parse_lifetime(int(text))


def _bgp_asn(text: str) -> net.Asn | None:
    return None if text == "0" else net.parse_asn(text)


def label(maximum: int) -> Callable[[str], str]:
    """Make the reader of a name or description of limited length."""

    def read(text: str) -> str:
        if len(text) > maximum:
            raise faults.Invalid(f"the text has {len(text)} characters, at most {maximum} fit")
        if text.lower().startswith(URL_PREFIXES):
            raise faults.Invalid("the text must not begin with http:// or https://")
        if any(ord(c) < ord(" ") for c in text):
            raise faults.Invalid("the text must not hold control characters")
        return text

    return read


Encryption = Annotated[crypto.Encryption, reads(spelling.read_encryption)]
Integrity = Annotated[crypto.Integrity, reads(spelling.read_integrity)]
IpsecIntegrity = Annotated[
    crypto.Integrity,
    reads(spelling.read_integrity),
    requests.Vendor(invalid="NotSupportVpnConnectionParameter.IpsecAuthAlg"),
]
Group = Annotated[crypto.DhGroup, reads(spelling.read_group)]
PfsWord = Annotated[
    str,
    reads(lambda text: spelling.write_pfs(spelling.read_pfs(text))),
    requests.Vendor(invalid="NotSupportVpnConnectionParameter.IpsecPfs"),
]
"""Checked, but still the vendor's word: None is taken, it means "not given"."""
IkeVersion = Annotated[crypto.IkeVersion, reads(spelling.read_version)]
IkeMode = Annotated[crypto.IkeMode, reads(spelling.read_mode)]
Lifetime: TypeAlias = Annotated[timedelta | None, reads(_lifetime)]
Psk = Annotated[ike.PresharedKey, reads(ike.PresharedKey), requests.Vendor(secret=True)]
Identity = Annotated[ike.Identity, reads(ike.Identity.parse)]
BgpAsn: TypeAlias = Annotated[
    net.Asn | None, reads(_bgp_asn), requests.Vendor(invalid="IllegalParam.LocalAsn")
]
Asn = Annotated[net.Asn, reads(net.parse_asn), requests.Vendor(invalid="IllegalParam.Asn")]
AuthKey = Annotated[
    str,
    reads(bgp.check_session_key),
    requests.Vendor(invalid="InvalidAuthkey.Malformed", secret=True),
]
Prefix = Annotated[IPv4Network, reads(net.parse_prefix)]
Prefixes: TypeAlias = Annotated[tuple[IPv4Network, ...], reads(net.parse_prefixes)]
Address = Annotated[IPv4Address, reads(net.parse_address)]
GatewayAddress = Annotated[
    IPv4Address,
    reads(net.parse_gateway_address),
    requests.Vendor(missing="MissingParameter", invalid="InvalidIpAddress.WrongFormat"),
]

VpnName = Annotated[str, reads(label(NAME_MAX)), requests.Vendor(invalid="InvalidName")]
VpnDescription = Annotated[
    str, reads(label(NAME_MAX)), requests.Vendor(invalid="InvalidDescription")
]
CenName = Annotated[str, reads(label(CEN_NAME_MAX)), requests.Vendor(invalid="InvalidName")]
CenDescription = Annotated[
    str, reads(label(CEN_DESCRIPTION_MAX)), requests.Vendor(invalid="InvalidDescription")
]
OwnerAccount = Annotated[int, pydantic.Field(ge=0)]
