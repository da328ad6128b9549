"""Webhooks: where events may be sent, how they are signed, and when they are sent again. Pure.

Whoever may create a webhook makes this host send requests. So addresses that are not public are
refused unless the operator allows them: behind them are the host's own services, its cloud's
metadata, and networks that the caller cannot reach itself. Names are checked when they have been
resolved, at each delivery, since a name can point elsewhere tomorrow.

Source: Standard Webhooks, specification 1.0 (headers, signature, 410); RFC 6890 (special
addresses).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias
from urllib.parse import SplitResult, urlsplit

from futago.domain import faults, randomness

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

URL_MAX: Final = 1024
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the standard's mark of a secret
_SECRET_BYTES: Final = 32
_FIRST_PAUSE: Final = timedelta(seconds=1)
_LONGEST_PAUSE: Final = timedelta(hours=1)
_DOUBLINGS_MAX: Final = 20
_TRANSLATED: Final = (
    ipaddress.IPv6Network("64:ff9b::/96"),
    ipaddress.IPv6Network("64:ff9b:1::/48"),
    ipaddress.IPv6Network("2002::/16"),
)
"""Prefixes behind which any IPv4 address may be."""


class UrlInvalid(faults.Invalid):
    """A webhook cannot have this address."""

    code = "Webhook.UrlInvalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an installation allows."""

    allows_http: bool = False
    networks: tuple[Network, ...] = ()
    """Networks that are not public and allowed all the same."""
    gives_up_after: timedelta = timedelta(days=3)
    """A webhook to which nothing could be delivered for this long is dead."""


DEFAULT_RULES: Final = Rules()


def check_url(text: str, rules: Rules) -> str:
    """Check where a webhook shall send to, as far as its text tells.

    Raises:
        UrlInvalid: It is not an absolute https URL, or an address that is refused.
    """
    parts = _split(text)
    schemes = {"https", "http"} if rules.allows_http else {"https"}
    if parts.scheme not in schemes:
        more = "" if rules.allows_http else "; plain http needs the setting webhooks.allow_http"
        raise UrlInvalid(f"the URL must begin with {' or '.join(sorted(schemes))}://{more}")
    if not parts.hostname:
        raise UrlInvalid("the URL must name a host")
    if parts.username is not None or parts.password is not None:
        raise UrlInvalid("the URL must carry no user name or password: requests are signed instead")
    if parts.fragment:
        raise UrlInvalid("the URL must have no fragment: it would not be sent")
    try:
        address = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return text
    check_address(address, rules)
    return text


def check_address(address: Address, rules: Rules) -> None:
    """Refuse addresses that are not public and not allowed.

    Raises:
        UrlInvalid: It is such an address.
    """
    meant = address
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        meant = address.ipv4_mapped
    if any(meant.version == each.version and meant in each for each in rules.networks):
        return
    is_translated = any(meant in each for each in _TRANSLATED if meant.version == each.version)
    if meant.is_multicast or not meant.is_global or is_translated:
        raise UrlInvalid(
            f"the address {meant} is not public; the operator allows networks of the site by the"
            " setting webhooks.allowed_networks"
        )


def _split(text: str) -> SplitResult:
    if len(text) > URL_MAX:
        raise UrlInvalid(f"the URL has {len(text)} characters, at most {URL_MAX} fit")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise UrlInvalid("the URL must be printable ASCII without blanks: percent-encode the rest")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as exc:
        raise UrlInvalid(f"the text is no URL: {exc}") from exc
    return parts


def new_secret(random_below: randomness.RandomBelow) -> str:
    """Make up the secret of a webhook."""
    content = bytes(random_below(256) for _ in range(_SECRET_BYTES))
    return SECRET_PREFIX + base64.b64encode(content).decode()


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """Give the headers that prove where a request comes from.

    Args:
        secret: As `new_secret` made it.
        message_id: The same at every attempt, so that a receiver can tell repetitions.
        timestamp: Of the attempt, in seconds since 1970.
        body: What is sent.
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    digest = hmac.digest(key, signed, hashlib.sha256)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def pause(failures: int) -> timedelta:
    """Give the wait after so many failures in a row: doubling from a second to an hour."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << min(failures - 1, _DOUBLINGS_MAX)))
