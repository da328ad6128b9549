"""The difference between what shall be and what is, as ordered steps.

Pure and total: the same facts give the same steps, and facts that match an intent give none.
Removals come before additions, and the deepest dependant goes first.
"""

from __future__ import annotations

from dataclasses import dataclass

from futago.domain import forwarding, ike
from futago.plan import edits, intent, observation, places, routing, steps, withdrawal


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a tunnel's connection does to it."""

    is_partner_up: bool = False
    """The other tunnel has a child SA."""
    has_traffic: bool = False
    """Packets want to go to the connection."""
    is_frozen: bool = False
    """The daemon has not answered for too long."""
    is_stuck: bool = False
    """A negotiation has been under way for too long."""


def tunnel_steps(
    place: places.TunnelPlace,
    wanted: intent.TunnelIntent | None,
    facts: observation.TunnelFacts,
    around: Around = Around(),
) -> tuple[steps.Step, ...]:
    """Plan one tunnel; its partner's steps never appear here."""
    if wanted is None:
        return _remove_tunnel(place, facts)
    return (
        *_tunnel_outside(place, wanted, facts),
        *_tunnel_daemon(place, wanted, facts, around),
    )


def _remove_tunnel(
    place: places.TunnelPlace, facts: observation.TunnelFacts
) -> tuple[steps.Step, ...]:
    planned: list[steps.Step] = []
    if facts.has_namespace or facts.daemon.is_running:
        planned.append(steps.StopIkeDaemon(place=place))
    if facts.has_namespace:
        planned.append(steps.DisconnectUnderlay(place=place))
        planned.append(steps.DeleteNamespace(name=place.namespace))
    return tuple(planned)


def _tunnel_outside(
    place: places.TunnelPlace, wanted: intent.TunnelIntent, facts: observation.TunnelFacts
) -> tuple[steps.Step, ...]:
    planned: list[steps.Step] = []
    moved = facts.outside_address not in (None, wanted.gateway_address)
    if moved and facts.daemon.is_running:
        planned.append(steps.StopIkeDaemon(place=place))
    if not facts.has_namespace:
        planned.append(steps.CreateNamespace(name=place.namespace, kind=places.PlaceKind.TUNNEL))
    if facts.outside_address != wanted.gateway_address:
        planned.append(
            steps.ConnectUnderlay(
                place=place, address=wanted.gateway_address, zone_id=wanted.zone_id
            )
        )
    return tuple(planned)


def _tunnel_daemon(
    place: places.TunnelPlace,
    wanted: intent.TunnelIntent,
    facts: observation.TunnelFacts,
    around: Around,
) -> tuple[steps.Step, ...]:
    planned: list[steps.Step] = []
    moved = facts.outside_address not in (None, wanted.gateway_address)
    is_lost = moved or not facts.has_namespace
    daemon = observation.NO_DAEMON if is_lost else facts.daemon
    if around.is_frozen and daemon.is_running:
        return (steps.KillIkeDaemon(place=place),)
    if not (daemon.is_running and daemon.is_device_placed):
        planned.append(steps.StartIkeDaemon(place=place))
    if around.is_stuck and needs_anew(daemon):
        planned.append(steps.TerminateSas(place=place))
    is_stale = daemon.loaded != wanted.digest
    if is_stale or daemon.is_refusing:
        planned.append(steps.LoadConnection(place=place, tunnel=wanted))
    has_sas = bool(daemon.sas)
    if is_stale and has_sas:
        # An edit takes effect by negotiating anew; the partner carries the traffic meanwhile.
        planned += _renegotiation(place, wanted, daemon)
    planned += _arming(place, wanted, daemon, around)
    is_immediate = wanted.initiation is ike.Initiation.IMMEDIATE
    starts = is_immediate or daemon.was_up or around.has_traffic
    if starts and (is_stale or needs_initiation(daemon)):
        planned.append(steps.Initiate(place=place))
    return tuple(planned)


def _arming(
    place: places.TunnelPlace,
    wanted: intent.TunnelIntent,
    daemon: observation.DaemonFacts,
    around: Around,
) -> tuple[steps.Step, ...]:
    """Plan whether the first packet may find its way to a tunnel that is not up."""
    if daemon.sas is None:
        return ()
    is_wanted = is_armed_when_down(wanted, around) and not daemon.children_installed
    if daemon.is_armed is is_wanted:
        return ()
    step = steps.ArmTunnel(place=place) if is_wanted else steps.DisarmTunnel(place=place)
    return (step,)


def is_armed_when_down(wanted: intent.TunnelIntent, around: Around) -> bool:
    """Tell whether a tunnel without a child SA waits for a packet; beside a good partner not."""
    return wanted.initiation is ike.Initiation.ON_TRAFFIC and not around.is_partner_up


def _renegotiation(
    place: places.TunnelPlace, wanted: intent.TunnelIntent, daemon: observation.DaemonFacts
) -> tuple[steps.Step, ...]:
    match edits.impact(daemon.loaded, wanted):
        case edits.Impact.NEXT_KEY:
            # What was begun with the key before, and carries nothing, can only fail.
            return () if daemon.children_installed else (steps.TerminateSas(place=place),)
        case edits.Impact.REKEY_CHILD:
            return (steps.RenewSas(place=place, tunnel=wanted, keeps_ike=True),)
        case edits.Impact.RENEW_IKE:
            return (steps.RenewSas(place=place, tunnel=wanted, keeps_ike=False),)
        case edits.Impact.NOTHING | edits.Impact.REESTABLISH_IKE | edits.Impact.RECREATE:
            return (steps.TerminateSas(place=place),)


def needs_anew(daemon: observation.DaemonFacts) -> bool:
    """Tell whether nothing is installed although something is being negotiated."""
    return bool(daemon.sas) and not daemon.children_installed


def needs_initiation(daemon: observation.DaemonFacts) -> bool:
    """Tell whether nothing is installed and nothing is being negotiated.

    A daemon that did not answer is left alone: unknown is not down.
    """
    if daemon.sas is None or daemon.children_installed:
        return False
    return all(sa.is_established for sa in daemon.sas)


def router_steps(
    mark: str,
    place: places.RouterPlace,
    wanted: intent.RouterIntent | None,
    facts: observation.RouterFacts,
    withdrawn: frozenset[str] = frozenset(),
) -> tuple[steps.Step, ...]:
    """Plan one transit router.

    Args:
        mark: The node's mark.
        place: Where the router lives.
        wanted: What it shall be; None: nothing of it shall be left.
        facts: What it is.
        withdrawn: Devices that shall not be used as next hops for now.
    """
    if wanted is None:
        if not (facts.has_namespace or facts.is_daemon_running):
            return ()
        return (
            steps.StopRoutingDaemon(router=place),
            steps.DeleteNamespace(name=place.namespace),
        )
    return (
        *_unplug_vpcs(mark, place, wanted, facts),
        *_router_namespace(mark, place, wanted, facts),
        *_plug_vpcs(mark, place, wanted, facts),
        *_session_addresses(mark, place, wanted, facts),
        *_router_routing(
            place,
            facts,
            withdrawal.without(routing.routing_config(mark, wanted), withdrawn),
            routing.policy_rules(mark, wanted),
        ),
        *_detours(mark, place, wanted, facts),
    )


def _unplug_vpcs(
    mark: str,
    place: places.RouterPlace,
    wanted: intent.RouterIntent,
    facts: observation.RouterFacts,
) -> tuple[steps.Step, ...]:
    plugged = {places.VpcPlace.of(mark, plug.vpc_id).device for plug in wanted.vpcs}
    # A link that a crash left half made is a device without published routes.
    half_made = {device for device in facts.devices if device.startswith(f"{mark}v")}
    return tuple(
        steps.DisconnectVpc(router=place, device=device)
        for device in sorted(half_made.union(facts.published_vpcs))
        if device not in plugged
    )


def _router_namespace(
    mark: str,
    place: places.RouterPlace,
    wanted: intent.RouterIntent,
    facts: observation.RouterFacts,
) -> tuple[steps.Step, ...]:
    planned: list[steps.Step] = []
    if not facts.has_namespace:
        planned.append(steps.CreateNamespace(name=place.namespace, kind=places.PlaceKind.ROUTER))
    refusals = routing.packet_filter(mark, wanted, facts.mtus)
    digest = intent.digest(refusals)
    if facts.firewall != digest:
        planned.append(steps.SetFirewall(router=place, refusals=refusals, digest=digest))
    return tuple(planned)


def _plug_vpcs(
    mark: str,
    place: places.RouterPlace,
    wanted: intent.RouterIntent,
    facts: observation.RouterFacts,
) -> tuple[steps.Step, ...]:
    planned: list[steps.Step] = []
    for plug in wanted.vpcs:
        vpc = places.VpcPlace.of(mark, plug.vpc_id)
        if facts.published_vpcs.get(vpc.device) is not plug.publish_routes:
            planned.append(steps.ConnectVpc(router=place, vpc=vpc, all_traffic=plug.publish_routes))
    return tuple(planned)


def _session_addresses(
    mark: str,
    place: places.RouterPlace,
    wanted: intent.RouterIntent,
    facts: observation.RouterFacts,
) -> tuple[steps.Step, ...]:
    """Plan the addresses of devices that are there; a new device brings another look along."""
    addresses = routing.session_addresses(mark, wanted)
    planned: list[steps.Step] = []
    for device, present in sorted(facts.session_addresses.items()):
        address = addresses.get(device)
        if present != (frozenset() if address is None else {address}):
            planned.append(steps.SetSessionAddress(router=place, device=device, address=address))
    return tuple(planned)


def _router_routing(
    place: places.RouterPlace,
    facts: observation.RouterFacts,
    config: forwarding.RoutingConfig,
    rules: frozenset[tuple[str, int]],
) -> tuple[steps.Step, ...]:
    planned: list[steps.Step] = []
    if not facts.is_daemon_running:
        planned.append(steps.StartRoutingDaemon(router=place))
    if not facts.is_daemon_running or facts.routing != intent.digest(config):
        planned.append(steps.ApplyRouting(router=place, config=config))
    if not facts.has_namespace or facts.rules != rules:
        planned.append(steps.SetRules(router=place, rules=rules))
    return tuple(planned)


def _detours(
    mark: str,
    place: places.RouterPlace,
    wanted: intent.RouterIntent,
    facts: observation.RouterFacts,
) -> tuple[steps.Step, ...]:
    """Plan the detours of devices that are there; last, since all the rest does without them."""
    possible = frozenset(
        each
        for each in routing.detours(mark, wanted)
        if each.device in facts.devices and each.partner in facts.devices
    )
    if facts.detours is None or facts.detours == possible:
        return ()
    return (steps.SetDetours(router=place, detours=possible),)


def vpc_steps(
    place: places.VpcPlace, wanted: intent.VpcIntent | None, facts: observation.VpcFacts
) -> tuple[steps.Step, ...]:
    """Plan one VPC."""
    if wanted is None:
        return (steps.DeleteNamespace(name=place.namespace),) if facts.has_namespace else ()
    bridges = {places.bridge_name(vswitch.vswitch_id): vswitch for vswitch in wanted.vswitches}
    planned: list[steps.Step] = [
        steps.DeleteBridge(vpc=place, bridge=name)
        for name in sorted(facts.bridges)
        if name not in bridges
    ]
    if not facts.has_namespace:
        planned.append(steps.CreateNamespace(name=place.namespace, kind=places.PlaceKind.VPC))
    for name, vswitch in bridges.items():
        if facts.bridges.get(name) != vswitch.gateway:
            planned.append(
                steps.CreateBridge(
                    vpc=place,
                    bridge=name,
                    address=vswitch.gateway,
                    prefix_length=vswitch.prefix.prefixlen,
                )
            )
    return tuple(planned)
