"""Algorithms beyond the vendor's: behind a setting, and for IKEv2 only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from futago.actions import dispatch, registry
from futago.domain import crypto

LATER = {
    "TunnelIkeConfig": {"IkeEncAlg": "aes256gcm16", "IkeAuthAlg": "sha256", "IkePfs": "group31"},
    "TunnelIpsecConfig": {
        "IpsecEncAlg": "chacha20poly1305",
        "IpsecAuthAlg": "sha256",
        "IpsecPfs": "group19",
    },
}


def with_options(site: Any, **values: Any) -> dict[str, Any]:
    wanted = dict(site.connection)
    wanted["TunnelOptionsSpecification"] = [
        {**each, **values} for each in wanted["TunnelOptionsSpecification"]
    ]
    return wanted


@pytest.fixture
def extended(cloud: Any, clock: Any) -> Any:
    actions = registry.catalogue(region_id="cn-hangzhou", has_extended_crypto=True)
    return replace(cloud, dispatcher=dispatch.Dispatcher(cloud.database, actions, clock.now))


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("TunnelIkeConfig", "IkeEncAlg", "aes128gcm16"),
        ("TunnelIkeConfig", "IkePfs", "group31"),
        ("TunnelIpsecConfig", "IpsecEncAlg", "chacha20poly1305"),
        ("TunnelIpsecConfig", "IpsecPfs", "group21"),
    ],
)
def test_they_are_refused_by_default_with_the_setting_that_allows_them(
    cloud: Any, site: Any, part: str, name: str, value: str
) -> None:
    answer = cloud.send("CreateVpnAttachment", **with_options(site, **{part: {name: value}}))
    assert answer.status == 400
    message = str(answer.answer["Message"])
    assert value in message
    assert name in message
    assert "crypto.extended" in message


def test_they_are_kept_and_shown_where_the_setting_allows_them(extended: Any, site: Any) -> None:
    created = extended.call("CreateVpnAttachment", **with_options(site, **LATER))
    shown = extended.call("DescribeVpnConnection", VpnConnectionId=created["VpnConnectionId"])
    for tunnel in shown["TunnelOptionsSpecification"]["TunnelOptions"]:
        first, second = tunnel["TunnelIkeConfig"], tunnel["TunnelIpsecConfig"]
        assert (first["IkeEncAlg"], first["IkePfs"]) == ("aes256gcm16", "group31")
        assert (second["IpsecEncAlg"], second["IpsecPfs"]) == ("chacha20poly1305", "group19")


def test_version_1_has_no_numbers_for_them(extended: Any, site: Any) -> None:
    later = {"TunnelIkeConfig": {"IkeVersion": "ikev1", "IkePfs": "group19"}}
    answer = extended.send("CreateVpnAttachment", **with_options(site, **later))
    assert answer.status == 400
    assert "ikev2" in str(answer.answer["Message"])
    assert crypto.is_extended(crypto.DhGroup.GROUP19)
    assert not crypto.is_extended(crypto.Encryption.AES256)
