"""Negotiations with many keys, where the device takes its key from a file as it is delivered.

The gateway gets the key through the agent's driver. The device's key stands in a rendered
swanctl.conf, which the device's own `swanctl` reads.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from futago.devices import linux_text, peer_configuration
from futago.domain import crypto, ike
from futago.plan import intent
from futago.testing import eventually, ike_pairs, ike_worlds


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One key under one version of IKE."""

    key: str
    version: crypto.IkeVersion = crypto.IkeVersion.IKEV2


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of it."""

    attempt: Attempt
    fault: str = ""
    """Empty when the tunnel came up with this key and no other."""


async def negotiate(pair: ike_pairs.Pair, attempt: Attempt) -> Tried:
    """Establish a tunnel with a key and close it."""
    key = ike.PresharedKey(attempt.key)
    profile = ike.IkeProfile(version=attempt.version)
    ours, theirs = (_with_profile(end, profile) for end in pair.tunnels)
    # What the device is given beside the file does not fit: only the key of the file can.
    await pair.set_up(
        ike_pairs.Setup(ours=ours, theirs=theirs, our_key=key, their_key=ike_worlds.OTHER_PSK)
    )
    await pair.device.load_secrets(_rendered(theirs, key))
    await pair.begin(by_us=True)
    fault = ""
    try:
        await eventually.eventually(pair.is_up, bool, within=10)
    except AssertionError as exc:
        fault = f"{exc}; {pair.failure}; {pair.lines[-3:]}"
    await pair.clear()
    return Tried(attempt=attempt, fault=fault)


def _with_profile(end: intent.TunnelIntent, profile: ike.IkeProfile) -> intent.TunnelIntent:
    return dataclasses.replace(end, ike_profile=profile)


def _rendered(theirs: intent.TunnelIntent, key: ike.PresharedKey) -> str:
    """Write the file of a device with one tunnel."""
    tunnel = peer_configuration.PeerTunnel(
        tunnel_id=theirs.tunnel_id,
        local=theirs.gateway_address,
        remote=theirs.peer_address,
        local_identity=theirs.local_identity,
        remote_identity=theirs.remote_identity,
        ike_profile=theirs.ike_profile,
        esp_profile=theirs.esp_profile,
        psk=key,
        local_ts=theirs.local_ts,
        remote_ts=theirs.remote_ts,
    )
    behavior = linux_text.Behavior(updown="/bin/true", is_passive=True, accepts_any_remote=False)
    connection = linux_text.Connection(name="tun1", tunnel=tunnel, if_id=None, behavior=behavior)
    return linux_text.swanctl([connection])
