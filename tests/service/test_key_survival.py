"""Every key that is allowed comes unharmed from the API through the store to both ends."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from futago.domain import ike
from futago.drivers.sealing import master_key
from futago.services import node_link
from futago.store import unit_of_work
from futago.testing import key_samples, simulation, swanctl_file

pytestmark = pytest.mark.slow

SEED = 20261123
CONNECTIONS = 10


@pytest.fixture
def database(
    tmp_path: Path, clock: simulation.StoppedClock, empty_tables: Path
) -> Iterator[unit_of_work.Database]:
    """A database whose secrets are sealed as in production."""
    path = tmp_path / "sealed.db"
    shutil.copyfile(empty_tables, path)
    sealer = master_key.MasterKeySealer(secrets.token_bytes(master_key.KEY_BYTES))
    opened = unit_of_work.Database(f"sqlite:///{path}", sealer, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def connection_ids(
    cloud: Any, site: Any, frame: Any, node: simulation.ObedientNode
) -> tuple[str, ...]:
    """Several connections: the node takes all their changes at once."""
    made = []
    for _ in range(CONNECTIONS):
        made.append(cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"])
        cloud.call(
            "CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=made[-1]
        )
    node.settle()
    return tuple(made)


def tunnels(cloud: Any, connection_id: str) -> list[Any]:
    """Read both tunnels, keys included."""
    answer = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    found = answer["TunnelOptionsSpecification"]["TunnelOptions"]
    return sorted(found, key=lambda each: int(each["TunnelIndex"]))


def change(cloud: Any, connection_id: str, keys: dict[str, str]) -> None:
    """Set the keys of both tunnels."""
    options = [
        {"TunnelId": tunnel_id, "TunnelIkeConfig": {"Psk": key}} for tunnel_id, key in keys.items()
    ]
    wanted = {"VpnConnectionId": connection_id, "TunnelOptionsSpecification": options}
    cloud.call("ModifyVpnAttachmentAttribute", **wanted)


def read_by_customer(cloud: Any, connection_id: str) -> list[str]:
    """Read the keys that the API tells."""
    return [each["TunnelIkeConfig"]["Psk"] for each in tunnels(cloud, connection_id)]


def read_by_device(cloud: Any, connection_id: str) -> list[str]:
    """Read the keys out of the file for the device, by the rules of the file's format."""
    files = cloud.call(
        "DownloadDeviceConfiguration",
        VpnConnectionId=connection_id,
        Device="strongswan-bird",
        CloudPrefixes="10.0.0.0/16",
    )["Files"]
    (text,) = (each["SecretContent"] for each in files if each["Path"] == "swanctl.conf")
    found = swanctl_file.secrets(text)
    return [found[name].decode() for name in sorted(found)]


def harmed(
    cloud: Any, node: simulation.ObedientNode, connection_ids: Sequence[str], keys: Sequence[str]
) -> list[tuple[str, ...]]:
    """Set pairs of keys on all connections in turn; give those that arrived otherwise somewhere."""
    found = []
    owners = {
        each: [tunnel["TunnelId"] for tunnel in tunnels(cloud, each)] for each in connection_ids
    }
    pairs = list(zip(keys[::2], [*keys[1::2], *keys[-1:]], strict=False))
    for start in range(0, len(pairs), len(owners)):
        batch = dict(zip(owners, pairs[start : start + len(owners)], strict=False))
        for connection_id, pair in batch.items():
            change(cloud, connection_id, dict(zip(owners[connection_id], pair, strict=True)))
        node.settle()
        with cloud.database.read() as unit:
            sent = node_link.intents_since(unit, simulation.NODE, 0).psks
        for connection_id, pair in batch.items():
            ends = (
                read_by_customer(cloud, connection_id),
                read_by_device(cloud, connection_id),
                [sent[tunnel_id] for tunnel_id in owners[connection_id]],
            )
            found += [(*pair, *arrived) for arrived in ends if arrived != list(pair)]
    return found


def test_the_samples_have_every_character() -> None:
    assert set(key_samples.CHARACTERS) == ike.PSK_ALPHABET
    assert len(key_samples.CHARACTERS) == 94
    assert set("".join(key_samples.some(300, SEED))) == ike.PSK_ALPHABET


def test_each_character_alone_survives(
    cloud: Any, node: simulation.ObedientNode, connection_ids: tuple[str, ...]
) -> None:
    assert harmed(cloud, node, connection_ids, key_samples.CHARACTERS) == []


def test_keys_that_break_parsers_survive(
    cloud: Any, node: simulation.ObedientNode, connection_ids: tuple[str, ...]
) -> None:
    assert harmed(cloud, node, connection_ids, key_samples.NASTY) == []


@pytest.mark.parametrize(
    "count", [100, pytest.param(10_000, marks=pytest.mark.long)], ids=["some", "many"]
)
def test_random_keys_survive(
    cloud: Any, node: simulation.ObedientNode, connection_ids: tuple[str, ...], count: int
) -> None:
    assert harmed(cloud, node, connection_ids, key_samples.some(count, SEED)) == []
