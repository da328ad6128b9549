"""Sockets, and servers on them."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette import applications, requests, responses, routing

from futago.runtime import listeners


def greet(_: requests.Request) -> responses.Response:
    return responses.PlainTextResponse("hello")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_taken_port_is_a_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(listeners.PortInUse, match=f"Port {port} of 127.0.0.1 is in use"):
            listeners.open_tcp("127.0.0.1", port)


def test_a_foreign_address_is_a_sentence() -> None:
    with pytest.raises(listeners.CannotListen, match="address of this host"):
        listeners.open_tcp("192.0.2.1", 8080)


def test_a_leftover_socket_is_replaced_and_only_the_owner_reaches_it(tmp_path: Path) -> None:
    path = tmp_path / "run" / "node.sock"
    listeners.open_unix(path).close()
    with listeners.open_unix(path):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_certificate_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    app = applications.Starlette()
    with pytest.raises(listeners.BadCertificate, match="check both files"):
        listeners.server(app, str(tmp_path / "c.pem"), str(tmp_path / "k.pem"))


async def test_one_process_serves_tcp_and_unix_until_told_to_stop(tmp_path: Path) -> None:
    app = applications.Starlette(routes=[routing.Route("/", greet)])
    stop = asyncio.Event()
    path = tmp_path / "s"
    port = free_port()
    with listeners.open_tcp("127.0.0.1", port) as tcp, listeners.open_unix(path) as unix:
        pairs = [(listeners.server(app), tcp), (listeners.server(app), unix)]
        serving = asyncio.create_task(listeners.serve_until(stop, pairs))
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        async with (
            asyncio.timeout(10),
            httpx.AsyncClient() as over_tcp,
            httpx.AsyncClient(transport=transport) as over_unix,
        ):
            assert (await over_tcp.get(f"http://127.0.0.1:{port}/")).text == "hello"
            assert (await over_unix.get("http://futago/")).text == "hello"
        stop.set()
        async with asyncio.timeout(10):
            await serving


async def test_an_answer_does_not_wait_for_acknowledgments() -> None:
    app = applications.Starlette(routes=[routing.Route("/", greet)])
    stop = asyncio.Event()
    port = free_port()
    with listeners.open_tcp("127.0.0.1", port) as tcp:
        runner = listeners.server(app)
        serving = asyncio.create_task(listeners.serve_until(stop, [(runner, tcp)]))
        async with asyncio.timeout(10), httpx.AsyncClient() as client:
            await client.get(f"http://127.0.0.1:{port}/")
            (connection,) = runner.server_state.connections
            accepted = connection.transport.get_extra_info("socket")
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        stop.set()
        async with asyncio.timeout(10):
            await serving


async def test_callers_beyond_the_one_being_accepted_wait_in_the_queue() -> None:
    app = applications.Starlette(routes=[routing.Route("/", greet)])
    stop = asyncio.Event()
    port = free_port()

    def ask(caller: socket.socket) -> bytes:
        with caller:
            caller.sendall(b"GET / HTTP/1.1\r\nHost: futago\r\nConnection: close\r\n\r\n")
            return b"".join(iter(lambda: caller.recv(4096), b""))

    with listeners.open_tcp("127.0.0.1", port) as tcp:
        callers = [socket.create_connection(("127.0.0.1", port), 30) for _ in range(20)]
        serving = asyncio.create_task(listeners.serve_until(stop, [(listeners.server(app), tcp)]))
        answers = [await asyncio.to_thread(ask, caller) for caller in callers]
        assert all(each.endswith(b"hello") for each in answers)
        stop.set()
        async with asyncio.timeout(10):
            await serving


async def test_a_certificate_makes_it_tls(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    app = applications.Starlette(routes=[routing.Route("/", greet)])
    stop = asyncio.Event()
    port = free_port()
    with listeners.open_tcp("127.0.0.1", port) as tcp:
        runner = listeners.server(app, str(certificate), str(key))
        serving = asyncio.create_task(listeners.serve_until(stop, [(runner, tcp)]))
        trusted = ssl.create_default_context(cafile=certificate)
        async with asyncio.timeout(10), httpx.AsyncClient(verify=trusted) as client:
            assert (await client.get(f"https://127.0.0.1:{port}/")).text == "hello"
        stop.set()
        async with asyncio.timeout(10):
            await serving


def self_signed(directory: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "futago test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    chain, secret = directory / "c.pem", directory / "k.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, secret
