"""The agent role: builds the agent with its drivers and runs it."""

from __future__ import annotations

import asyncio

from futago.agent import agent, apply, client
from futago.drivers.bird import daemons as bird_daemons
from futago.drivers.linux import network as linux_network
from futago.drivers.linux import pings, taps, underlay
from futago.drivers.linux import probes as linux_probes
from futago.drivers.strongswan import daemons as strongswan_daemons
from futago.drivers.system import journal, verdicts
from futago.messages import codec
from futago.ports import clock
from futago.runtime import node_credential, settings, supervise

DRIVER = "userspace"
TASK_JOURNAL = "tasks.json"
VERDICTS = "verdicts.json"


def main(chosen: settings.Settings) -> None:
    """Drive this host until told to stop."""
    asyncio.run(_run(chosen))


async def _run(chosen: settings.Settings) -> None:
    with supervise.stop_signals() as stop:
        await supervise.until_stopped(stop, build_agent(chosen).run())


def build_agent(chosen: settings.Settings) -> agent.Agent:
    """Build the agent with its drivers."""
    node = chosen.node
    identity = agent.NodeIdentity(
        node_id=node.id,
        mark=node.mark,
        zones=tuple(_offer(zone) for zone in node.zones),
        driver=DRIVER,
    )
    control = client.connect(
        chosen.control_plane,
        node.id,
        node_credential.read(chosen.credential_path),
        node.ca_file or None,
    )
    ports = apply.Ports(
        ike=strongswan_daemons.StrongswanDaemons(chosen.store.runtime),
        network=linux_network.LinuxNetwork(
            node.mark,
            {zone.id: _uplink(zone) for zone in node.zones},
            node_namespace=node.network_namespace or None,
        ),
        routing=bird_daemons.BirdDaemons(chosen.store.runtime),
        probes=linux_probes.LinuxProbes(),
        taps=taps.LinuxTaps(),
        pings=pings.LinuxPings(),
        journal=journal.FileJournal(chosen.store.runtime / TASK_JOURNAL),
        verdicts=verdicts.FileVerdicts(chosen.store.runtime / VERDICTS),
    )
    return agent.Agent(identity, control, ports, clock.SystemClock())


def _uplink(zone: settings.Zone) -> underlay.Uplink:
    return underlay.Uplink(
        device=zone.uplink,
        private_device=zone.private_uplink or None,
        private_pools=zone.private_pools,
    )


def _offer(zone: settings.Zone) -> codec.ZoneOffer:
    return codec.ZoneOffer(
        zone_id=zone.id,
        public_pools=tuple(str(pool) for pool in zone.public_pools),
        private_pools=tuple(str(pool) for pool in zone.private_pools),
    )
