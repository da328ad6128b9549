"""What a lab writes and renders, without any namespace."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from click import testing

from futago.domain import faults
from futago.lab import (
    commands,
    disruption,
    disturber,
    hosts,
    probe,
    record,
    registry,
    site_commands,
    sites,
    wait,
)


def lab(directory: Path) -> record.Lab:
    return record.Lab(
        mark="lx1",
        directory=directory,
        endpoint="127.0.0.1:9",
        region_id="lab-1",
        access_key_id="AKID",
        access_key_secret="the-secret",
        sites=(
            sites.plan(
                record.Lab(mark="lx1", directory=directory, endpoint="", region_id=""),
                "dc1",
                ["203.0.113.10", "203.0.113.20"],
                "192.168.10.0/24",
            ),
        ),
        hosts=(
            record.Host(
                name="app1",
                address=IPv4Address("10.20.0.10"),
                namespace="lx1-x-app1",
                vpc_id="vpc-1",
                vswitch_id="vsw-1",
            ),
        ),
        disruptions=(
            record.Disruption(
                site="dc1",
                tunnel=1,
                where=record.Where.INSIDE,
                trouble=record.Trouble.LOSS,
                amount=20,
            ),
        ),
    )


def test_a_lab_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    record.save(lab(tmp_path))
    assert record.load(tmp_path) == lab(tmp_path)


def test_only_the_owner_can_read_the_file_with_the_key(tmp_path: Path) -> None:
    record.save(lab(tmp_path))
    assert stat.S_IMODE((tmp_path / record.FILE).stat().st_mode) == 0o600
    assert "the-secret" not in repr(lab(tmp_path))


def test_clients_find_endpoint_and_metrics_in_the_file(tmp_path: Path) -> None:
    record.save(lab(tmp_path))
    facts = json.loads((tmp_path / record.FILE).read_text())
    assert facts["metrics_url"] == "http://127.0.0.1:9/metrics"
    assert facts["console_url"].endswith("/console/")
    assert facts["sites"][0]["host_address"] == "192.168.10.10"


def test_a_directory_without_a_lab_is_explained(tmp_path: Path) -> None:
    with pytest.raises(record.NoLab, match="futago lab up"):
        record.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "namespace"),
    [
        ("dc1", "lx1-x-dc1-h"),
        ("dc1-router", "lx1-x-dc1-r"),
        ("dc1-outside2", "lx1-x-dc1-o2"),
        ("app1", "lx1-x-app1"),
        ("internet", "lx1-x-internet"),
    ],
)
def test_names_lead_to_namespaces(tmp_path: Path, name: str, namespace: str) -> None:
    assert lab(tmp_path).namespace_of(name) == namespace


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(record.UnknownName, match="dc1-router"):
        lab(tmp_path).namespace_of("dc9")


@pytest.mark.parametrize(
    ("name", "addresses", "network"),
    [
        pytest.param("dc1", ["203.0.113.1", "203.0.113.2"], "192.168.20.0/24", id="name taken"),
        pytest.param("app1", ["203.0.113.1", "203.0.113.2"], "192.168.20.0/24", id="host's name"),
        pytest.param("Dc2", ["203.0.113.1", "203.0.113.2"], "192.168.20.0/24", id="upper case"),
        pytest.param("dc2", ["203.0.113.1"], "192.168.20.0/24", id="one address"),
        pytest.param("dc2", ["203.0.113.10", "203.0.113.2"], "192.168.20.0/24", id="taken"),
        pytest.param("dc2", ["198.51.100.7", "203.0.113.2"], "192.168.20.0/24", id="underlay"),
        pytest.param("dc2", ["203.0.113.1", "203.0.113.2"], "192.168.20.0/30", id="too small"),
    ],
)
def test_a_site_that_cannot_be_built_is_refused(
    tmp_path: Path, name: str, addresses: list[str], network: str
) -> None:
    with pytest.raises(faults.Fault):
        sites.plan(lab(tmp_path), name, addresses, network)


def test_a_cut_drops_everything_and_loss_drops_a_share() -> None:
    text = disruption.ruleset([("dc1-o1", 100), ("dc1-o2", 20)])
    assert 'iifname "dc1-o1" drop' in text
    assert 'oifname "dc1-o2" numgen random mod 100 < 20 drop' in text


def test_a_helper_is_recognized_by_its_arguments() -> None:
    task = disturber.Task(record.Trouble.DELAY, "dc1-o1", 100)
    assert disturber.read(["python", "-m", disturber.MODULE, *task.words]) == task
    assert disturber.read(["python", "-m", "futago.lab.probe", "echo"]) is None
    assert len(disturber.Task(record.Trouble.DELAY, "abcdefgh-o1", 1).tun) <= 15


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("explode",), "is not a fault"),
        (("lossy",), "needs a number"),
        (("cut", "20"), "takes no number"),
        (("kill", "--where", "inside"), "has no --where"),
        (("reboot", "--tunnel", "1"), "the whole device"),
        (("lossy", "101"), "1 to 100"),
        (("slow", "0"), "is not a delay"),
        (("bgp-reset",), "runs no tunnels"),
        (("kill",), "runs no tunnels"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(
    tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    record.save(lab(tmp_path))
    arguments = ["fault", "--dir", str(tmp_path), "dc1", *words]
    answer = testing.CliRunner().invoke(commands.lab, arguments)
    assert isinstance(answer.exception, faults.Fault)
    assert sentence in str(answer.exception)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--no-bfd",), "without --asn"),
        (("--bgp-key", "k"), "without --asn"),
        (("--asn", "0"), "AS number"),
        (("--asn", "65010", "--bgp-key", "two words"), "visible ASCII"),
    ],
)
def test_bgp_that_a_site_cannot_speak_is_refused(
    tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    record.save(lab(tmp_path))
    place = ["--address", "203.0.113.30", "--address", "203.0.113.31", "--network", "10.9.0.0/16"]
    arguments = ["site", "add", "--dir", str(tmp_path), "dc9", *place, *options]
    answer = testing.CliRunner().invoke(commands.lab, arguments)
    assert isinstance(answer.exception, faults.Fault)
    assert sentence in str(answer.exception)


def test_prefixes_are_counted_on_from_the_first() -> None:
    found = site_commands._rows(("10.0.0.0/24", "10.9.0.0/16"), 2)
    assert [str(each) for each in found] == [
        "10.0.0.0/24",
        "10.0.1.0/24",
        "10.9.0.0/16",
        "10.10.0.0/16",
    ]
    with pytest.raises(sites.BadSite):
        site_commands._rows(("255.255.255.0/24",), 2)


def test_hosts_get_free_addresses(tmp_path: Path) -> None:
    gateway = hosts.IPv4Interface("10.20.0.1/24")
    assert hosts._address(lab(tmp_path), gateway, None) == IPv4Address("10.20.0.11")
    with pytest.raises(hosts.BadHost):
        hosts._address(lab(tmp_path), gateway, "10.21.0.5")


def test_pools_replace_those_of_a_zone() -> None:
    pools = commands._pools(("lab-1-a=198.18.0.0/16",))
    assert pools["lab-1-a"] == IPv4Network("198.18.0.0/16")
    with pytest.raises(sites.BadSite):
        commands._pools(("lab-9=198.18.0.0/16",))


@pytest.fixture
def marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(registry, "DIRECTORY", tmp_path / "marks")
    return tmp_path


def test_marks_of_labs_differ_and_are_short(marks: Path) -> None:
    claimed = {registry.claim_mark() for _ in range(20)}
    assert len(claimed) == 20
    assert all(len(mark) <= 4 for mark in claimed)
    assert set(registry.marks()) == claimed


def test_the_only_lab_needs_no_directory(marks: Path) -> None:
    with pytest.raises(registry.WhichLab, match="No lab runs"):
        registry.only_directory()
    registry.remember(registry.claim_mark(), marks / "one")
    assert registry.only_directory() == marks / "one"
    registry.remember(registry.claim_mark(), marks / "two")
    with pytest.raises(registry.WhichLab, match="--dir"):
        registry.only_directory()


def test_waiting_too_long_shows_the_last_observation() -> None:
    seen = iter(range(1000))

    def look() -> bool:
        raise wait.NotYet(f"saw {next(seen)}")

    with pytest.raises(wait.TooLate, match="saw"):
        wait.eventually(look, within=0.02, every=0.005)


def test_a_ping_packet_has_a_valid_checksum() -> None:
    packet = probe._echo_request(os.getpid() & 0xFFFF, 7)
    total = sum(int.from_bytes(packet[i : i + 2]) for i in range(0, len(packet), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    assert total == 0xFFFF
