"""Second factors of the console: an application on another device that shows one-time codes.

The secret is sealed. It is shown when the factor is begun and never again; the factor is asked for
from the moment that its first code was given. A code opens once.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Final

from futago.domain import faults, one_time
from futago.services import access
from futago.store import console, schema_console, secrets, unit_of_work

ISSUER: Final = "Futago"
_ID_LENGTH: Final = 24
_NEVER: Final = -1


class CodeNeeded(faults.Forbidden):
    """The password is right, and the user has a second factor."""

    code = "Console.CodeNeeded"


class WrongCode(faults.Forbidden):
    """The code is wrong, too old, or was used already."""

    code = "Console.WrongCode"


class FactorExists(faults.Conflict):
    """The user has a second factor already."""

    code = "Console.FactorExists"


class NoFactor(faults.Conflict):
    """The user has no second factor, or has not begun one."""

    code = "Console.NoFactor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What an application must be told once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def has(work: unit_of_work.UnitOfWork, account_id: str, user_name: str) -> bool:
    """Tell whether a user is asked for a code."""
    row = _row(work, account_id, user_name)
    return row is not None and row.is_confirmed


def begin(work: unit_of_work.UnitOfWork, account_id: str, user_name: str) -> Begun:
    """Make a secret for a user; one that was begun before and not confirmed is forgotten.

    Raises:
        FactorExists: The user has a second factor.
    """
    row = _row(work, account_id, user_name)
    if row is not None and row.is_confirmed:
        raise FactorExists("There is a second factor already: remove it first.")
    if row is not None:
        _drop(work, row)
    secret = work.random_below(256**one_time.SECRET_BYTES).to_bytes(one_time.SECRET_BYTES, "big")
    made = schema_console.SecondFactorRow(
        account_id=account_id,
        user_name=user_name,
        factor_id=access.random_text(work, _ID_LENGTH),
        is_confirmed=False,
        last_step=_NEVER,
        created_at=work.now,
    )
    work.session.add(made)
    work.session.flush()
    work.vault.put(secrets.Purpose.SECOND_FACTOR, made.factor_id, base64.b64encode(secret).decode())
    name = f"{user_name}@{account_id}"
    return Begun(secret=one_time.spell(secret), uri=one_time.key_uri(secret, ISSUER, name))


def confirm(
    work: unit_of_work.UnitOfWork,
    account_id: str,
    user_name: str,
    code: str,
    *,
    kept_session: str,
) -> None:
    """Take the first code: from now on the user is asked for one, and its other sessions end.

    Raises:
        NoFactor: None was begun.
        FactorExists: It was confirmed before.
        WrongCode: The code does not fit.
    """
    row = _row(work, account_id, user_name)
    if row is None:
        raise NoFactor("No second factor was begun: begin again.")
    if row.is_confirmed:
        raise FactorExists("There is a second factor already: remove it first.")
    _use(work, row, code)
    row.is_confirmed = True
    work.session.flush()
    console.drop_others(work.session, account_id, user_name, kept_session)


def require(work: unit_of_work.UnitOfWork, account_id: str, user_name: str, code: str) -> None:
    """Check and use up the code of a user that has a second factor.

    Raises:
        CodeNeeded: There is one, and no code was given.
        WrongCode: The code does not fit.
    """
    row = _row(work, account_id, user_name)
    if row is None or not row.is_confirmed:
        return
    if not code.strip():
        raise CodeNeeded("The user has a second factor: give the code that its application shows.")
    _use(work, row, code)


def remove(work: unit_of_work.UnitOfWork, account_id: str, user_name: str) -> bool:
    """Forget the second factor of a user; tells whether there was one."""
    row = _row(work, account_id, user_name)
    if row is None:
        return False
    was_confirmed = row.is_confirmed
    _drop(work, row)
    return was_confirmed


def _use(work: unit_of_work.UnitOfWork, row: schema_console.SecondFactorRow, code: str) -> None:
    text = work.vault.get(secrets.Purpose.SECOND_FACTOR, row.factor_id)
    secret = base64.b64decode(text or "")
    step = one_time.matching_step(secret, code, work.now, after=row.last_step) if secret else None
    if step is None or not console.use_step(work.session, row.factor_id, step):
        raise WrongCode(
            "The code is wrong, too old, or was used already: wait for the next one. Check that"
            " the clock of its device is right."
        )


def _row(
    work: unit_of_work.UnitOfWork, account_id: str, user_name: str
) -> schema_console.SecondFactorRow | None:
    return work.session.get(schema_console.SecondFactorRow, (account_id, user_name))


def _drop(work: unit_of_work.UnitOfWork, row: schema_console.SecondFactorRow) -> None:
    work.vault.drop(secrets.Purpose.SECOND_FACTOR, (row.factor_id,))
    work.session.delete(row)
    work.session.flush()
