"""Faults in the vendor's words.

Lower layers raise faults with our own codes. `translate` looks the code up in `VENDOR_CODES` and
falls back to the kind, so a fault nobody thought of is still answered properly. Actions that know
the vendor's exact code raise a `VendorFault` and are believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from futago.domain import faults
from futago.protocols.rpc import signature

ERRORS_PAGE = "docs/reference/errors.md"
MAX_MESSAGE = 1200
INTERNAL_MESSAGE = "The service failed; the log names the cause under this RequestId. Try again."

VENDOR_CODES: Mapping[str, tuple[str, int]] = {
    "IncompleteSignature": ("IncompleteSignature", 400),
    "SignatureDoesNotMatch": ("SignatureDoesNotMatch", 400),
    "InvalidTimeStamp.Format": ("InvalidTimeStamp.Format", 400),
    "InvalidTimeStamp.Expired": ("InvalidTimeStamp.Expired", 400),
    "MalformedParameter": ("InvalidParameter", 400),
    "InvalidNextToken": ("InvalidParameter", 400),
}
"""Fault code to the vendor's code and HTTP status."""


class VendorFault(faults.Fault):
    """A fault that already carries the vendor's code and status."""

    code = "Vendor"
    kind = faults.Kind.INVALID

    retry_after_ms: int | None = None

    def __init__(self, vendor_code: str, status: int, message: str, **context: str | int) -> None:
        super().__init__(message, **context)
        self.vendor_code = vendor_code
        self.status = status

    def __repr__(self) -> str:
        return f"VendorFault(vendor_code={self.vendor_code!r}, message={self.message!r})"


class Throttled(VendorFault):
    """The caller sends more than it may; newer clients wait as long as they are told."""

    def __init__(self, message: str, retry_after_ms: int) -> None:
        super().__init__("Throttling.User", 400, message)
        self.retry_after_ms = retry_after_ms


class AccessDenied(VendorFault):
    """No policy allows the call, or one denies it."""

    def __init__(self, message: str, detail: Mapping[str, str]) -> None:
        super().__init__("NoPermission", 403, message)
        self.detail = detail


class DuplicateAction(faults.Internal):
    """Two entries of the catalogue answer to one name."""

    code = "DuplicateAction"


@dataclass(frozen=True, slots=True)
class Translated:
    """A fault as the vendor would say it."""

    status: int
    code: str
    message: str
    retry_after_ms: int | None = None
    """Told to the client when it should slow down."""
    detail: Mapping[str, str] | None = None
    """Who was denied what."""


def translate(fault: faults.Fault) -> Translated:
    """Say a fault in the vendor's words; internal ones keep their details to themselves."""
    if isinstance(fault, AccessDenied):
        return Translated(fault.status, fault.vendor_code, fault.message, detail=fault.detail)
    if isinstance(fault, VendorFault):
        said = _bounded(fault.message)
        return Translated(fault.status, fault.vendor_code, said, fault.retry_after_ms)
    if isinstance(fault, signature.SignatureDoesNotMatch):
        code, status = VENDOR_CODES[fault.code]
        # Old clients compare everything behind the first colon with their own string.
        return Translated(status, code, fault.message + fault.string_to_sign)
    code, status = VENDOR_CODES.get(fault.code) or by_kind(fault.kind)
    message = INTERNAL_MESSAGE if fault.kind is faults.Kind.INTERNAL else _bounded(fault.message)
    return Translated(status, code, message)


def body(
    translated: Translated, request_id: str, host_id: str
) -> dict[str, str | Mapping[str, str]]:
    """Build the members of an error answer."""
    anchor = translated.code.lower().replace(".", "")
    denied = {} if translated.detail is None else {"AccessDeniedDetail": translated.detail}
    return {
        **denied,
        "RequestId": request_id,
        "HostId": host_id,
        "Code": translated.code,
        "Message": translated.message,
        "Recommend": f"{ERRORS_PAGE}#{anchor}",
    }


def _bounded(message: str) -> str:
    """Keep values that are quoted in full from filling the answer."""
    if len(message) <= MAX_MESSAGE:
        return message
    return f"{message[: MAX_MESSAGE // 2]} ... {message[-MAX_MESSAGE // 4 :]}"


def by_kind(kind: faults.Kind) -> tuple[str, int]:  # noqa: C901, PLR0911 - one line per kind
    """Say a fault that has no code of its own."""
    match kind:
        case faults.Kind.INVALID:
            return "InvalidParameter", 400
        case faults.Kind.NOT_FOUND:
            return "InvalidInstanceId.NotFound", 404
        case faults.Kind.CONFLICT:
            return "OperationConflict", 400
        case faults.Kind.FORBIDDEN:
            return "NoPermission", 403
        case faults.Kind.QUOTA:
            return "QuotaExceeded", 400
        case faults.Kind.UNSUPPORTED:
            return "OperationUnsupported", 400
        case faults.Kind.UNAVAILABLE:
            return "ServiceUnavailable", 503
        case faults.Kind.INTERNAL:
            return "InternalError", 500
        case _:
            assert_never(kind)
