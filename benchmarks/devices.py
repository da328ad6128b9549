"""The device at a site, configured before its gateway exists, and when its tunnels are up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path

import cloud
import scene

from futago.devices import peer_configuration
from futago.domain import ids, ike, net
from futago.drivers.strongswan import client
from futago.lab import device, installed, record
from futago.protocols.vici import messages

_UP_SECONDS = 60.0


def apply(lab: record.Lab, site: record.Site, *cloud_prefixes: IPv4Network) -> None:
    """Have a site's device wait for a gateway at any address."""
    tunnels = tuple(
        peer_configuration.PeerTunnel(
            tunnel_id=ids.TunnelId(name),
            local=address,
            remote=address,
            local_identity=ike.Identity.of_address(address),
            remote_identity=ike.Identity.parse(name),
            ike_profile=ike.IkeProfile(),
            esp_profile=ike.EspProfile(),
            psk=ike.PresharedKey(scene.PSK),
            local_ts=(net.ANY,),
            remote_ts=(net.ANY,),
        )
        for address, name in zip(site.addresses, scene.GATEWAY_NAMES, strict=True)
    )
    device.apply(
        lab,
        site,
        peer_configuration.PeerConfiguration(tunnels=tunnels),
        device.Habits(
            cloud_prefixes=cloud_prefixes or (IPv4Network("10.20.0.0/16"),),
            is_passive=True,
            accepts_any_remote=True,
        ),
    )


def seconds_until_up(lab: record.Lab, site: record.Site, start: Callable[[], None]) -> float:
    """Start something and measure until the site's last tunnel has a child SA."""
    sockets = [
        Path(installed.socket_of(lab, site, number).removeprefix("unix://")) for number in (1, 2)
    ]
    return asyncio.run(_seconds_until_up(sockets, start))


def wait_until_down(lab: record.Lab, site: record.Site) -> None:
    """Wait until a site's device has no SA left."""

    async def count() -> int:
        total = 0
        for number in (1, 2):
            path = Path(installed.socket_of(lab, site, number).removeprefix("unix://"))
            opened = await client.connect(path)
            total += len((await opened.command("list-sas", stream="list-sa")).streamed)
            opened.close()
        return total

    cloud.until(lambda: asyncio.run(count()) == 0, "the site has no SA left")


async def _seconds_until_up(sockets: list[Path], start: Callable[[], None]) -> float:
    watches = [_Watch() for _ in sockets]
    opened = [
        await client.connect(path, watch.on_event)
        for path, watch in zip(sockets, watches, strict=True)
    ]
    try:
        for each in opened:
            await each.register("child-updown")
        began = time.monotonic()
        async with asyncio.timeout(_UP_SECONDS):
            started = asyncio.create_task(asyncio.to_thread(start))
            for watch in watches:
                await watch.is_up.wait()
            await started
    except TimeoutError as exc:
        raise cloud.Late(f"The site's tunnels were not up within {_UP_SECONDS:g} s.") from exc
    finally:
        for each in opened:
            each.close()
    return max(watch.at for watch in watches) - began


class _Watch:
    """Notes when a daemon reports a child SA."""

    def __init__(self) -> None:
        self.is_up = asyncio.Event()
        self.at = 0.0

    def on_event(self, name: str, message: messages.Message) -> None:
        if name == "child-updown" and messages.text(message, "up") == "yes":
            if not self.is_up.is_set():
                self.at = time.monotonic()
            self.is_up.set()
