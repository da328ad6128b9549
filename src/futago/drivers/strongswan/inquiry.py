"""Asks a peer beside the daemon what it accepts: a few packets from the tunnel's own address.

The daemon holds port 500, so these come from another one. They carry the daemon's mark: what the
daemon routes for its policies is not for them.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from ipaddress import IPv4Address
from typing import Final

from futago.domain import crypto
from futago.drivers.strongswan import files, namespaces
from futago.plan import inquiry, intent
from futago.protocols.charon import proposals
from futago.protocols.ike import first_message, transforms

PORT: Final = 500
TRIES: Final = 3
TRY_SECONDS: Final = 0.5
_OFFERS_MAX: Final = 4
"""A cookie, another group, and one more of either."""
_DATAGRAM_MAX: Final = 65535


async def inquire(
    namespace: str, tunnel: intent.TunnelIntent, version: crypto.IkeVersion
) -> inquiry.Answer:
    """Offer everything under one version and give the answer.

    Raises:
        PlaceMissing: The tunnel has no namespace.
        KernelRefused: The packets cannot be sent from there.
    """
    opened = await namespaces.inside(
        namespace, lambda: _open(tunnel.gateway_address, tunnel.peer_address)
    )
    with opened:
        if version is crypto.IkeVersion.IKEV1:
            return _translate(version, await _ask_v1(opened))
        group = transforms.GROUPS[tunnel.ike_profile.dh_group.value]
        return _translate(version, await _ask_v2(opened, group))


def _open(source: IPv4Address, peer: IPv4Address) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, files.DAEMON_MARK)
        opened.bind((str(source), 0))
        opened.connect((str(peer), PORT))
    except OSError:
        opened.close()
        raise
    return opened


async def _ask_v2(opened: socket.socket, group: int) -> first_message.Answer | None:
    spi, nonce = _spi(), secrets.token_bytes(first_message.NONCE_BYTES)
    cookie = b""
    answer: first_message.Answer | None = None
    for _ in range(_OFFERS_MAX):
        offer = first_message.offer_v2(spi, nonce, group, cookie)
        answer = await _exchange(opened, (offer,), (spi,))
        match answer:
            case first_message.WantsGroup() if answer.number in transforms.GROUPS.values():
                group = answer.number
            case first_message.WantsCookie():
                cookie = answer.cookie
            case _:
                return answer
    return answer


async def _ask_v1(opened: socket.socket) -> first_message.Answer | None:
    spis = tuple(_spi() for _ in range(first_message.OFFERS_V1_COUNT))
    return await _exchange(opened, first_message.offers_v1(spis), spis)


async def _exchange(
    opened: socket.socket, offers: tuple[bytes, ...], spis: tuple[bytes, ...]
) -> first_message.Answer | None:
    """Send offers until one is accepted or all are refused; None when nobody answers."""
    refusals: set[bytes] = set()
    for _ in range(TRIES):
        await _send(opened, offers)
        try:
            async with asyncio.timeout(TRY_SECONDS):
                while len(refusals) < len(offers):
                    data = await _receive(opened)
                    answer = first_message.read(data, spis)
                    if isinstance(answer, first_message.Refused):
                        refusals.add(data[: first_message.SPI_BYTES])
                    elif answer is not None:
                        return answer
                return first_message.Refused()
        except TimeoutError:
            continue
    return first_message.Refused() if refusals else None


async def _send(opened: socket.socket, offers: tuple[bytes, ...]) -> None:
    loop = asyncio.get_running_loop()
    for offer in offers:
        try:
            await loop.sock_sendall(opened, offer)
        except OSError:
            return  # an ICMP error of an earlier packet, or no route: both are silence


async def _receive(opened: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    try:
        return await loop.sock_recv(opened, _DATAGRAM_MAX)
    except OSError:
        await asyncio.sleep(TRY_SECONDS)  # an ICMP error; the caller's time runs out
        return b""


def _spi() -> bytes:
    return secrets.token_bytes(first_message.SPI_BYTES)


def _translate(version: crypto.IkeVersion, answer: first_message.Answer | None) -> inquiry.Answer:
    match answer:
        case first_message.Chosen():
            chosen = proposals.Proposal(
                protocol="IKE",
                encryption=(answer.encryption,),
                integrity=(answer.authentication,),
                prf=(answer.authentication,),
                dh_group=(answer.group,),
            )
            return inquiry.Answer(version=version, outcome=inquiry.Outcome.ACCEPTED, chosen=chosen)
        case first_message.Refused():
            return inquiry.Answer(version=version, outcome=inquiry.Outcome.REFUSED)
        case _:
            return inquiry.Answer(version=version, outcome=inquiry.Outcome.SILENT)
