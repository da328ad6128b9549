"""Opens what the roles share on a host: directories, keys, the store and the doorbell."""

from __future__ import annotations

from futago.drivers.doorbell import unix
from futago.drivers.sealing import master_key
from futago.runtime import exclusive, node_credential, settings
from futago.store import unit_of_work


def prepare(chosen: settings.Settings) -> None:
    """Make directories, keys and tables, where they are missing."""
    exclusive.make_private(chosen.store.state)
    exclusive.make_private(chosen.store.runtime)
    with exclusive.first_start(chosen.store.state):
        node_credential.ensure(chosen.credential_path)
        database = open_database(chosen, None)
        try:
            database.migrate()
        finally:
            database.close()


def open_doorbell(chosen: settings.Settings, role: str) -> unix.Doorbell:
    """Make this process's bell."""
    return unix.Doorbell(chosen.store.runtime / "bells", role)


def open_database(
    chosen: settings.Settings, doorbell: unix.Doorbell | None
) -> unit_of_work.Database:
    """Open the store; each commit that concerns others rings."""
    return unit_of_work.Database(
        chosen.store.database_url,
        master_key.MasterKeySealer(read_master_key(chosen)),
        on_commit=doorbell.ring if doorbell else None,
    )


def read_master_key(chosen: settings.Settings) -> bytes:
    """Read the key that seals secrets, making it at the first start."""
    return master_key.load_or_create_master_key(chosen.store.master_key_path)
