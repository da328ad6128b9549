"""Carries out one step through the port that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from futago.domain import ike
from futago.plan import intent, steps
from futago.ports import ike as ike_port
from futago.ports import journal, network, pings, probes, routing, taps, verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything that a node drives."""

    ike: ike_port.IkeDaemons
    network: network.Network
    routing: routing.RoutingDaemons
    probes: probes.Probes
    taps: taps.Taps
    pings: pings.Pings
    journal: journal.TaskJournal
    verdicts: verdicts.VerdictMemory


class Secrets(Protocol):
    """What steps need and do not carry."""

    def psk(self, tunnel: intent.TunnelIntent) -> ike.PresharedKey:
        """Give the key of a tunnel in the version that its intent names."""

    def bgp_keys(self) -> Mapping[str, str]:
        """Give all TCP-MD5 keys by key id."""


async def apply(ports: Ports, secrets: Secrets, step: steps.Step) -> None:
    """Carry out a step; repeating one that is done changes nothing."""
    match step:
        case (
            steps.StartIkeDaemon()
            | steps.StopIkeDaemon()
            | steps.LoadConnection()
            | steps.TerminateSas()
            | steps.RenewSas()
            | steps.Initiate()
        ):
            await _ike(ports.ike, secrets, step)
        case steps.KillIkeDaemon():
            await ports.ike.kill(step.place)
        case steps.ArmTunnel():
            await ports.ike.arm(step.place)
        case steps.DisarmTunnel():
            await ports.ike.disarm(step.place)
        case steps.StartRoutingDaemon() | steps.StopRoutingDaemon() | steps.ApplyRouting():
            await _routing(ports.routing, secrets, step)
        case (
            steps.SetRules()
            | steps.SetFirewall()
            | steps.SetDetours()
            | steps.SetSessionAddress()
            | steps.ConnectVpc()
            | steps.DisconnectVpc()
        ):
            await _router(ports.network, step)
        case (
            steps.CreateNamespace()
            | steps.DeleteNamespace()
            | steps.ConnectUnderlay()
            | steps.DisconnectUnderlay()
            | steps.CreateBridge()
            | steps.DeleteBridge()
        ):
            await _links(ports.network, step)


async def _ike(
    daemons: ike_port.IkeDaemons,
    secrets: Secrets,
    step: steps.StartIkeDaemon
    | steps.StopIkeDaemon
    | steps.LoadConnection
    | steps.TerminateSas
    | steps.RenewSas
    | steps.Initiate,
) -> None:
    match step:
        case steps.StartIkeDaemon():
            await daemons.start(step.place)
        case steps.StopIkeDaemon():
            await daemons.stop(step.place)
        case steps.LoadConnection():
            await daemons.load(step.place, step.tunnel, secrets.psk(step.tunnel))
        case steps.TerminateSas():
            await daemons.terminate(step.place)
        case steps.RenewSas():
            await daemons.replace_sas(step.place, step.tunnel, keeps_ike=step.keeps_ike)
        case steps.Initiate():
            await daemons.initiate(step.place)


async def _routing(
    daemons: routing.RoutingDaemons,
    secrets: Secrets,
    step: steps.StartRoutingDaemon | steps.StopRoutingDaemon | steps.ApplyRouting,
) -> None:
    match step:
        case steps.StartRoutingDaemon():
            await daemons.start(step.router)
        case steps.StopRoutingDaemon():
            await daemons.stop(step.router)
        case steps.ApplyRouting():
            await daemons.apply(step.router, step.config, secrets.bgp_keys())


async def _router(
    kernel: network.Network,
    step: steps.SetRules
    | steps.SetFirewall
    | steps.SetDetours
    | steps.SetSessionAddress
    | steps.ConnectVpc
    | steps.DisconnectVpc,
) -> None:
    match step:
        case steps.SetRules():
            await kernel.set_rules(step.router, step.rules)
        case steps.SetFirewall():
            await kernel.set_firewall(step.router, step.refusals, step.digest)
        case steps.SetDetours():
            await kernel.set_detours(step.router, step.detours)
        case steps.SetSessionAddress():
            await kernel.set_session_address(step)
        case steps.ConnectVpc():
            await kernel.connect_vpc(step)
        case steps.DisconnectVpc():
            await kernel.disconnect_vpc(step.router, step.device)


async def _links(
    kernel: network.Network,
    step: steps.CreateNamespace
    | steps.DeleteNamespace
    | steps.ConnectUnderlay
    | steps.DisconnectUnderlay
    | steps.CreateBridge
    | steps.DeleteBridge,
) -> None:
    match step:
        case steps.CreateNamespace():
            await kernel.create_namespace(step.name, step.kind)
        case steps.DeleteNamespace():
            await kernel.delete_namespace(step.name)
        case steps.ConnectUnderlay():
            await kernel.connect_underlay(step.place, step.address, step.zone_id)
        case steps.DisconnectUnderlay():
            await kernel.disconnect_underlay(step.place)
        case steps.CreateBridge():
            await kernel.create_bridge(step.vpc, step.bridge, step.address, step.prefix_length)
        case steps.DeleteBridge():
            await kernel.delete_bridge(step.vpc, step.bridge)
