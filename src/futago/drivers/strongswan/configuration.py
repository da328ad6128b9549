"""A tunnel's intent as the messages that the daemon takes.

The daemon never starts a negotiation by itself, neither at loading nor after a loss: loading
changes nothing that is established, and only the agent initiates, when no child SA is left. Would
the daemon restart what a silent peer lost, each SA that a crashed peer left behind would come back
beside the peer's own new one, one more with every crash.
Source: strongSwan, swanctl.conf(5) and src/libcharon/plugins/vici/README.md.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Final

from futago.domain import connection as connection_domain
from futago.domain import ids, ike
from futago.plan import intent, observation
from futago.protocols.vici import messages, model

DPD_DELAY: Final = timedelta(seconds=10)
DPD_TIMEOUT: Final = timedelta(seconds=29)
"""IKEv1 only, from the last sign of life; IKEv2 has the retransmission series."""

PARALLEL_SAS: Final = 2

_LATEST_REKEY_PERCENT: Final = {
    connection_domain.TunnelIndex.ONE: 90,
    connection_domain.TunnelIndex.TWO: 84,
}
"""When a rekey begins at the latest, in percent of the lifetime."""
_REKEY_JITTER_PERCENT: Final = 4
"""How much earlier it may begin: tunnel 1 between 86 and 90 %, tunnel 2 between 80 and 84 %."""

_INSTALLED: Final = frozenset({"INSTALLED", "UPDATING", "REKEYING"})
_CHANGING: Final = frozenset({"REKEYING", "REKEYED", "DELETING"})
_ESTABLISHED: Final = frozenset({"ESTABLISHED", "REKEYING"})


def child_name(tunnel_id: ids.TunnelId) -> str:
    """Name the child SA of a tunnel."""
    return f"{tunnel_id}-child"


def shared_key(tunnel: intent.TunnelIntent, psk: ike.PresharedKey) -> messages.Message:
    """Give the arguments of `load-shared`. Contains the key: never log it."""
    owners = (tunnel.local_identity, tunnel.remote_identity)
    return {
        "id": f"{tunnel.tunnel_id}-psk".encode(),
        "type": b"IKE",
        "data": psk.reveal().encode(),
        "owners": [model.identity(owner).encode() for owner in owners],
    }


def connection(tunnel: intent.TunnelIntent, directory: Path) -> messages.Message:
    """Give the arguments of `load-conn`."""
    values = ike_settings(tunnel)
    values["children"] = {child_name(tunnel.tunnel_id): _child(tunnel, directory)}
    return {tunnel.tunnel_id: values}


def ike_settings(tunnel: intent.TunnelIntent) -> messages.Message:
    """Give everything of a connection but its children."""
    profile = tunnel.ike_profile
    rekey, jitter = _renewal(profile.lifetime, tunnel.index)
    return {
        "version": model.version(profile.version).encode(),
        "aggressive": model.aggressive(profile.mode).encode(),
        "local_addrs": [str(tunnel.gateway_address).encode()],
        "remote_addrs": [str(tunnel.peer_address).encode()],
        "proposals": [model.ike_proposal(profile).encode()],
        "rekey_time": model.seconds(rekey).encode(),
        "over_time": model.seconds(profile.lifetime - rekey).encode(),
        "rand_time": model.seconds(jitter).encode(),
        "reauth_time": b"0s",
        "dpd_delay": model.seconds(DPD_DELAY if tunnel.dpd else timedelta()).encode(),
        "dpd_timeout": model.seconds(DPD_TIMEOUT if tunnel.dpd else timedelta()).encode(),
        # The agent tries again while the tunnel is down; an attempt that goes on by itself would
        # outlive the peer's own negotiation.
        "keyingtries": b"1",
        # With INITIAL_CONTACT, two peers that start at the same moment destroy each other's SA.
        "unique": b"never",
        "mobike": b"no",
        "encap": b"yes",
        "send_cert": b"never",
        "local": {"auth": b"psk", "id": model.identity(tunnel.local_identity).encode()},
        "remote": {"auth": b"psk", "id": model.identity(tunnel.remote_identity).encode()},
    }


def facts(listed: messages.Message) -> tuple[observation.IkeSaFacts, ...]:
    """Read one `list-sa` event."""
    return tuple(
        observation.IkeSaFacts(
            unique_id=messages.text(sa, "uniqueid"),
            is_established=messages.text(sa, "state") in _ESTABLISHED,
            children_installed=len(_installed(sa)),
            established_seconds=_integer(messages.text(sa, "established")),
            is_ours=messages.text(sa, "initiator") == "yes",
            spi=messages.text(sa, "initiator-spi"),
            children=_installed(sa),
            peer_port=_integer(messages.text(sa, "remote-port")),
        )
        for _, sa in messages.sections(listed)
    )


def children(listed: Sequence[messages.Message]) -> frozenset[str]:
    """Give the unique ids of installed child SAs, by `list-sa` events."""
    return frozenset(
        unique_id
        for one in listed
        for _, sa in messages.sections(one)
        for unique_id in _installed(sa)
    )


def _installed(sa: messages.Message) -> tuple[str, ...]:
    return tuple(
        messages.text(child, "uniqueid")
        for _, child in messages.sections(messages.section(sa, "child-sas"))
        if messages.text(child, "state") in _INSTALLED
    )


def inbound_spis(listed: Sequence[messages.Message]) -> frozenset[int]:
    """Give the SPIs by which the peer may send, of all child SAs, by `list-sa` events."""
    texts = (
        messages.text(child, "spi-in")
        for one in listed
        for _, sa in messages.sections(one)
        for _, child in messages.sections(messages.section(sa, "child-sas"))
    )
    return frozenset(int(text, 16) for text in texts if text)


def carried(listed: Sequence[messages.Message]) -> dict[str, int]:
    """Give the outbound packets of each installed child SA, by `list-sa` events."""
    return {
        messages.text(child, "uniqueid"): _integer(messages.text(child, "packets-out")) or 0
        for one in listed
        for _, sa in messages.sections(one)
        for _, child in messages.sections(messages.section(sa, "child-sas"))
        if messages.text(child, "state") in _INSTALLED
    }


def is_changing(listed: Sequence[messages.Message], unique_id: str) -> bool:
    """Tell whether a renewal of an IKE SA's child SA is not over yet at both ends.

    Under version 1 it is over with the new child SA; the old one stays until it expires.
    """
    return any(
        messages.text(child, "state") in _CHANGING
        for one in listed
        for _, sa in messages.sections(one)
        if messages.text(sa, "uniqueid") == unique_id and messages.text(sa, "version") == "2"
        for _, child in messages.sections(messages.section(sa, "child-sas"))
    )


def surplus(sas: tuple[observation.IkeSaFacts, ...]) -> tuple[str, ...]:
    """Give the unique ids of SAs beyond the newest few that carry the tunnel.

    Two SAs are what a crossed initiation leaves. More are what a peer leaves that crashes faster
    than it is found dead; the newest carries the traffic.
    """
    carrying = [sa for sa in sas if sa.is_established and sa.children_installed]
    newest_first = sorted(carrying, key=lambda sa: int(sa.unique_id), reverse=True)
    return tuple(sa.unique_id for sa in newest_first[PARALLEL_SAS:])


def has_authenticated(message: messages.Message, tunnel_id: ids.TunnelId) -> bool:
    """Tell whether an `ike-updown` event is about an IKE SA of a tunnel that came up.

    The daemon raises none when an IKE SA is rekeyed, as nobody authenticates then.
    """
    is_up = messages.text(message, "up") == "yes"
    return is_up and any(name == tunnel_id for name, _ in messages.sections(message))


def is_under_way(listed: messages.Message) -> bool:
    """Tell whether our own negotiation is running already, by one `list-sa` event."""
    return any(
        (messages.text(sa, "state") == "CONNECTING" and messages.text(sa, "initiator") == "yes")
        or "CHILD_CREATE" in messages.texts(sa, "tasks-active")
        or "QUICK_MODE" in messages.texts(sa, "tasks-active")
        for _, sa in messages.sections(listed)
    )


def _child(tunnel: intent.TunnelIntent, directory: Path) -> messages.Message:
    rekey, jitter = _renewal(tunnel.esp_profile.lifetime, tunnel.index)
    hook = resources.files("futago.drivers.strongswan") / "updown.sh"
    return {
        "mode": b"tunnel",
        "local_ts": [str(prefix).encode() for prefix in tunnel.local_ts],
        "remote_ts": [str(prefix).encode() for prefix in tunnel.remote_ts],
        "esp_proposals": [model.esp_proposal(tunnel.esp_profile).encode()],
        "rekey_time": model.seconds(rekey).encode(),
        "life_time": model.seconds(tunnel.esp_profile.lifetime).encode(),
        "rand_time": model.seconds(jitter).encode(),
        "start_action": b"none",
        "dpd_action": b"clear",
        "close_action": b"none",
        "updown": shlex.join(["/bin/sh", str(hook), str(directory)]).encode(),
    }


def _renewal(
    lifetime: timedelta, index: connection_domain.TunnelIndex
) -> tuple[timedelta, timedelta]:
    """Give the latest time of a rekey, and how much earlier it may come by chance.

    The windows of a connection's two tunnels do not touch, so that SAs made together are not
    renewed together. What is left of the lifetime is for doing it: no SA outlives what the user
    set.
    Units: whole seconds.
    """
    total = int(lifetime.total_seconds())
    jitter = total * _REKEY_JITTER_PERCENT // 100
    latest = _latest(total, connection_domain.TunnelIndex.ONE)
    if index is connection_domain.TunnelIndex.TWO:
        # A whole second apart also where the shares of a short lifetime are less than one.
        latest = max(1, min(_latest(total, index), latest - jitter - 1))
    return timedelta(seconds=latest), timedelta(seconds=jitter)


def _latest(total: int, index: connection_domain.TunnelIndex) -> int:
    return max(1, total * _LATEST_REKEY_PERCENT[index] // 100)


def _integer(text: str) -> int | None:
    return int(text) if text.isdigit() else None
