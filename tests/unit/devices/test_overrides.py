from __future__ import annotations

import json
from pathlib import Path

import pytest

from futago.devices import overrides, peer_configuration
from futago.domain import crypto, faults

DOWNLOADED = Path(__file__).parent / "golden" / "downloaded.json"


def changed(*texts: str) -> tuple[peer_configuration.PeerTunnel, ...]:
    parsed = peer_configuration.parse(json.loads(DOWNLOADED.read_text()))
    return overrides.apply(parsed, texts).tunnels


def test_an_override_changes_one_tunnel() -> None:
    before = changed()
    first, second = changed("tunnel2.psk=a=b")
    assert first == before[0]
    assert second.psk.reveal() == "a=b"


@pytest.mark.parametrize(
    "text",
    [
        "tunnel1.version=ikev1",
        "tunnel1.mode=aggressive",
        "tunnel1.ike_enc=aes256",
        "tunnel1.ike_auth=sha512",
        "tunnel1.ike_dh=group5",
        "tunnel1.esp_enc=des",
        "tunnel1.esp_auth=md5",
        "tunnel1.pfs=disabled",
        "tunnel1.local_id=dc.example.com",
        "tunnel1.remote_id=cloud.example.com",
        "tunnel1.local_ts=192.168.10.0/24",
        "tunnel1.remote_ts=10.20.0.0/16,10.30.0.0/16",
        "tunnel1.lifetime=3600",
    ],
)
def test_every_setting_can_be_overridden(text: str) -> None:
    assert changed(text)[0] != changed()[0]


def test_the_vendors_name_of_aes_is_known() -> None:
    assert changed("tunnel2.ike_enc=aes")[1].ike_profile.encryption is crypto.Encryption.AES128


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tunnel3.psk=x", id="third tunnel"),
        pytest.param("tunnel1.nothing=x", id="unknown name"),
        pytest.param("tunnel1.ike_dh=group9", id="unknown group"),
        pytest.param("tunnel1.lifetime=soon", id="no number"),
        pytest.param("psk=secret", id="no tunnel"),
    ],
)
def test_a_wrong_override_is_refused(text: str) -> None:
    with pytest.raises(faults.Invalid) as refused:
        changed(text)
    assert "secret" not in str(refused.value)


def test_a_tunnel_that_the_connection_lacks_is_refused() -> None:
    parsed = peer_configuration.parse(json.loads(DOWNLOADED.read_text()))
    single = peer_configuration.PeerConfiguration(tunnels=parsed.tunnels[:1])
    with pytest.raises(overrides.BadOverride, match="1 tunnels"):
        overrides.apply(single, ["tunnel2.psk=x"])
