"""How large a packet inside a tunnel may be, so that its encrypted form fits the path outside.

Source: RFC 4303 section 2 (ESP), RFC 3948 (UDP encapsulation), RFC 3602 and 2451 (CBC), RFC 2404,
2403 and 4868 (truncated HMACs), RFC 4106 and 7634 (AEADs).
"""

from __future__ import annotations

from typing import Final

from futago.domain import crypto, ike

USER_MTU: Final = 1399
"""The vendor's; it also leaves room for a line of 1492 bytes. Source: vendor guide "MTU"."""
TCP_OVERHEAD: Final = 40
"""IPv4 and TCP header without options."""

_IP_HEADER: Final = 20
_UDP_HEADER: Final = 8
_ESP_HEADER: Final = 8
_ESP_TRAILER: Final = 2
"""Pad length and next header."""


_BLOCKS: Final = {
    crypto.Encryption.AES128: 16,
    crypto.Encryption.AES192: 16,
    crypto.Encryption.AES256: 16,
    crypto.Encryption.DES: 8,
    crypto.Encryption.TRIPLE_DES: 8,
    **dict.fromkeys(crypto.AEADS, 4),
}
"""In CBC mode the initialization vector is as long as a block; an AEAD is only padded to words."""
_AEAD_VECTOR: Final = 8
_AEAD_ICV: Final = 16
_ICVS: Final = {
    crypto.Integrity.MD5: 12,
    crypto.Integrity.SHA1: 12,
    crypto.Integrity.SHA256: 16,
    crypto.Integrity.SHA384: 24,
    crypto.Integrity.SHA512: 32,
}


def outer_size(inner: int, esp: ike.EspProfile, *, is_udp: bool = True) -> int:
    """Give the size outside, in bytes, of a packet of a size inside."""
    block = _BLOCKS[esp.encryption]
    padded = -(-(inner + _ESP_TRAILER) // block) * block
    return _fixed(esp, is_udp=is_udp) + padded


def largest_inner(path_mtu: int, esp: ike.EspProfile, *, is_udp: bool = True) -> int:
    """Give the size of the largest packet whose encrypted form fits the path, in bytes.

    Args:
        path_mtu: Of the path outside.
        esp: What the tunnel encrypts with.
        is_udp: ESP travels in UDP: behind NAT, and always with the userspace driver.
    """
    block = _BLOCKS[esp.encryption]
    room = path_mtu - _fixed(esp, is_udp=is_udp)
    return room // block * block - _ESP_TRAILER


def tunnel_mtu(path_mtu: int, esp: ike.EspProfile, *, is_udp: bool = True) -> int:
    """Give the MTU of a tunnel's device: what fits, and the vendor's user MTU at most."""
    return min(USER_MTU, largest_inner(path_mtu, esp, is_udp=is_udp))


def _fixed(esp: ike.EspProfile, *, is_udp: bool) -> int:
    encapsulation = _UDP_HEADER if is_udp else 0
    is_aead = esp.encryption in crypto.AEADS
    vector = _AEAD_VECTOR if is_aead else _BLOCKS[esp.encryption]
    check = _AEAD_ICV if is_aead else _ICVS[esp.integrity]
    return _IP_HEADER + encapsulation + _ESP_HEADER + vector + check
