"""Rendered files against golden ones.

To accept a change, run with FUTAGO_WRITE_GOLDEN=1 and read the difference.
"""

from __future__ import annotations

import dataclasses
import json
import os
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from futago.devices import linux, overrides, peer_configuration

GOLDEN = Path(__file__).parent / "golden"


def configuration() -> peer_configuration.PeerConfiguration:
    return peer_configuration.parse(json.loads((GOLDEN / "downloaded.json").read_text()))


def device(data_plane: linux.DataPlane) -> linux.LinuxDevice:
    return linux.LinuxDevice(
        data_plane=data_plane,
        directory="/etc/futago-device",
        router_address=IPv4Address("192.168.10.1"),
        cloud_prefixes=(IPv4Network("10.20.0.0/16"), IPv4Network("10.30.0.0/16")),
    )


def rendered(wanted: linux.LinuxDevice) -> dict[str, linux.RenderedFile]:
    return {file.path: file for file in linux.render(configuration(), wanted)}


@pytest.mark.parametrize("data_plane", list(linux.DataPlane))
def test_files_are_the_golden_ones(data_plane: linux.DataPlane) -> None:
    files = rendered(device(data_plane))
    directory = GOLDEN / data_plane.value
    if os.environ.get("FUTAGO_WRITE_GOLDEN"):
        for path, file in files.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(file.text)
    known = {str(each.relative_to(directory)) for each in directory.rglob("*") if each.is_file()}
    assert known == set(files)
    for path, file in files.items():
        assert file.text == (directory / path).read_text(), path


@pytest.mark.parametrize("data_plane", list(linux.DataPlane))
def test_keys_are_in_files_marked_secret_only(data_plane: linux.DataPlane) -> None:
    keys = [tunnel.psk.reveal().encode().hex() for tunnel in configuration().tunnels]
    for file in rendered(device(data_plane)).values():
        assert file.secret == any(key in file.text for key in keys), file.path
        assert file.text not in repr(file)


def test_a_passive_device_starts_nothing() -> None:
    passive = dataclasses.replace(device(linux.DataPlane.XFRM), is_passive=True)
    text = rendered(passive)[linux.SWANCTL].text
    assert "start_action = none" in text
    assert "start_action = start" not in text


def test_a_device_for_any_gateway_address_waits() -> None:
    waiting = dataclasses.replace(device(linux.DataPlane.XFRM), accepts_any_remote=True)
    text = rendered(waiting)[linux.SWANCTL].text
    assert "remote_addrs = %any" in text
    assert "start_action = none" in text


def test_tunnel_devices_may_be_in_another_namespace() -> None:
    apart = dataclasses.replace(device(linux.DataPlane.USERSPACE), router_namespace="router")
    assert 'ip -n router link set dev "$1" carrier on' in rendered(apart)[linux.HOOK].text


def test_a_device_without_cloud_prefixes_is_refused() -> None:
    with pytest.raises(linux.NoPrefixes):
        linux.render(
            configuration(), dataclasses.replace(device(linux.DataPlane.XFRM), cloud_prefixes=())
        )


@pytest.mark.parametrize(
    ("group", "keyword"),
    [
        ("group1", "modp768"),
        ("group2", "modp1024"),
        ("group5", "modp1536"),
        ("group14", "modp2048"),
    ],
)
def test_groups_are_spelled_as_the_daemon_does(group: str, keyword: str) -> None:
    other = overrides.apply(configuration(), [f"tunnel1.ike_dh={group}"])
    text = linux.render(other, device(linux.DataPlane.XFRM))[0].text
    assert f"proposals = aes128-sha1-{keyword}\n" in text
