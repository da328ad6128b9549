"""Refusals of parameters that are valid for the vendor and that Futago does not carry out."""

from __future__ import annotations

from collections.abc import Mapping

from futago.actions import faults

CODE = "OperationUnsupported"


def refuse(given: Mapping[str, object], reason: str, *, code: str = CODE) -> None:
    """Refuse the first parameter that is given.

    Args:
        given: Wire name to value; None, False, zero and empty count as not given.
        reason: Why it is refused, as the rest of a sentence.
        code: The vendor's nearest code.
    Raises:
        VendorFault: One of them is given.
    """
    for name, value in given.items():
        if value:
            text = str(value).lower() if isinstance(value, bool) else str(value)[:64]
            raise faults.VendorFault(
                code,
                400,
                f"Parameter {name} with the value '{text}' is not supported: {reason}."
                " Leave it out.",
                field=name,
            )


def refuse_other(name: str, value: str, allowed: str, *, code: str = "InvalidParameter") -> None:
    """Refuse a word other than the one that is carried out.

    Raises:
        VendorFault: The value is another one.
    """
    if value != allowed:
        raise faults.VendorFault(
            code,
            400,
            f"Parameter {name} with the value '{value[:64]}' is not supported: the only value is"
            f" {allowed}. Send that or leave it out.",
            field=name,
        )
