"""Security tokens of temporary credentials."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from futago.actions import catalogue, faults
from futago.api import credentials, nonces
from futago.domain import policy
from futago.protocols.rpc import signature
from futago.services import access, sessions
from futago.testing import simulation

NOW = datetime(2026, 11, 23, 6, 56, 38, tzinfo=UTC)
TOKEN = sessions.TOKEN_PREFIX + "a" * sessions.TOKEN_LENGTH
KEY = access.StoredKey(
    access_key_id="STS.one",
    secret="EXAMPLEsecret",
    account_id="100",
    user_name="reader:nightly",
    permissions=policy.ADMINISTRATOR,
    session=access.Session(
        role_name="reader",
        name="nightly",
        token_digest=sessions.digest(TOKEN),
        expires_at=NOW + timedelta(hours=1),
    ),
)


class OneKey:
    def find_access_key(self, access_key_id: str) -> access.StoredKey | None:
        return KEY if access_key_id == KEY.access_key_id else None


def admit(monkeypatch: pytest.MonkeyPatch, token: str, now: datetime = NOW) -> catalogue.Principal:
    monkeypatch.setattr(signature, "verify", lambda claim, secret: None)
    claim = signature.Claim(
        access_key_id="STS.one",
        scheme=next(iter(signature.Scheme)),
        action="A",
        version="1",
        timestamp=now,
        nonce=token,
        signature="",
        string_to_sign="",
        security_token=token,
    )
    with tempfile.TemporaryDirectory() as name:
        window = nonces.NonceWindow(simulation.memory(Path(name)))
        return credentials.Gatekeeper(OneKey(), lambda: now, window).admit(claim)


def test_a_session_is_let_in_with_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    who = admit(monkeypatch, TOKEN)
    assert (who.role_name, who.session_name) == ("reader", "nightly")
    assert who.arn == "acs:ram::100:assumed-role/reader/nightly"
    assert admit(monkeypatch, TOKEN, NOW + timedelta(minutes=59)) == who


@pytest.mark.parametrize(
    ("token", "later", "code"),
    [
        ("", 0, "MissingSecurityToken"),
        ("x", 0, "InvalidSecurityToken.Malformed"),
        (TOKEN + "ü", 0, "InvalidSecurityToken.Malformed"),
        (TOKEN[:-1] + "b", 0, "InvalidSecurityToken.MismatchWithAccessKey"),
        (TOKEN, 60, "InvalidSecurityToken.Expired"),
    ],
)
def test_another_token_is_refused(
    monkeypatch: pytest.MonkeyPatch, token: str, later: int, code: str
) -> None:
    with pytest.raises(faults.VendorFault) as caught:
        admit(monkeypatch, token, NOW + timedelta(minutes=later))
    assert (caught.value.vendor_code, caught.value.status) == (code, 400)


def test_a_key_without_a_session_takes_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OneKey, "find_access_key", lambda *_: replace(KEY, session=None))
    with pytest.raises(faults.VendorFault) as caught:
        admit(monkeypatch, TOKEN)
    assert caught.value.vendor_code == "InvalidSecurityToken.MismatchWithAccessKey"
