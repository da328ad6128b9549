"""The two classes of a tunnel's device: control packets pass at once, data at a rate.

HTB with two classes and no common parent. A packet belongs to the control class when its priority
names it, which a rule of the packet filter sets on everything that the router itself sends; all
else is data, in a short queue.
Source: tc-htb(8); Linux, htb_classify().
"""

from __future__ import annotations

import asyncio
from typing import Final

from futago.drivers.linux import namespaces
from futago.ports import network

CONTROL_CLASS: Final = "1:1"
_DATA_CLASS: Final = "1:2"
_QUEUE_PACKETS: Final = 500
_QUANTUM_BYTES: Final = 3000
_CONTROL: Final = f"htb rate 10gbit quantum {_QUANTUM_BYTES}"
_BURST_SECONDS: Final = 0.005
_BURST_MIN_BYTES: Final = 6000
_SECONDS: Final = 10.0


async def set_rate(namespace: str, device: str, rate: int) -> None:
    """Let data out of a device at a rate in bits per second; the classes are made if need be."""
    change = f"class change dev {device} parent 1: classid {_DATA_CLASS} {_htb(rate)}"
    if await _tc(namespace, change):
        return
    await _tc(namespace, f"qdisc del dev {device} root")
    made = "\n".join(
        (
            f"qdisc add dev {device} root handle 1: htb default 2",
            f"class add dev {device} parent 1: classid {CONTROL_CLASS} {_CONTROL}",
            f"class add dev {device} parent 1: classid {_DATA_CLASS} {_htb(rate)}",
            f"qdisc add dev {device} parent {_DATA_CLASS} pfifo limit {_QUEUE_PACKETS}",
        )
    )
    if not await _tc(namespace, made):
        raise network.KernelRefused(
            f"tc could not shape {device} in {namespace}; the kernel needs sch_htb.",
            device=device,
        )


def _htb(rate: int) -> str:
    burst = max(_BURST_MIN_BYTES, int(rate / 8 * _BURST_SECONDS))
    return f"htb rate {rate}bit burst {burst}b cburst {burst}b quantum {_QUANTUM_BYTES}"


async def _tc(namespace: str, lines: str) -> bool:
    if namespaces.identity(namespace) is None:
        raise network.NamespaceMissing(
            f"Namespace {namespace} does not exist; create it first.", namespace=namespace
        )
    process = await asyncio.create_subprocess_exec(
        *("tc", "-n", namespace, "-batch", "-"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            await process.communicate(lines.encode() + b"\n")
    except TimeoutError as exc:
        process.kill()
        await process.wait()
        raise network.KernelRefused(
            f"tc did not answer within {_SECONDS:g} s in {namespace}.", namespace=namespace
        ) from exc
    return process.returncode == 0
