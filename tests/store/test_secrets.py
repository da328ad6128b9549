from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from futago.domain import ike
from futago.drivers.sealing import master_key
from futago.services import access, connections, drafts, gateways
from futago.store import schema, secrets

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = ("first-key-of-all", "second-key-of-all", "bgp-auth-key-md5", "answer-with-a-key")


def _files(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in path.parent.glob(path.name + "*"))


def test_no_secret_lies_in_the_database_in_clear(world) -> None:
    view = world.connection(psk=SECRETS[0])
    tunnel_id = view.connection.tunnels[0].id
    patch = drafts.TunnelPatch(psk=ike.PresharedKey(SECRETS[1]))
    world.do(connections.modify_tunnel, view.connection.id, tunnel_id, patch)
    gateway_id = view.tunnels[0].customer_gateway_id
    world.do(
        gateways.modify_customer_gateway,
        gateway_id,
        drafts.CustomerGatewayPatch(auth_key=SECRETS[2]),
    )
    with world.database.begin() as unit:
        account = access.ensure_bootstrap_account(unit)
        key = access.create_access_key(unit, account, access.ADMINISTRATOR)
        unit.remember_token(account, "ModifyTunnelAttribute", "t", "d", SECRETS[3])
    stored = _files(world.path)
    assert view.connection.id.encode() in stored
    for secret in (*SECRETS, key.secret):
        assert secret.encode() not in stored


def test_a_sealed_value_does_not_open_in_another_row(empty) -> None:
    with empty.database.begin() as unit:
        unit.vault.put(secrets.Purpose.PSK, "tun-1", "one")
        unit.vault.put(secrets.Purpose.PSK, "tun-2", "two")
    with empty.database.begin() as unit:
        sealed = unit.session.get_one(schema.SecretRow, ("psk", "tun-1")).sealed
        unit.session.execute(
            sa.update(schema.SecretRow)
            .where(schema.SecretRow.owner_id == "tun-2")
            .values(sealed=sealed)
        )
    with empty.database.read() as unit:
        assert unit.vault.get(secrets.Purpose.PSK, "tun-1") == "one"
        with pytest.raises(master_key.SealBroken):
            unit.vault.get(secrets.Purpose.PSK, "tun-2")


def test_a_secret_that_is_not_there_is_none(empty) -> None:
    with empty.database.read() as unit:
        assert unit.vault.get(secrets.Purpose.PSK, "tun-1") is None
        assert unit.vault.get_all(secrets.Purpose.PSK, ()) == {}


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda sealed: sealed[:-1], id="shorter"),
        pytest.param(lambda sealed: b"\x02" + sealed[1:], id="another version"),
        pytest.param(lambda sealed: sealed[:20] + b"x" + sealed[21:], id="another byte"),
        pytest.param(lambda _: b"", id="empty"),
    ],
)
def test_a_damaged_value_does_not_open(damage) -> None:
    sealer = master_key.MasterKeySealer(bytes(32))
    sealed = sealer.seal(b"clear", b"here")
    with pytest.raises(master_key.SealBroken):
        sealer.unseal(damage(sealed), b"here")


def test_equal_secrets_are_sealed_differently() -> None:
    sealer = master_key.MasterKeySealer(bytes(32))
    assert sealer.seal(b"clear", b"here") != sealer.seal(b"clear", b"here")


def test_the_master_key_is_made_once_and_for_its_owner_only(tmp_path) -> None:
    path = tmp_path / "master.key"
    first = master_key.load_or_create_master_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert master_key.load_or_create_master_key(path) == first
    assert [each.name for each in tmp_path.iterdir()] == ["master.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_master_key_that_others_can_read_is_refused(tmp_path, mode) -> None:
    path = tmp_path / "master.key"
    master_key.load_or_create_master_key(path)
    path.chmod(mode)
    with pytest.raises(master_key.MasterKeyUnusable, match="chmod 600"):
        master_key.load_or_create_master_key(path)


def test_a_file_that_is_no_key_is_refused(tmp_path) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(b"short")
    path.chmod(0o600)
    with pytest.raises(master_key.MasterKeyUnusable, match="32 bytes"):
        master_key.load_or_create_master_key(path)


def test_a_missing_directory_is_explained(tmp_path) -> None:
    with pytest.raises(master_key.MasterKeyUnusable, match="cannot be created"):
        master_key.load_or_create_master_key(tmp_path / "nowhere" / "master.key")
    with pytest.raises(master_key.MasterKeyUnusable, match="cannot be read"):
        master_key.load_or_create_master_key(tmp_path)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(master_key.MasterKeyUnusable):
        master_key.MasterKeySealer(b"short")
