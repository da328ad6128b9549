"""What the driver tells the daemon."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from futago.domain import connection, ike
from futago.drivers.strongswan import configuration
from futago.testing import ike_worlds

TUNNEL = ike_worlds.new_side(0)[1]
LIFETIMES = [timedelta(seconds=count) for count in (10, 60, 3600, 86400)]


def loaded(index: connection.TunnelIndex, lifetime: timedelta) -> tuple[Any, Any]:
    tunnel = replace(
        TUNNEL,
        index=index,
        ike_profile=ike.IkeProfile(lifetime=lifetime),
        esp_profile=ike.EspProfile(lifetime=lifetime),
    )
    whole: Any = configuration.connection(tunnel, Path("/run/x"))[tunnel.tunnel_id]
    return whole, whole["children"][configuration.child_name(tunnel.tunnel_id)]


def seconds(values: Any, name: str) -> int:
    return int(values[name].decode().removesuffix("s"))


@pytest.mark.parametrize("lifetime", LIFETIMES)
def test_tunnels_of_a_connection_never_renew_in_the_same_window(lifetime: timedelta) -> None:
    for part in (0, 1):
        first, second = (loaded(index, lifetime)[part] for index in connection.TunnelIndex)
        earliest_first = seconds(first, "rekey_time") - seconds(first, "rand_time")
        assert seconds(second, "rekey_time") <= earliest_first
        assert seconds(second, "rekey_time") < seconds(first, "rekey_time")


@pytest.mark.parametrize("index", connection.TunnelIndex)
@pytest.mark.parametrize("lifetime", LIFETIMES)
def test_no_sa_outlives_its_lifetime(index: connection.TunnelIndex, lifetime: timedelta) -> None:
    whole, child = loaded(index, lifetime)
    total = int(lifetime.total_seconds())
    assert seconds(whole, "rekey_time") + seconds(whole, "over_time") == total
    assert seconds(child, "life_time") == total
    assert seconds(child, "rekey_time") < total


def test_identities_have_a_type_so_that_none_is_a_wildcard() -> None:
    for text in ("any.example", "0-0-0-0", "a", "_x"):
        tunnel = replace(TUNNEL, remote_identity=ike.Identity.parse(text))
        whole: Any = configuration.connection(tunnel, Path("/run/x"))[tunnel.tunnel_id]
        assert whole["remote"]["id"] == f"fqdn:{text}".encode()
    with pytest.raises(ike.BadIdentity):
        ike.Identity.parse("%any")


def test_settings_that_hold_for_every_tunnel() -> None:
    whole, child = loaded(connection.TunnelIndex.ONE, timedelta(hours=1))
    assert (whole["mobike"], whole["unique"]) == (b"no", b"never")
    assert (whole["dpd_delay"], whole["dpd_timeout"]) == (b"10s", b"29s")
    assert child["start_action"] == b"none"
    tunnel = replace(TUNNEL, dpd=False)
    silent: Any = configuration.connection(tunnel, Path("/run/x"))[tunnel.tunnel_id]
    assert silent["dpd_delay"] == b"0s"
