"""Rehearses a negotiation with other settings, to learn what an authenticated peer would accept.

It runs under a name of its own in the tunnel's daemon and is closed as soon as its outcome is
known. Its child SA has no policies, so that no packet ever leaves through it. The key is the one
that is loaded; a peer takes part only if it would also take part in the real negotiation.
Source: strongSwan, src/libcharon/plugins/vici/README.md.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import Final

from futago.domain import crypto, ids, ike, net
from futago.drivers.strongswan import client, configuration, faults
from futago.plan import findings, inquiry, intent
from futago.protocols.charon import proposals
from futago.protocols.vici import messages, model

DEADLINE_SECONDS: Final = 3.0
_AEADS: Final = "aes128gcm16-aes256gcm16-chacha20poly1305"


@dataclass(frozen=True, slots=True)
class _Child:
    """A child SA on trial."""

    offers: tuple[str, ...]
    local_ts: tuple[IPv4Network, ...]
    remote_ts: tuple[IPv4Network, ...]


def name(tunnel_id: ids.TunnelId) -> str:
    """Name the connection on trial."""
    return f"{tunnel_id}-rehearsal"


async def other_mode(commands: client.Client, tunnel: intent.TunnelIntent) -> bool:
    """Tell whether the peer takes part in the other exchange of version 1."""
    profile = replace(tunnel.ike_profile, mode=findings.other_mode(tunnel.ike_profile.mode))
    changed = replace(tunnel, ike_profile=profile)
    await _load(commands, changed, ())
    try:
        return await _initiate(commands, tunnel.tunnel_id, None)
    finally:
        await _clear(commands, tunnel.tunnel_id)


async def child(
    commands: client.Client, tunnel: intent.TunnelIntent, question: inquiry.Question
) -> inquiry.Accepted | None:
    """Offer child SAs of every kind and give what the peer accepts; None when it refuses all."""
    trials = tuple(_trials(tunnel, question))
    await _load(commands, tunnel, trials)
    try:
        for number in range(len(trials)):
            if await _initiate(commands, tunnel.tunnel_id, number):
                return await _accepted(commands, tunnel)
        return None
    finally:
        await _clear(commands, tunnel.tunnel_id)


def _trials(tunnel: intent.TunnelIntent, question: inquiry.Question) -> Iterator[_Child]:
    """Give what to offer, the likeliest first.

    Version 1 names the group once for all offers, so each group is a trial of its own; version 2
    leaves it out of the first child SA.
    """
    is_any = question is inquiry.Question.SELECTORS
    local, remote = ((net.ANY,), (net.ANY,)) if is_any else (tunnel.local_ts, tunnel.remote_ts)
    if tunnel.ike_profile.version is crypto.IkeVersion.IKEV2:
        ciphers = "-".join(map(model.encryption, crypto.CLASSIC_ENCRYPTION))
        hashes = "-".join(map(model.integrity, crypto.Integrity))
        yield _Child((f"{ciphers}-{hashes}", _AEADS), local, remote)
        return
    own = tunnel.esp_profile.pfs
    groups: list[crypto.DhGroup | None] = [
        own,
        *(g for g in (None, *crypto.CLASSIC_GROUPS) if g is not own),
    ]
    for group in groups:
        offers = tuple(
            model.esp_proposal(ike.EspProfile(encryption=cipher, integrity=hashed, pfs=group))
            for cipher in crypto.CLASSIC_ENCRYPTION
            for hashed in crypto.Integrity
        )
        yield _Child(offers, local, remote)


async def _load(
    commands: client.Client, tunnel: intent.TunnelIntent, trials: Sequence[_Child]
) -> None:
    values = configuration.ike_settings(tunnel)
    # Unlike the real connection, so that the daemon makes an IKE SA of its own; the deadline ends
    # it before a second attempt.
    values["keyingtries"] = b"2"
    values["children"] = {
        f"{name(tunnel.tunnel_id)}-{number}": _child_settings(trial)
        for number, trial in enumerate(trials)
    }
    await commands.command("load-conn", {name(tunnel.tunnel_id): values})


def _child_settings(trial: _Child) -> messages.Message:
    return {
        "mode": b"tunnel",
        "local_ts": [str(prefix).encode() for prefix in trial.local_ts],
        "remote_ts": [str(prefix).encode() for prefix in trial.remote_ts],
        "esp_proposals": [offer.encode() for offer in trial.offers],
        "policies": b"no",
        "start_action": b"none",
        "dpd_action": b"clear",
        "close_action": b"none",
    }


async def _initiate(commands: client.Client, tunnel_id: ids.TunnelId, number: int | None) -> bool:
    arguments: dict[str, messages.Value] = {
        "ike": name(tunnel_id).encode(),
        "timeout": str(int(DEADLINE_SECONDS * 1000)).encode(),
    }
    if number is not None:
        arguments["child"] = f"{name(tunnel_id)}-{number}".encode()
    try:
        await commands.command(
            "initiate", arguments, deadline_seconds=DEADLINE_SECONDS + client.DEADLINE_SECONDS
        )
    except faults.CommandFailed:
        return False
    return True


async def _accepted(
    commands: client.Client, tunnel: intent.TunnelIntent
) -> inquiry.Accepted | None:
    only = {"ike": name(tunnel.tunnel_id).encode()}
    for one in (await commands.command("list-sas", only, stream="list-sa")).streamed:
        for _, sa in messages.sections(one):
            for _, found in messages.sections(messages.section(sa, "child-sas")):
                return inquiry.Accepted(
                    chosen=_chosen(found),
                    local_ts=" ".join(messages.texts(found, "local-ts")),
                    remote_ts=" ".join(messages.texts(found, "remote-ts")),
                )
    return None


def _chosen(found: messages.Message) -> proposals.Proposal:
    cipher, bits = messages.text(found, "encr-alg"), messages.text(found, "encr-keysize")
    names = [
        f"{cipher}_{bits}" if bits else cipher,
        messages.text(found, "integ-alg"),
        messages.text(found, "dh-group"),
    ]
    (proposal,) = proposals.parse("ESP:" + "/".join(filter(None, names)))
    return proposal


async def _clear(commands: client.Client, tunnel_id: ids.TunnelId) -> None:
    own = name(tunnel_id).encode()
    with contextlib.suppress(faults.CommandFailed):  # nothing may have come of it
        await commands.command("terminate", {"ike": own, "force": b"yes", "timeout": b"-1"})
    await commands.command("unload-conn", {"name": own})
