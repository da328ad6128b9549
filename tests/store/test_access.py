from __future__ import annotations

import contextlib
import threading

import pytest
import sqlalchemy as sa
from alembic import command

from futago.domain import policy
from futago.services import access, quotas, refusals, roles, sessions
from futago.store import schema, unit_of_work
from futago.testing import simulation


def test_the_first_account_is_made_once_and_has_sixteen_digits(empty) -> None:
    first = empty.on(access.ensure_bootstrap_account)
    assert len(first) == 16
    assert first.isdigit()
    assert empty.on(access.ensure_bootstrap_account) == first


def test_account_ids_survive_clients_that_read_numbers_as_doubles(empty) -> None:
    always_largest = unit_of_work.Database(
        f"sqlite:///{empty.path}",
        simulation.ClearSealer(),
        random_below=lambda limit: limit - 1,
    )
    with always_largest.begin() as unit:
        largest = access.create_account(unit, "largest")
    always_largest.close()
    assert len(largest) == 16
    assert int(largest) < 2**53


def test_a_key_is_found_with_its_secret(empty) -> None:
    account = empty.on(access.ensure_bootstrap_account)
    empty.on(access.add_user, account, "ann")
    key = empty.on(access.create_access_key, account, "ann")
    found = empty.on(access.find_access_key, key.access_key_id)
    assert found == access.StoredKey(
        access_key_id=key.access_key_id,
        secret=key.secret,
        account_id=account,
        user_name="ann",
        active=True,
    )
    assert key.secret not in repr(found) + repr(key)
    assert empty.on(access.find_access_key, "FTAKnone") is None


def test_a_disabled_key_is_listed_as_useless(empty) -> None:
    account = empty.on(access.ensure_bootstrap_account)
    empty.on(access.add_user, account, "ann")
    key = empty.on(access.create_access_key, account, "ann")
    empty.on(access.disable_access_key, account, key.access_key_id)
    (listed,) = empty.on(access.list_access_keys, account)
    assert (listed.access_key_id, listed.active) == (key.access_key_id, False)


def test_a_key_of_another_account_cannot_be_disabled(empty) -> None:
    account = empty.on(access.ensure_bootstrap_account)
    empty.on(access.add_user, account, "ann")
    key = empty.on(access.create_access_key, account, "ann")
    with pytest.raises(refusals.AccessKeyNotFound):
        empty.on(access.disable_access_key, "1", key.access_key_id)


def test_a_limit_is_the_default_until_it_is_set(empty) -> None:
    code = quotas.QuotaCode.VPN_ATTACHMENTS_PER_ROUTER
    assert empty.on(quotas.limit, "1", code) == 50
    empty.on(quotas.set_limit, "1", code, 3)
    empty.on(quotas.set_limit, "1", code, 2)
    assert empty.on(quotas.limit, "1", code) == 2
    assert empty.on(quotas.limit, "2", code) == 50
    empty.on(quotas.check, "1", code, 1)
    with pytest.raises(refusals.QuotaFull, match="vpn-attachments-per-router"):
        empty.on(quotas.check, "1", code, 2)


def test_a_user_has_two_keys_at_most(empty) -> None:
    account = empty.on(access.ensure_bootstrap_account)
    for _ in range(2):
        empty.on(access.create_access_key, account, access.ADMINISTRATOR)
    with pytest.raises(refusals.TooManyAccessKeys):
        empty.on(access.create_access_key, account, access.ADMINISTRATOR)


def test_of_several_keys_asked_for_at_once_two_are_made(empty) -> None:
    account = empty.on(access.ensure_bootstrap_account)
    barrier = threading.Barrier(4)
    made: list[str] = []

    def create() -> None:
        barrier.wait()
        with contextlib.suppress(refusals.TooManyAccessKeys):
            made.append(
                empty.on(access.create_access_key, account, access.ADMINISTRATOR).access_key_id
            )

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(made) == 2


def test_a_deleted_key_leaves_no_secret(empty) -> None:
    account = empty.on(access.ensure_bootstrap_account)
    key = empty.on(access.create_access_key, account, access.ADMINISTRATOR)
    empty.on(access.delete_access_key, account, key.access_key_id)
    with empty.database.read() as unit:
        assert unit.session.scalars(sa.select(schema.SecretRow)).all() == []


def test_the_key_of_an_administrator_opens_everything_and_another_nothing(empty) -> None:
    account = empty.on(access.ensure_bootstrap_account)
    empty.on(access.add_user, account, "ann")
    admin, ann = (
        empty.on(
            access.find_access_key,
            empty.on(access.create_access_key, account, name).access_key_id,
        )
        for name in (access.ADMINISTRATOR, "ann")
    )
    assert admin.permissions == policy.ADMINISTRATOR
    assert ann.permissions == policy.NOTHING


def test_sessions_are_remembered_for_a_day_and_then_forgotten(empty) -> None:
    account = empty.on(access.ensure_bootstrap_account)
    empty.on(roles.create, account, roles.RoleDraft(name="reader"))
    draft = sessions.SessionDraft(role_name="reader", name="nightly")
    first = empty.on(sessions.assume_role, account, draft)
    assert (first.expires_at - empty.clock.now()).total_seconds() == 3600
    found = empty.on(access.find_access_key, first.access_key_id)
    assert found.session.token_digest == sessions.digest(first.token)
    assert first.token not in repr(found) + repr(first)
    empty.clock.advance(3600 + 23 * 3600)
    empty.on(sessions.assume_role, account, draft)
    assert empty.on(access.find_access_key, first.access_key_id) is not None
    empty.clock.advance(2 * 3600)
    empty.on(sessions.assume_role, account, draft)
    assert empty.on(access.find_access_key, first.access_key_id) is None
    with empty.database.read() as unit:
        secrets = unit.session.scalars(sa.select(schema.SecretRow.owner_id)).all()
    assert first.access_key_id not in secrets


def test_who_had_a_key_before_users_existed_stays_administrator(tmp_path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.connect() as connection:
        config = unit_of_work.alembic_config(connection)
        command.upgrade(config, "20261123_120000")
        connection.execute(sa.text("INSERT INTO account (id, created_at) VALUES ('1', 5)"))
        wanted = "INSERT INTO access_key VALUES (:key, '1', 'root', true, 7)"
        for key in ("a", "b"):
            connection.execute(sa.text(wanted), {"key": key})
        command.upgrade(config, "head")
        users = connection.execute(
            sa.text("SELECT account_id, name, is_administrator FROM account_user")
        ).all()
        connection.commit()
    engine.dispose()
    assert [tuple(row) for row in users] == [("1", "root", 1)]
