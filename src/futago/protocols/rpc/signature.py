"""Request signatures: reading a claim, checking it, and making one.

A call claims to come from an access key. `read_claim` finds that claim in either of the two
schemes (ACS3 headers of newer clients, signature 1.0 parameters of older ones) and computes what
the client should have signed; `verify` compares with the secret. What was not signed is not
believed: the operation is read from the signed headers or the signed parameters only.

`sign_acs3` and `sign_v1` are the client's half. Replays are somebody else's memory; this module
has none. Clients that are refused need the server's string to sign to explain themselves, so the
mismatch carries it in an attribute, never in its message: signed parameters can hold secrets.

Source: SDK behavior captured on the wire; the vectors are in tests/compat/corpus.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never
from urllib.parse import quote

from futago.domain import faults
from futago.protocols.rpc import params, timestamps

MAX_SKEW = timedelta(minutes=15)
MAX_NONCE_LENGTH = 128

ACS3_ALGORITHM = "ACS3-HMAC-SHA256"
V1_METHOD = "HMAC-SHA1"
V1_VERSION = "1.0"
MUST_BE_SIGNED = (
    "host",
    "x-acs-action",
    "x-acs-version",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-content-sha256",
)

# Header bytes that are not UTF-8 must come out of the string to sign as they came in.
_HEADER_ERRORS = "surrogateescape"


class IncompleteSignature(faults.Invalid):
    """Signature parameters are missing or malformed."""

    code = "IncompleteSignature"


class TimestampExpired(faults.Forbidden):
    """The call was signed too long ago or too far in the future."""

    code = "InvalidTimeStamp.Expired"


class SignatureDoesNotMatch(faults.Forbidden):
    """The signature was not made with this key's secret over this call."""

    code = "SignatureDoesNotMatch"

    def __init__(self, string_to_sign: str) -> None:
        super().__init__(
            "Specified signature is not matched with our calculation. server string to sign is:"
        )
        self.string_to_sign = string_to_sign
        """Sent to the caller behind the message; may hold secrets of the call."""


class Scheme(StrEnum):
    """How a call is signed."""

    ACS3 = "acs3-hmac-sha256"
    V1 = "hmac-sha1-1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An HTTP request, as far as signatures care."""

    method: str
    path: str = "/"
    query: params.Pairs = ()
    form: params.Pairs = field(default=(), repr=False)
    headers: params.Pairs = field(default=(), repr=False)
    """Names in any case."""
    body: bytes = field(default=b"", repr=False)

    def values_of(self, name: str) -> list[str]:
        """List the values of one header, trimmed."""
        return [value.strip() for key, value in self.headers if key.lower() == name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who says they sent a call, and the evidence."""

    access_key_id: str
    scheme: Scheme
    action: str
    version: str
    timestamp: datetime
    nonce: str
    signature: str = field(repr=False)
    string_to_sign: str = field(repr=False)
    security_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key and its secret."""

    access_key_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a client adds to each call before signing."""

    action: str
    version: str
    at: datetime
    nonce: str


def read_claim(message: Message) -> Claim:
    """Find the claim in a call.

    Raises:
        IncompleteSignature: A part is missing or malformed, or the scheme is not carried out.
        timestamps.BadTimestamp: The time of signing is unreadable.
        SignatureDoesNotMatch: The body is not the one whose hash was signed.
    """
    if message.values_of("authorization"):
        return _read_acs3(message)
    return _read_v1(message)


def verify(claim: Claim, secret: str) -> None:
    """Check a claim against the secret of its key.

    Raises:
        SignatureDoesNotMatch: They do not belong together.
    """
    expected = _signature(claim.scheme, claim.string_to_sign, secret)
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise SignatureDoesNotMatch(claim.string_to_sign)


def check_fresh(claim: Claim, now: datetime) -> None:
    """Check that a claim was made at most 15 minutes from now, either way.

    Raises:
        TimestampExpired: It was not.
    """
    if abs(now - claim.timestamp) > MAX_SKEW:
        raise TimestampExpired(
            f"The call was signed at {timestamps.to_seconds_text(claim.timestamp)}, more than 15"
            f" minutes from the server time {timestamps.to_seconds_text(now)}: set the clock.",
            field="Timestamp",
        )


def sign_acs3(message: Message, stamp: Stamp, key: AccessKey) -> params.Pairs:
    """Return the headers to send: those of the message, the stamp and Authorization."""
    headers = (
        *((name.lower(), value) for name, value in message.headers),
        ("x-acs-action", stamp.action),
        ("x-acs-version", stamp.version),
        ("x-acs-date", timestamps.to_seconds_text(stamp.at)),
        ("x-acs-signature-nonce", stamp.nonce),
        ("x-acs-content-sha256", hashlib.sha256(message.body).hexdigest()),
    )
    stamped = Message(
        method=message.method,
        path=message.path,
        query=message.query,
        headers=headers,
        body=message.body,
    )
    names = sorted({name for name, _ in headers})
    signature = _signature(Scheme.ACS3, _acs3_string_to_sign(stamped, names), key.secret)
    authorization = (
        f"{ACS3_ALGORITHM} Credential={key.access_key_id},"
        f"SignedHeaders={';'.join(names)},Signature={signature}"
    )
    return (*headers, ("authorization", authorization))


def sign_v1(method: str, pairs: params.Pairs, stamp: Stamp, key: AccessKey) -> params.Pairs:
    """Return the parameters to send: those given, the stamp and Signature."""
    stamped = (
        *pairs,
        ("Action", stamp.action),
        ("Version", stamp.version),
        ("Format", "JSON"),
        ("AccessKeyId", key.access_key_id),
        ("Timestamp", timestamps.to_seconds_text(stamp.at)),
        ("SignatureMethod", V1_METHOD),
        ("SignatureVersion", V1_VERSION),
        ("SignatureNonce", stamp.nonce),
    )
    signature = _signature(Scheme.V1, _v1_string_to_sign(method, stamped), key.secret)
    return (*stamped, ("Signature", signature))


def _read_acs3(message: Message) -> Claim:
    parts = _authorization_parts(message)
    names = parts["SignedHeaders"].lower().split(";")
    if missing := [name for name in MUST_BE_SIGNED if name not in names]:
        raise IncompleteSignature(f"SignedHeaders must also name {', '.join(missing)}: sign them.")
    if absent := [name for name in names if not message.values_of(name)]:
        raise IncompleteSignature(f"Header {absent[0][:80]} is signed but was not sent: send it.")
    string_to_sign = _acs3_string_to_sign(message, names)
    if _only(message, "x-acs-content-sha256") != hashlib.sha256(message.body).hexdigest():
        raise SignatureDoesNotMatch(string_to_sign)
    return Claim(
        access_key_id=parts["Credential"],
        scheme=Scheme.ACS3,
        action=_only(message, "x-acs-action"),
        version=_only(message, "x-acs-version"),
        timestamp=timestamps.from_seconds_text(_only(message, "x-acs-date")),
        nonce=_checked_nonce(_only(message, "x-acs-signature-nonce")),
        signature=parts["Signature"],
        string_to_sign=string_to_sign,
        security_token="".join(message.values_of("x-acs-security-token")),
    )


def _authorization_parts(message: Message) -> dict[str, str]:
    algorithm, _, rest = _only(message, "authorization").partition(" ")
    if algorithm != ACS3_ALGORITHM:
        raise IncompleteSignature(
            f"Authorization uses an algorithm other than {ACS3_ALGORITHM}: sign with that one."
        )
    parts: dict[str, str] = {}
    for piece in rest.split(","):
        name, _, value = piece.strip().partition("=")
        if name in parts:
            raise IncompleteSignature(f"Authorization names {name[:20]} twice: send it once.")
        parts[name] = value
    for name in ("Credential", "SignedHeaders", "Signature"):
        if not parts.get(name):
            raise IncompleteSignature(f"Authorization lacks {name}: add it.")
    return parts


def _only(message: Message, name: str) -> str:
    values = message.values_of(name)
    if len(values) != 1:
        raise IncompleteSignature(f"Header {name} must be sent exactly once.")
    if not values[0].isascii():
        raise IncompleteSignature(f"Header {name} must be ASCII text.")
    return values[0]


def _acs3_string_to_sign(message: Message, names: list[str]) -> str:
    headers = "".join(f"{name}:{','.join(sorted(message.values_of(name)))}\n" for name in names)
    canonical = "\n".join(
        (
            message.method.upper(),
            message.path,
            _canonical_query(message.query),
            headers,
            ";".join(names),
            hashlib.sha256(message.body).hexdigest(),
        )
    )
    digest = hashlib.sha256(canonical.encode(errors=_HEADER_ERRORS)).hexdigest()
    return f"{ACS3_ALGORITHM}\n{digest}"


def _read_v1(message: Message) -> Claim:
    pairs = message.query + message.form
    given = dict(pairs)
    if len(given) < len(pairs):
        raise IncompleteSignature("A parameter occurs twice: send each parameter once.")
    for name in ("AccessKeyId", "Signature", "Timestamp", "SignatureNonce"):
        if not given.get(name):
            raise IncompleteSignature(f"Parameter {name} is missing: sign the call.", field=name)
    for name, rule in (("SignatureMethod", V1_METHOD), ("SignatureVersion", V1_VERSION)):
        if given.get(name) != rule:
            raise IncompleteSignature(f"Parameter {name} must be {rule}.", field=name)
    if given.get("SignatureType"):
        raise IncompleteSignature(
            "Parameter SignatureType must be absent or empty: sign with an access key.",
            field="SignatureType",
        )
    return Claim(
        access_key_id=given["AccessKeyId"],
        scheme=Scheme.V1,
        action=given.get("Action", ""),
        version=given.get("Version", ""),
        timestamp=timestamps.from_seconds_text(given["Timestamp"]),
        nonce=_checked_nonce(given["SignatureNonce"]),
        signature=given["Signature"],
        string_to_sign=_v1_string_to_sign(message.method, pairs),
        security_token=given.get("SecurityToken", ""),
    )


def _v1_string_to_sign(method: str, pairs: params.Pairs) -> str:
    signed = tuple(pair for pair in pairs if pair[0] != "Signature")
    return f"{method.upper()}&%2F&{_encode(_canonical_query(signed))}"


def _canonical_query(pairs: params.Pairs) -> str:
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(pairs))


def _encode(text: str) -> str:
    return quote(text, safe="~")


def _checked_nonce(nonce: str) -> str:
    if not 0 < len(nonce) <= MAX_NONCE_LENGTH:
        raise IncompleteSignature(
            f"The signature nonce must have 1 to {MAX_NONCE_LENGTH} characters."
        )
    return nonce


def _signature(scheme: Scheme, string_to_sign: str, secret: str) -> str:
    message = string_to_sign.encode()
    match scheme:
        case Scheme.ACS3:
            return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
        case Scheme.V1:
            digest = hmac.new(f"{secret}&".encode(), message, hashlib.sha1).digest()
            return base64.b64encode(digest).decode()
        case _:
            assert_never(scheme)
