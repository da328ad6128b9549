"""Calls in the form of the Terraform provider.

It signs with the RPC signature 1.0 and puts the parameters of the operation into the body, away
from the stamp in the query.
"""

from __future__ import annotations

import json
import urllib.parse
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from futago.protocols.rpc import params, signature
from futago.services import access
from futago.testing import loopback

VERSIONS = {"vpc": "2016-04-28", "cbn": "2017-09-12", "groups": "2020-03-31"}
SUCCESS = {"200", "0", "ok", "success"}
"""A success with another code would be an error to the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One account's provider."""

    client: httpx.Client
    service: loopback.Service
    key: signature.AccessKey

    def send(
        self,
        product: str,
        action: str,
        /,
        *,
        in_query: Mapping[str, str] | None = None,
        **values: Any,
    ) -> httpx.Response:
        """Call an action; a region that is None is left out."""
        stamp = signature.Stamp(
            action=action,
            version=VERSIONS[product],
            at=datetime.now(UTC),
            nonce=str(uuid.uuid4()),
        )
        nested = {"RegionId": loopback.REGION, **values}
        body = params.flatten({name: value for name, value in nested.items() if value is not None})
        apart = tuple((in_query or {}).items())
        signed = signature.sign_v1("POST", (*body, *apart), stamp, self.key)
        query = [pair for pair in signed if pair not in body]
        return self.client.post(
            f"/?{urllib.parse.urlencode(query)}",
            content=urllib.parse.urlencode(body),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )

    def call(self, product: str, action: str, **values: Any) -> dict[str, Any]:
        """Call an action that must succeed."""
        answer = self.send(product, action, **values)
        told: dict[str, Any] = json.loads(answer.text)
        if answer.status_code != 200 or str(told.get("Code", "200")).lower() not in SUCCESS:
            raise AssertionError(action, answer.text)
        return told

    def of_another_account(self) -> tuple[Provider, str]:
        """Make an account, and give its provider and its id."""
        with self.service.database.begin() as unit:
            account_id = access.create_account(unit, "branch")
            made = access.create_access_key(unit, account_id, access.ADMINISTRATOR)
        key = signature.AccessKey(made.access_key_id, made.secret)
        return replace(self, key=key), account_id

    def refused(self, product: str, action: str, **values: Any) -> tuple[int, str]:
        """Call an action and give status and code."""
        answer = self.send(product, action, **values)
        return answer.status_code, str(json.loads(answer.text).get("Code"))


@contextmanager
def serve(path: Path) -> Iterator[Provider]:
    """Listen on loopback and give the provider of the first account."""
    with (
        loopback.serve(path) as served,
        httpx.Client(base_url=f"http://127.0.0.1:{served.port}", timeout=20) as client,
    ):
        yield Provider(client=client, service=served.service, key=served.service.key)


def token(action: str) -> str:
    """Make a token as the provider does: cut to the length that is allowed."""
    return f"TF-{action}-{uuid.uuid4()}"[:64]


def block(index: int, gateway_id: str, **more: Any) -> dict[str, Any]:
    """Give a tunnel block of which the user set hardly anything."""
    ike = ("IkeAuthAlg", "IkeEncAlg", "IkeMode", "IkePfs", "IkeVersion", "LocalId", "RemoteId")
    return {
        "TunnelIndex": index,
        "CustomerGatewayId": gateway_id,
        "Role": "master",
        "EnableDpd": False,
        "EnableNatTraversal": False,
        "RemoteCaCertificate": "",
        "TunnelBgpConfig": {"LocalAsn": 0, "LocalBgpIp": "", "TunnelCidr": ""},
        "TunnelIkeConfig": {**dict.fromkeys(ike, ""), "IkeLifetime": 0, "Psk": ""},
        "TunnelIpsecConfig": {
            "IpsecAuthAlg": "",
            "IpsecEncAlg": "",
            "IpsecLifetime": 0,
            "IpsecPfs": "",
        },
        **more,
    }
