"""A small signed client: what a lab needs to ask its own API."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Final

import httpx

from futago.domain import faults
from futago.lab import record
from futago.protocols.rpc import params, signature

VPC_VERSION: Final = "2016-04-28"
_SECONDS: Final = 20.0


class Refused(faults.Invalid):
    """The API refused a call."""

    code = "Lab.CallRefused"


class Unreachable(faults.Unavailable):
    """The API did not answer."""

    code = "Lab.ApiUnreachable"


def download(lab: record.Lab, connection_id: str) -> dict[str, object]:
    """Download the peer configuration of a connection."""
    pairs = (("RegionId", lab.region_id), ("VpnConnectionId", connection_id))
    return call(lab, "DownloadVpnConnectionConfig", VPC_VERSION, pairs)


def call(lab: record.Lab, action: str, version: str, pairs: params.Pairs) -> dict[str, object]:
    """Make one signed call and return its answer."""
    message = signature.Message(
        method="POST", query=pairs, headers=(("host", lab.endpoint), ("accept", "application/json"))
    )
    stamp = signature.Stamp(
        action=action, version=version, at=datetime.now(UTC), nonce=secrets.token_hex(16)
    )
    key = signature.AccessKey(lab.access_key_id, lab.access_key_secret)
    headers = signature.sign_acs3(message, stamp, key)
    try:
        answer = httpx.post(
            f"http://{lab.endpoint}/",
            params=list(pairs),
            headers=list(headers),
            timeout=_SECONDS,
            trust_env=False,
        )
        body = answer.json()
    except (httpx.HTTPError, ValueError) as exc:
        raise Unreachable(
            f"The lab's API at {lab.endpoint} gave no usable answer ({type(exc).__name__}); see "
            "futago.log in the lab's directory."
        ) from exc
    if not isinstance(body, dict) or answer.status_code != httpx.codes.OK:
        said = body if isinstance(body, dict) else {}
        raise Refused(f"{action} was refused: {said.get('Code')}: {said.get('Message')}")
    return body
