"""Settings of webhooks and of samples for charts."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import Annotated

import pydantic

from futago.domain import webhooks
from futago.runtime import settings_section


def _network(value: object) -> webhooks.Network:
    try:
        return ipaddress.ip_network(str(value))
    except ValueError as exc:
        raise ValueError("write a prefix such as 10.0.0.0/8 or fd00::/8, host bits zero") from exc


Network = Annotated[
    ipaddress.IPv4Network | ipaddress.IPv6Network, pydantic.BeforeValidator(_network)
]


class Webhooks(settings_section.Section):
    """Where events may be sent to."""

    allow_http: bool = pydantic.Field(
        default=False, description="Also take webhooks without TLS, with http:// URLs."
    )
    allowed_networks: tuple[Network, ...] = pydantic.Field(
        default=(),
        description="Prefixes that are not public and may receive events all the same. Without "
        "one, nothing is sent to loopback, link-local, private or other special addresses.",
    )
    give_up_days: int = pydantic.Field(
        default=3,
        ge=1,
        le=30,
        description="A webhook to which nothing could be delivered for so many days is dead.",
    )

    @property
    def rules(self) -> webhooks.Rules:
        """Give the rules by which URLs and addresses are judged."""
        return webhooks.Rules(
            allows_http=self.allow_http,
            networks=self.allowed_networks,
            gives_up_after=timedelta(days=self.give_up_days),
        )


class Samples(settings_section.Section):
    """Samples of tunnels for charts, one a minute."""

    keep_days: int = pydantic.Field(
        default=7, ge=1, le=366, description="How many days of samples are kept."
    )

    @property
    def kept(self) -> timedelta:
        """How long samples are kept."""
        return timedelta(days=self.keep_days)
