"""moto's server, the simulator that others test with, in an environment of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib import parse

import api_load
import api_server
import httpx

_HERE = Path(__file__).parent
_ENVIRONMENT = _HERE / ".venv-moto"
_STAMP = _ENVIRONMENT / ".installed"
_PINS = _HERE.parent / "requirements" / "bench.txt"
_INSTALL_SECONDS = 600
_FIRST_ANSWER_SECONDS = 60.0
"""moto loads what it needs at the first call."""
_VERSION = "2016-11-15"
# moto reads the service from it and checks no signature.
_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/ec2/aws4_request,"
    " SignedHeaders=host, Signature=none"
)


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running moto with one customer gateway and one VPN gateway."""

    port: int
    pid: int
    customer_gateway_id: str = ""
    vpn_gateway_id: str = ""

    def call(self, action: str, **members: str) -> bytes:
        """Make the bytes of a call."""
        body = parse.urlencode({"Action": action, "Version": _VERSION, **members}).encode()
        headers = (
            ("host", f"{api_load.HOST}:{self.port}"),
            ("authorization", _AUTHORIZATION),
            ("content-type", "application/x-www-form-urlencoded"),
        )
        return api_server.as_bytes("", headers, body)

    def create(self) -> bytes:
        """Make a call that creates a connection."""
        return self.call(
            "CreateVpnConnection",
            Type="ipsec.1",
            CustomerGatewayId=self.customer_gateway_id,
            VpnGatewayId=self.vpn_gateway_id,
        )

    def ask(self, action: str, wanted: str, **members: str) -> str:
        """Make a call and read the id of a kind from its answer."""
        answer = httpx.post(
            f"http://{api_load.HOST}:{self.port}/",
            data={"Action": action, "Version": _VERSION, **members},
            headers={"Authorization": _AUTHORIZATION},
            trust_env=False,
            timeout=_FIRST_ANSWER_SECONDS,
        )
        assert answer.status_code == httpx.codes.OK, f"{action}: {answer.text[:400]}"
        found = re.search(f"<{wanted}>([^<]+)</{wanted}>", answer.text)
        assert found is not None, f"{action} gave no {wanted}: {answer.text[:400]}"
        return found[1]


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """Run moto, installed when it is missing or its pins have changed."""
    _install()
    port = api_server.free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [_ENVIRONMENT / "bin" / "moto_server", "-H", api_load.HOST, "-p", str(port)],
            stdout=log,
            stderr=log,
        )
        try:
            api_server.wait_for(process, port)
            bare = Server(port=port, pid=process.pid)
            customer = bare.ask(
                "CreateCustomerGateway",
                "customerGatewayId",
                Type="ipsec.1",
                IpAddress="198.51.100.1",
                BgpAsn="65000",
            )
            gateway = bare.ask("CreateVpnGateway", "vpnGatewayId", Type="ipsec.1")
            yield dataclasses.replace(bare, customer_gateway_id=customer, vpn_gateway_id=gateway)
        finally:
            api_server.end(process)


def _install() -> None:
    if _STAMP.exists() and _STAMP.stat().st_mtime >= _PINS.stat().st_mtime:
        return
    print("   installing moto in an environment of its own", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", _ENVIRONMENT], check=True)
    pip = (_ENVIRONMENT / "bin" / "python", "-m", "pip", "install", "-q")
    subprocess.run([*pip, "--require-hashes", "-r", _PINS], check=True, timeout=_INSTALL_SECONDS)
    _STAMP.touch()
