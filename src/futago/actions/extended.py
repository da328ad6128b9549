"""Algorithms beyond the vendor's: refused unless the installation enables them."""

from __future__ import annotations

from collections.abc import Iterator

import pydantic

from futago.actions import faults, spelling
from futago.domain import crypto

SETTING = "crypto.extended"
_PFS = "ipsec_pfs"

Algorithm = crypto.Encryption | crypto.DhGroup


def refuse(request: pydantic.BaseModel) -> None:
    """Look through a request for algorithms that the vendor does not have.

    Raises:
        VendorFault: There is one; names the parameter and the setting.
    """
    for field, value in _members(request):
        if crypto.is_extended(value):
            raise faults.VendorFault(
                "InvalidParameter",
                400,
                f"Parameter {field} with the value '{value.value}' is not valid: the algorithm is"
                f" beyond the vendor's. Choose another, or set {SETTING} of the installation.",
                field=field,
            )


def _members(part: object, name: str = "") -> Iterator[tuple[str, Algorithm]]:
    if isinstance(part, crypto.Encryption | crypto.DhGroup):
        yield name, part
    elif isinstance(part, pydantic.BaseModel):
        for key, field in type(part).model_fields.items():
            value = getattr(part, key)
            if key == _PFS and isinstance(value, str) and value != spelling.DISABLED:
                value = crypto.DhGroup(value)
            yield from _members(value, field.alias or key)
    elif isinstance(part, tuple):
        for each in part:
            yield from _members(each, name)
