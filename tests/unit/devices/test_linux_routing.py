"""BGP of a device: both daemons get the same sessions, written in their own words."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from futago.devices import linux, linux_routing, peer_configuration
from futago.domain import net

DOWNLOADED = Path(__file__).parent / "golden" / "downloaded-bgp.json"
BIRD, FRR = linux_routing.RoutingDaemon.BIRD, linux_routing.RoutingDaemon.FRR
OWN, MORE = IPv4Network("192.168.10.0/24"), IPv4Network("10.7.0.0/16")


def device(speaker: linux_routing.Speaker | None) -> linux.LinuxDevice:
    return linux.LinuxDevice(
        data_plane=linux.DataPlane.XFRM,
        directory="/etc/futago-device",
        router_address=IPv4Address("192.168.10.1"),
        cloud_prefixes=(),
        speaker=speaker,
    )


def speaker(daemon: linux_routing.RoutingDaemon) -> linux_routing.Speaker:
    return linux_routing.Speaker(
        daemon=daemon, key=linux_routing.BgpKey("secret!#'"), announced=(OWN, MORE)
    )


def files(speaker: linux_routing.Speaker | None) -> dict[str, linux.RenderedFile]:
    downloaded = peer_configuration.parse(json.loads(DOWNLOADED.read_text()))
    return {each.path: each for each in linux.render(downloaded, device(speaker))}


def test_bird_reads_its_configuration(tmp_path: Path) -> None:
    if shutil.which("bird") is None:
        pytest.skip("BIRD is not installed")
    for file in files(speaker(BIRD)).values():
        (tmp_path / file.path).write_text(file.text)
    subprocess.run(["bird", "-p", "-c", str(tmp_path / linux.BIRD)], check=True)


@pytest.mark.parametrize(
    ("daemon", "path", "lines"),
    [
        (
            BIRD,
            linux.BIRD,
            (
                "merge paths on;",
                "local 169.254.10.2 as 65010;",
                "neighbor 169.254.11.1 as 8061384;",
                'interface "tunnel2";',
                "bfd on;",
                'password "secret!#\'";',
                'include "announced.conf";',
            ),
        ),
        (
            FRR,
            linux.FRR,
            (
                "router bgp 65010",
                "maximum-paths 2",
                "neighbor 169.254.10.1 remote-as 8061384",
                "neighbor 169.254.11.1 bfd profile tunnel",
                "neighbor 169.254.11.1 password secret!#'",
            ),
        ),
    ],
)
def test_both_sessions_are_configured(
    daemon: linux_routing.RoutingDaemon, path: str, lines: tuple[str, ...]
) -> None:
    made = files(speaker(daemon))
    for line in lines:
        assert line in made[path].text
    assert made[path].secret
    assert all(str(each) in made[linux_routing.ANNOUNCED].text for each in (OWN, MORE))
    commands = made[linux.COMMANDS].text
    assert "ip address add 169.254.10.2/30 dev tunnel1" in commands
    assert not any("secret!" in each.text for each in made.values() if not each.secret)


@pytest.mark.parametrize("daemon", [BIRD, FRR])
def test_bfd_can_be_left_out_and_the_as_number_can_differ(
    daemon: linux_routing.RoutingDaemon,
) -> None:
    other = dataclasses.replace(speaker(daemon), has_bfd=False, asn=net.Asn(65099))
    text = "".join(each.text for path, each in files(other).items() if path.endswith(".conf"))
    assert "bfd" not in text
    assert "65099" in text
    assert "65010" not in text


def test_a_device_that_speaks_no_bgp_needs_prefixes() -> None:
    with pytest.raises(linux.NoPrefixes):
        files(None)


def test_frr_takes_back_what_is_announced_no_more() -> None:
    text = linux_routing.announcement(FRR, 65010, [MORE], before=[OWN])
    assert f"no network {OWN}" in text
    assert f"  network {MORE}" in text


@pytest.mark.parametrize("text", ["", "two words", "what?", "schl\u00fcssel", "x" * 65])
def test_keys_that_no_gateway_takes_are_refused(text: str) -> None:
    with pytest.raises(linux_routing.BadKey):
        linux_routing.BgpKey(text)


def test_bird_cannot_hold_a_quotation_mark_and_frr_can() -> None:
    quoted = linux_routing.BgpKey('a"b')
    with pytest.raises(linux_routing.BadKey, match="FRR"):
        files(dataclasses.replace(speaker(BIRD), key=quoted))
    assert 'password a"b' in files(dataclasses.replace(speaker(FRR), key=quoted))[linux.FRR].text
