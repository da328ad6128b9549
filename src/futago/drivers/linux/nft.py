"""Runs nftables' own program inside a namespace."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Final

from futago.drivers.linux import namespaces
from futago.ports import network

_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain, by where it is."""

    family: str
    table: str
    name: str


async def apply(namespace: str, transaction: str, *arguments: str) -> str | None:
    """Put a transaction in force, all of it or nothing; gives the reason where it is refused."""
    status, _, errors = await _run(namespace, (*arguments, "-f", "-"), transaction)
    return None if status == 0 else errors.strip()


async def chains(namespace: str) -> tuple[Chain, ...]:
    """Read the chains of all tables."""
    status, output, errors = await _run(namespace, ("-j", "list", "chains"))
    if status != 0:
        raise network.KernelRefused(
            f"nft could not list the chains of {namespace}: {errors.strip()}", namespace=namespace
        )
    found = [item["chain"] for item in json.loads(output)["nftables"] if "chain" in item]
    return tuple(Chain(str(one["family"]), str(one["table"]), str(one["name"])) for one in found)


async def _run(
    namespace: str, arguments: tuple[str, ...], text: str | None = None
) -> tuple[int, str, str]:
    if namespaces.identity(namespace) is None:
        raise network.NamespaceMissing(
            f"Namespace {namespace} does not exist; create it first.", namespace=namespace
        )
    process = await asyncio.create_subprocess_exec(
        *("nsenter", f"--net={namespaces.DIRECTORY / namespace}", "nft", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            output, errors = await process.communicate((text or "").encode())
    except TimeoutError as exc:
        process.kill()
        await process.wait()
        raise network.KernelRefused(
            f"nft did not answer within {_SECONDS:g} s in {namespace}.", namespace=namespace
        ) from exc
    return process.returncode or 0, output.decode(), errors.decode(errors="replace")
