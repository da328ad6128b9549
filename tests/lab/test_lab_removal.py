"""What is left behind: nothing of a deleted connection, no stray, no secret in the open."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from futago.devices import linux_routing
from futago.domain import ids
from futago.lab import netns, record, registry, wait
from futago.plan import places
from futago.testing import lab_processes, lab_speakers, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

BGP_KEY = "a-bgp-key-nobody-may-see"
HISTORY = {"audit_record", "client_token", "event", "sample_series", "tunnel_sample"}
"""Tables that tell what was."""


def database(rig: labs.Rig) -> Path:
    (found,) = (rig.directory / "state").glob("*.db")
    return found


def rows_that_mention(path: Path, words: tuple[str, ...]) -> list[str]:
    """Search all columns of all tables, but for history."""
    found = []
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
        tables = store.execute("select name from sqlite_master where type = 'table'")
        for (table,) in tables.fetchall():
            rows = store.execute(f'select * from "{table}"').fetchall()  # noqa: S608 - own names
            if table not in HISTORY:
                found += [f"{table}: {row}" for row in rows if any(w in str(row) for w in words)]
    return found


def secret_owners(path: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
        return {owner for (owner,) in store.execute("select owner_id from secret")}


def processes_that_mention(words: tuple[str, ...], *files: str) -> list[str]:
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit() and int(each.name) != os.getpid():
            with contextlib.suppress(OSError):
                text = b"".join((each / file).read_bytes() for file in files)
                if any(word.encode() in text for word in words):
                    found.append(f"process {each.name}: {text[:200]!r}")
    return found


def left_on_node(rig: labs.Rig, words: tuple[str, ...]) -> list[str]:
    """Search namespaces, devices, packet filters, processes and files."""
    found = [
        f"namespace {name}"
        for name in netns.with_prefix(f"{rig.mark}-")
        if any(word in name for word in words)
    ]
    starts = tuple(word[:10] for word in words)
    for name in netns.with_prefix(f"{rig.mark}-"):
        for command in (("ip", "-o", "link"), ("nft", "list", "ruleset"), ("ip", "rule")):
            text = labs.run_inside(name, command)
            found += [f"{command} in {name}: {word}" for word in starts if word in text]
    found += processes_that_mention(words, "cmdline", "environ")
    for root in (rig.directory / "state", lab_processes.runtime(rig.lab)):
        found += [str(each) for each in root.rglob("*") if any(word in str(each) for word in words)]
    return found


def test_a_deleted_connection_leaves_nothing(rig: labs.Rig, peering: labs.Peering) -> None:
    second = rig.connect(rig.new_site())
    rig.wait_up(second)
    names = (second.connection_id, *second.tunnel_ids)
    tails = tuple(name.rpartition("-")[2] for name in names)
    assert set(second.tunnel_ids) <= secret_owners(database(rig))
    assert len(left_on_node(rig, tails)) > 10
    with rig.flows(peering) as flows:
        rig.disconnect(second)
        wait.eventually(
            lambda: none(left_on_node(rig, tails)), within=labs.SETTLE_SECONDS, every=0.5
        )
        wait.eventually(
            lambda: none(rows_that_mention(database(rig), names)), within=labs.SETTLE_SECONDS
        )
    assert not set(second.tunnel_ids) & secret_owners(database(rig))
    assert lab_traffic.lost(flows) == 0, flows


def none(found: list[str]) -> bool:
    assert not found, found
    return True


@pytest.fixture
def strays(rig: labs.Rig) -> Iterator[list[str]]:
    """Namespaces with the lab's mark that no intent names; the tunnel's has files too."""
    made = []
    for kind, prefix in (
        (places.PlaceKind.TUNNEL, ids.IdKind.TUNNEL),
        (places.PlaceKind.ROUTER, ids.IdKind.ROUTER),
        (places.PlaceKind.VPC, ids.IdKind.VPC),
    ):
        resource_id = ids.generate(prefix, secrets.randbelow)
        made.append(places.namespace_name(rig.mark, kind, resource_id))
        netns.create(made[-1])
        if kind is places.PlaceKind.TUNNEL:
            directory = lab_processes.runtime(rig.lab) / "tunnels" / resource_id
            directory.mkdir(mode=0o700)
            (directory / "children").write_text("1\n")
    yield made
    for name in made:
        netns.delete(name)


@pytest.fixture
def foreign(strays: list[str]) -> Iterator[str]:
    """The namespace of another node on this host."""
    mark = f"q{secrets.token_hex(1)}"
    name = mark + "-" + strays[0].partition("-")[2]
    netns.create(name)
    yield name
    netns.delete(name)


def test_strays_with_our_mark_are_pruned_when_the_agent_starts_and_others_are_left_alone(
    rig: labs.Rig, peering: labs.Peering, strays: list[str], foreign: str
) -> None:
    tail = strays[0].rpartition("-")[2]
    with rig.flows(peering) as flows:
        old = lab_processes.kill_role(rig.lab, "agent")
        lab_processes.wait_replaced(rig.lab, "agent", old)
        wait.eventually(
            lambda: none([name for name in strays if netns.exists(name)]),
            within=labs.SETTLE_SECONDS,
        )
        rig.wait_up(peering)
    assert netns.exists(foreign)
    assert not [each for each in lab_processes.runtime(rig.lab).rglob("*") if tail in each.name]
    assert lab_traffic.lost(flows) == 0, flows


def test_no_secret_is_in_the_open(rig: labs.Rig) -> None:
    bgp = record.SiteBgp(asn=lab_speakers.ASN, daemon=linux_routing.RoutingDaemon.BIRD, key=BGP_KEY)
    made = lab_speakers.connect(rig, bgp, lab_speakers.Gateways(key=BGP_KEY))
    made.wait_up()
    peering = made.peering
    captures = start_captures(rig, peering)
    rig.modify_ike(peering, 1, Psk="a-key-nobody-may-see")
    tunnels = rig.cloud.tunnels(peering.connection_id)
    words = tuple(each["TunnelIkeConfig"]["Psk"] for each in tunnels)
    wait.eventually(
        lambda: rig.diagnoses(peering)[0] in ("PskMismatch", "PskOrPeerIdMismatch"),
        within=labs.SETTLE_SECONDS,
    )
    words += ("a-key-nobody-may-see", BGP_KEY, rig.lab.access_key_secret)
    assert all(words)
    for content in stop_captures(rig, peering, captures):
        assert not [word for word in words if word.encode() in content]
    assert places_of(rig, words) == []
    assert processes_that_may_dump(rig) == []
    made.disconnect()
    assert places_of(rig, words) == []


def start_captures(rig: labs.Rig, peering: labs.Peering) -> list[str]:
    """Capture both sides of both tunnels, whole packets."""
    found = []
    for side in ("outside", "inside"):
        started = rig.cloud.call(
            "StartPacketCapture",
            VpnConnectionId=peering.connection_id,
            Side=side,
            BytesPerPacket=9000,
            Seconds=120,
        )
        found += [each["CaptureId"] for each in started["PacketCaptures"]]
    return found


def stop_captures(rig: labs.Rig, peering: labs.Peering, captures: list[str]) -> list[bytes]:
    """Stop captures, and give what they hold."""
    names = {"VpnConnectionId": peering.connection_id}
    for each in captures:
        rig.cloud.call("StopPacketCapture", **names, CaptureId=each)

    def look() -> bool:
        listed = rig.cloud.call("ListPacketCaptures", **names)["PacketCaptures"]
        if {each["State"] for each in listed} != {"done"}:
            raise wait.NotYet(f"{listed}")
        return True

    wait.eventually(look, within=labs.SETTLE_SECONDS)
    held = []
    for each in captures:
        content, offset = b"", 0
        while offset is not None:
            part = rig.cloud.call("DownloadPacketCapture", **names, CaptureId=each, Offset=offset)
            content, offset = content + base64.b64decode(part["Content"]), part["NextOffset"]
        held.append(content)
    return held


def processes_that_may_dump(rig: labs.Rig) -> list[str]:
    """Find processes of the node, its daemons included, whose memory could be written to a file."""
    found, count = [], 0
    words = (str(rig.lab.settings_file), str(lab_processes.runtime(rig.lab)))
    for each in Path("/proc").iterdir():
        if not each.name.isdigit() or int(each.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            text = (each / "cmdline").read_bytes() + (each / "environ").read_bytes()
            if any(word.encode() in text for word in words):
                count += 1
                limits = (each / "limits").read_text()
                (line,) = (each for each in limits.splitlines() if "core file" in each)
                if line.split()[4] not in ("0", "1"):
                    found.append(f"{text[:120]!r}: {line}")
    # Three roles with their supervisor, two IKE daemons and a routing daemon at least.
    assert count >= 7, count
    return found


def places_of(rig: labs.Rig, words: tuple[str, ...]) -> list[str]:
    """Search every file of the lab but those of a client, and all command lines."""
    roots = (rig.directory, registry.runtime_directory(rig.mark))
    files = [
        path
        for root in roots
        for path in root.rglob("*")
        if path.is_file()
        and path.name != record.FILE
        and rig.directory / "sites" not in path.resolve().parents
    ]
    assert rig.directory / "futago.log" in files
    assert database(rig) in files
    found = processes_that_mention(words, "cmdline", "environ")
    for path in files:
        with contextlib.suppress(FileNotFoundError):
            content = path.read_bytes()
            found += [str(path) for word in words if word.encode() in content]
    return found
