from __future__ import annotations

import pytest

from futago.services import access, quotas, refusals


def test_the_first_account_is_made_once_and_has_sixteen_digits(empty) -> None:
    first = empty.on(access.ensure_bootstrap_account)
    assert len(first) == 16
    assert first.isdigit()
    assert empty.on(access.ensure_bootstrap_account) == first


def test_a_key_is_found_with_its_secret(empty) -> None:
    account = empty.on(access.ensure_bootstrap_account)
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
    key = empty.on(access.create_access_key, account, "ann")
    empty.on(access.disable_access_key, account, key.access_key_id)
    (listed,) = empty.on(access.list_access_keys, account)
    assert (listed.access_key_id, listed.active) == (key.access_key_id, False)


def test_a_key_of_another_account_cannot_be_disabled(empty) -> None:
    account = empty.on(access.ensure_bootstrap_account)
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
