"""A device at the other end of a tunnel, set up by words of its own.

It is strongSwan as well, but nothing of how the gateway's driver spells a configuration is used:
a slip there would otherwise stand on both ends and go unnoticed.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Final

from futago.domain import crypto, ike
from futago.drivers.strongswan import client, daemons, faults
from futago.plan import intent, places
from futago.protocols.vici import messages

NAME: Final = "device"
_CIPHERS: Final = {
    crypto.Encryption.AES128: "aes128",
    crypto.Encryption.AES192: "aes192",
    crypto.Encryption.AES256: "aes256",
    crypto.Encryption.DES: "des",
    crypto.Encryption.TRIPLE_DES: "3des",
    crypto.Encryption.AES128_GCM16: "aes128gcm128",
    crypto.Encryption.AES256_GCM16: "aes256gcm128",
    crypto.Encryption.CHACHA20_POLY1305: "chacha20poly1305",
}
_HASHES: Final = {
    crypto.Integrity.MD5: "md5",
    crypto.Integrity.SHA1: "sha1",
    crypto.Integrity.SHA256: "sha256",
    crypto.Integrity.SHA384: "sha384",
    crypto.Integrity.SHA512: "sha512",
}
_GROUPS: Final = {
    crypto.DhGroup.GROUP1: "modp768",
    crypto.DhGroup.GROUP2: "modp1024",
    crypto.DhGroup.GROUP5: "modp1536",
    crypto.DhGroup.GROUP14: "modp2048",
    crypto.DhGroup.GROUP19: "ecp256",
    crypto.DhGroup.GROUP20: "ecp384",
    crypto.DhGroup.GROUP21: "ecp521",
    crypto.DhGroup.GROUP31: "x25519",
}

_RESTLESS: Final[messages.Message] = {"close_action": b"start", "dpd_action": b"restart"}


class ForeignDevice:
    """One daemon with one connection at a time."""

    def __init__(self, directory: Path, place: places.TunnelPlace) -> None:
        self._daemons = daemons.StrongswanDaemons(directory)
        self._socket = directory / "tunnels" / place.tunnel_id / "vici.sock"
        self._place = place
        self._opened: client.Client | None = None

    async def start(self) -> None:
        """Run the daemon."""
        await self._daemons.start(self._place)

    async def configure(
        self, tunnel: intent.TunnelIntent, psk: ike.PresharedKey, *, is_restless: bool = False
    ) -> None:
        """Set up the connection and its key, in place of what was there.

        Args:
            tunnel: The device's end.
            psk: The key.
            is_restless: Start again whatever is closed, and replace duplicates after 10 s.
        """
        opened = await self._client()
        owners = [_identity(tunnel.local_identity), _identity(tunnel.remote_identity)]
        await opened.command(
            "load-shared",
            {"id": b"key", "type": b"IKE", "data": psk.reveal().encode(), "owners": owners},
        )
        settings = _connection(tunnel)
        if is_restless:
            settings |= {"unique": b"replace", "children": {NAME: _child(tunnel) | _RESTLESS}}
        await opened.command("load-conn", {NAME: settings})

    async def load_secrets(self, text: str) -> None:
        """Have `swanctl` read the secrets of a swanctl.conf in place of all that were loaded."""
        file = self._socket.with_name("device.conf")
        file.touch(mode=0o600)
        try:
            file.write_text(text)
            words = ("--load-creds", "--clear", "--noprompt", "--file", str(file))
            process = await asyncio.create_subprocess_exec(
                "swanctl",
                *words,
                "--uri",
                f"unix://{self._socket}",
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            if await process.wait() != 0:
                raise AssertionError("swanctl could not read the file")
        finally:
            file.unlink()

    async def begin(self) -> None:
        """Start a negotiation."""
        opened = await self._client()
        await opened.command("initiate", {"child": NAME.encode(), "timeout": b"-1"})

    async def clear(self) -> None:
        """Close everything and forget the connection."""
        opened = await self._client()
        listed = (await opened.command("list-sas", {}, stream="list-sa")).streamed
        for one in listed:
            for _, sa in messages.sections(one):
                number = messages.text(sa, "uniqueid").encode()
                values = {"ike-id": number, "force": b"yes", "timeout": b"-1"}
                with contextlib.suppress(faults.CommandFailed):  # gone meanwhile
                    await opened.command("terminate", values)
        await opened.command("unload-conn", {"name": NAME.encode()})

    async def is_idle(self) -> bool:
        """Tell whether there is no IKE SA."""
        return not await self._listed()

    async def sas(self) -> tuple[int, int]:
        """Give the numbers of IKE SAs and of installed child SAs."""
        found = [sa for one in await self._listed() for _, sa in messages.sections(one)]
        children = [
            messages.text(child, "state")
            for sa in found
            for _, child in messages.sections(messages.section(sa, "child-sas"))
        ]
        return len(found), children.count("INSTALLED")

    async def _listed(self) -> tuple[messages.Message, ...]:
        opened = await self._client()
        return (await opened.command("list-sas", {}, stream="list-sa")).streamed

    async def renew(self, *, includes_ike: bool = False) -> None:
        """Renew the child SA, or the IKE SA."""
        opened = await self._client()
        which = "ike" if includes_ike else "child"
        await opened.command("rekey", {which: NAME.encode()})

    async def close(self) -> None:
        """Let go of the daemon."""
        if self._opened is not None:
            self._opened.close()
        await self._daemons.close()

    async def _client(self) -> client.Client:
        if self._opened is None or not self._opened.is_open:
            self._opened = await client.connect(self._socket)
        return self._opened


def mirrored(tunnel: intent.TunnelIntent) -> intent.TunnelIntent:
    """Turn an end of a tunnel round: what the other end has to be set to."""
    return replace(
        tunnel,
        gateway_address=tunnel.peer_address,
        peer_address=tunnel.gateway_address,
        local_identity=tunnel.remote_identity,
        remote_identity=tunnel.local_identity,
        local_ts=tunnel.remote_ts,
        remote_ts=tunnel.local_ts,
    )


def _connection(tunnel: intent.TunnelIntent) -> messages.Message:
    profile = tunnel.ike_profile
    is_version_1 = profile.version is crypto.IkeVersion.IKEV1
    return {
        "version": b"1" if is_version_1 else b"2",
        "aggressive": b"yes" if profile.mode is crypto.IkeMode.AGGRESSIVE else b"no",
        "local_addrs": [str(tunnel.gateway_address).encode()],
        "remote_addrs": [str(tunnel.peer_address).encode()],
        "proposals": [
            f"{_CIPHERS[profile.encryption]}{_beside(profile)}-{_GROUPS[profile.dh_group]}".encode()
        ],
        "rekey_time": f"{int(profile.lifetime.total_seconds())}s".encode(),
        "dpd_delay": b"30s" if tunnel.dpd else b"0s",
        "unique": b"never",
        "mobike": b"no",
        "local": {"auth": b"psk", "id": _identity(tunnel.local_identity)},
        "remote": {"auth": b"psk", "id": _identity(tunnel.remote_identity)},
        "children": {NAME: _child(tunnel)},
    }


def _beside(profile: ike.IkeProfile) -> str:
    is_aead = "gcm" in profile.encryption or "poly" in profile.encryption
    return ("-prf" if is_aead else "-") + _HASHES[profile.integrity]


def _child(tunnel: intent.TunnelIntent) -> messages.Message:
    profile = tunnel.esp_profile
    words = [_CIPHERS[profile.encryption]]
    if profile.encryption in crypto.CLASSIC_ENCRYPTION:
        words.append(_HASHES[profile.integrity])
    if profile.pfs is not None:
        words.append(_GROUPS[profile.pfs])
    return {
        "mode": b"tunnel",
        "local_ts": [str(prefix).encode() for prefix in tunnel.local_ts],
        "remote_ts": [str(prefix).encode() for prefix in tunnel.remote_ts],
        "esp_proposals": ["-".join(words).encode()],
        "life_time": f"{int(profile.lifetime.total_seconds())}s".encode(),
        "rekey_time": f"{int(profile.lifetime.total_seconds() * 0.9)}s".encode(),
    }


def _identity(value: ike.Identity) -> bytes:
    """Spell an identity as a person would."""
    if value.kind is ike.IdentityKind.FQDN:
        return f"@{value.text}".encode()
    return value.text.encode()
