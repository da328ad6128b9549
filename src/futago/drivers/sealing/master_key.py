"""AES-256-GCM under one master key, which lies in a file beside the database.

Whoever copies the database alone learns nothing. The context is authenticated with each value, so
that a value moved to another place does not open. A sealed value is a version byte, a nonce of
twelve random bytes, and the ciphertext with its tag.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from futago.domain import faults

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_VERSION: Final = b"\x01"
_FORBIDDEN_MODE: Final = stat.S_IRWXG | stat.S_IRWXO


class MasterKeyUnusable(faults.Fault):
    """The file of the master key cannot be trusted or read."""

    code = "MasterKey.Unusable"
    kind = faults.Kind.FORBIDDEN


class SealBroken(faults.Internal):
    """A sealed value does not open: another key, another place, or damage."""

    code = "Seal.Broken"


class MasterKeySealer:
    """Seals with one key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise MasterKeyUnusable(
                f"The master key has {len(key)} bytes instead of {KEY_BYTES}; "
                "restore the file from a backup."
            )
        self._cipher = AESGCM(key)

    def seal(self, clear: bytes, context: bytes) -> bytes:
        """Seal a secret for the place that the context names."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, clear, _VERSION + context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Open what was sealed for the same place.

        Raises:
            SealBroken: Another key, another place, or damage.
        """
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, body, sealed[:1] + context)
        except (InvalidTag, ValueError) as exc:
            raise SealBroken(
                "A stored secret does not open with this master key; "
                "restore the key file that belongs to the database."
            ) from exc


def load_or_create_master_key(path: Path) -> bytes:
    """Read the master key; make one at the first start.

    Raises:
        MasterKeyUnusable: Others can read the file, or it is not a key.
    """
    if path.exists():
        return _load(path)
    try:
        return _create(path)
    except OSError as exc:
        raise MasterKeyUnusable(
            f"{path} cannot be created: {exc.strerror}; let the service write to its directory."
        ) from exc


def _create(path: Path) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return _load(path)
    finally:
        draft.unlink()
    return key


def _load(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            key = file.read(KEY_BYTES + 1)
    except OSError as exc:
        raise MasterKeyUnusable(f"{path} cannot be read: {exc.strerror}; check its owner.") from exc
    if mode & _FORBIDDEN_MODE:
        raise MasterKeyUnusable(
            f"{path} can be read by others than its owner (mode {stat.S_IMODE(mode):04o}); "
            "run chmod 600 on it, and consider its secrets known."
        )
    if len(key) != KEY_BYTES:
        raise MasterKeyUnusable(
            f"{path} does not hold a key of {KEY_BYTES} bytes; restore it from a backup."
        )
    return key
