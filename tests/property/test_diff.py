"""The plan reaches its goal: applying the difference leaves no difference."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from futago.domain import connection, crypto, forwarding, ids, ike, net
from futago.plan import diff, intent, observation, places, routing, steps

MARK = "fg"
ROUTER = ids.RouterId("tr-" + "r" * 17)
TUNNEL = ids.TunnelId("tun-" + "a" * 17)
PREFIXES = tuple(map(IPv4Network, ("10.0.0.0/16", "192.168.10.0/24", "0.0.0.0/0")))
TABLES = tuple(ids.RouteTableId("vtb-" + letter * 17) for letter in "xyz")
SA_UP = observation.IkeSaFacts(unique_id="1", is_established=True, children_installed=1)
SA_NEW = observation.IkeSaFacts(unique_id="2", is_established=False, children_installed=0)

addresses = st.integers(min_value=1, max_value=250).map(lambda n: IPv4Address(f"198.51.100.{n}"))


def a_tunnel(address: IPv4Address, psk_version: int, initiation: ike.Initiation):
    return intent.TunnelIntent(
        tunnel_id=TUNNEL,
        index=connection.TunnelIndex.ONE,
        zone_id=ids.ZoneId("z-a"),
        gateway_address=address,
        peer_address=IPv4Address("203.0.113.10"),
        local_identity=ike.Identity.of_address(address),
        remote_identity=ike.Identity.parse("203.0.113.10"),
        ike_profile=ike.IkeProfile(encryption=crypto.Encryption.AES256),
        esp_profile=ike.EspProfile(),
        local_ts=(net.ANY,),
        remote_ts=(net.ANY,),
        dpd=True,
        nat_traversal=True,
        initiation=initiation,
        psk_version=psk_version,
    )


tunnels = st.builds(
    a_tunnel, addresses, st.integers(min_value=1, max_value=3), st.sampled_from(ike.Initiation)
)
daemons = st.builds(
    observation.DaemonFacts,
    is_running=st.booleans(),
    is_device_placed=st.booleans(),
    loaded=st.one_of(st.none(), tunnels.map(lambda t: t.digest)),
    sas=st.sampled_from([(), (SA_UP,), (SA_NEW,), (SA_UP, SA_NEW), None]),
    was_up=st.booleans(),
    is_armed=st.booleans(),
)
arounds = st.builds(diff.Around, is_partner_up=st.booleans(), has_traffic=st.booleans())
tunnel_facts = st.builds(
    observation.TunnelFacts,
    has_namespace=st.booleans(),
    outside_address=st.one_of(st.none(), addresses),
    daemon=daemons,
)


class ModelTunnel:
    """A naive node: what each step does to the facts of one tunnel."""

    def __init__(self, facts: observation.TunnelFacts) -> None:
        self.facts = facts

    def apply(self, step: steps.Step) -> None:
        facts, daemon = self.facts, self.facts.daemon
        match step:
            case steps.CreateNamespace():
                facts = replace(facts, has_namespace=True)
            case steps.DeleteNamespace():
                assert not daemon.is_running, "a namespace goes after its daemon"
                facts = observation.TunnelFacts(
                    has_namespace=False, outside_address=None, daemon=observation.NO_DAEMON
                )
            case steps.ConnectUnderlay():
                assert facts.has_namespace
                facts = replace(facts, outside_address=step.address)
            case steps.DisconnectUnderlay():
                facts = replace(facts, outside_address=None)
            case steps.StartIkeDaemon():
                assert facts.outside_address is not None
                started = observation.DaemonFacts(
                    is_running=True,
                    is_device_placed=True,
                    loaded=None,
                    sas=(),
                    was_up=daemon.was_up,
                )
                healthy = daemon.is_running and daemon.is_device_placed
                facts = replace(facts, daemon=daemon if healthy else started)
            case steps.StopIkeDaemon():
                facts = replace(facts, daemon=observation.NO_DAEMON)
            case steps.LoadConnection():
                assert facts.daemon.is_running
                facts = replace(facts, daemon=replace(daemon, loaded=step.tunnel.digest))
            case steps.RenewSas():
                facts = replace(facts, daemon=replace(daemon, sas=(SA_UP,)))
            case steps.TerminateSas():
                facts = replace(facts, daemon=replace(daemon, sas=()))
            case steps.ArmTunnel():
                facts = replace(facts, daemon=replace(daemon, is_armed=True))
            case steps.DisarmTunnel():
                facts = replace(facts, daemon=replace(daemon, is_armed=False))
            case steps.Initiate():
                facts = replace(facts, daemon=replace(daemon, sas=(SA_UP,), was_up=False))
            case _:
                raise AssertionError(f"{step} is not about a tunnel")
        self.facts = facts


@given(st.one_of(st.none(), tunnels), tunnel_facts, arounds)
def test_after_the_steps_of_a_tunnel_nothing_is_left_to_do(wanted, facts, around):
    place = places.TunnelPlace.of(MARK, TUNNEL, ROUTER)
    model = ModelTunnel(facts)
    # A daemon that was started anew has to be loaded, then armed: as three passes of the agent.
    for _ in range(3):
        for step in diff.tunnel_steps(place, wanted, model.facts, around):
            model.apply(step)
    assert diff.tunnel_steps(place, wanted, model.facts, around) == ()


@given(tunnels, tunnel_facts)
def test_a_tunnel_that_is_as_wanted_is_left_alone(wanted, facts):
    place = places.TunnelPlace.of(MARK, TUNNEL, ROUTER)
    up = observation.DaemonFacts(
        is_running=True, is_device_placed=True, loaded=wanted.digest, sas=(SA_UP,)
    )
    facts = observation.TunnelFacts(
        has_namespace=True, outside_address=wanted.gateway_address, daemon=up
    )
    assert diff.tunnel_steps(place, wanted, facts) == ()


@given(tunnels)
def test_a_tunnel_that_was_up_is_negotiated_anew_whoever_started_it(wanted):
    place = places.TunnelPlace.of(MARK, TUNNEL, ROUTER)
    died = replace(observation.NO_DAEMON, was_up=True)
    facts = observation.TunnelFacts(
        has_namespace=True, outside_address=wanted.gateway_address, daemon=died
    )
    planned = diff.tunnel_steps(place, wanted, facts)
    assert planned[-1] == steps.Initiate(place=place)
    stopped = replace(facts, daemon=observation.NO_DAEMON)
    is_immediate = wanted.initiation is ike.Initiation.IMMEDIATE
    assert (planned == diff.tunnel_steps(place, wanted, stopped)) is is_immediate


@given(tunnels)
def test_a_daemon_that_does_not_answer_is_not_taken_for_a_dead_one(wanted):
    place = places.TunnelPlace.of(MARK, TUNNEL, ROUTER)
    silent = observation.DaemonFacts(
        is_running=True, is_device_placed=True, loaded=wanted.digest, sas=None
    )
    facts = observation.TunnelFacts(
        has_namespace=True, outside_address=wanted.gateway_address, daemon=silent
    )
    assert diff.tunnel_steps(place, wanted, facts) == ()


@given(tunnels, arounds)
def test_a_tunnel_that_waits_for_traffic_is_armed_unless_its_partner_is_up(wanted, around):
    place = places.TunnelPlace.of(MARK, TUNNEL, ROUTER)
    idle = observation.DaemonFacts(
        is_running=True, is_device_placed=True, loaded=wanted.digest, sas=()
    )
    facts = observation.TunnelFacts(
        has_namespace=True, outside_address=wanted.gateway_address, daemon=idle
    )
    planned = diff.tunnel_steps(place, wanted, facts, around)
    waits = wanted.initiation is ike.Initiation.ON_TRAFFIC
    assert (steps.ArmTunnel(place=place) in planned) is (waits and not around.is_partner_up)
    assert (steps.Initiate(place=place) in planned) is (not waits or around.has_traffic)


suffixes = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=17, max_size=17)
tables = st.sampled_from(TABLES)
vpc_plugs = st.builds(
    intent.VpcPlug,
    attachment_id=suffixes.map(lambda s: ids.AttachmentId(f"tr-attach-{s}")),
    vpc_id=suffixes.map(lambda s: ids.VpcId(f"vpc-{s}")),
    prefixes=st.just((IPv4Network("10.0.0.0/16"),)),
    publish_routes=st.booleans(),
    association=st.one_of(st.none(), tables),
    propagations=st.lists(tables, unique=True).map(tuple),
)


def a_vpn_plug(suffix, destinations, association, propagations, block, *, announces_routes):
    tunnel_ids = tuple(ids.TunnelId(f"tun-{n}{suffix[:16]}") for n in (1, 2))
    return intent.VpnPlug(
        attachment_id=ids.AttachmentId(f"tr-attach-{suffix}"),
        connection_id=ids.ConnectionId(f"vco-{suffix}"),
        tunnel_ids=tunnel_ids,
        destinations=destinations,
        association=association,
        propagations=propagations,
        announces_routes=announces_routes,
        bgp=()
        if block is None
        else tuple(
            a_session(tunnel_id, IPv4Network(f"169.254.{block}.{4 * number}/30"))
            for number, tunnel_id in enumerate(tunnel_ids)
        ),
    )


def a_session(tunnel_id, cidr):
    return intent.BgpIntent(
        tunnel_id=tunnel_id,
        local_asn=45104,
        peer_asn=65001,
        local_address=cidr[1],
        peer_address=cidr[2],
        import_limit=50,
    )


vpn_plugs = st.builds(
    a_vpn_plug,
    suffix=suffixes,
    destinations=st.sampled_from([(), (IPv4Network("192.168.10.0/24"),)]),
    association=st.one_of(st.none(), tables),
    propagations=st.lists(tables, unique=True).map(tuple),
    block=st.none() | st.integers(10, 250),
    announces_routes=st.booleans(),
)


@st.composite
def entries_of(draw, plugs):
    """Static routes, one for a prefix in a table, to plugs of the router or nowhere."""
    targets = st.sampled_from([None, *(plug.attachment_id for plug in plugs)])
    places_of_entries = draw(st.sets(st.tuples(tables, st.sampled_from(PREFIXES)), max_size=4))
    return tuple(
        intent.EntryIntent(table_id=table_id, prefix=prefix, attachment_id=draw(targets))
        for table_id, prefix in sorted(places_of_entries)
    )


bare_routers = st.builds(
    intent.RouterIntent,
    router_id=st.just(ROUTER),
    tables=st.just(
        tuple(
            intent.TableIntent(table_id=table_id, kernel_table=1000 + number)
            for number, table_id in enumerate(TABLES)
        )
    ),
    vpcs=st.lists(vpc_plugs, max_size=3, unique_by=lambda p: p.vpc_id[4:14]).map(tuple),
    vpns=st.lists(vpn_plugs, max_size=3, unique_by=lambda p: p.connection_id[4:13]).map(tuple),
)


@st.composite
def routers_with_entries(draw):
    router = draw(bare_routers)
    return replace(router, entries=draw(entries_of((*router.vpcs, *router.vpns))))


routers = routers_with_entries()


def apply_to_router(facts: observation.RouterFacts, step: steps.Step) -> observation.RouterFacts:
    """What each step does to the facts of a router."""
    match step:
        case steps.CreateNamespace():
            return replace(facts, has_namespace=True)
        case steps.DeleteNamespace():
            assert not facts.is_daemon_running
            return observation.RouterFacts(has_namespace=False)
        case steps.SetFirewall():
            return replace(facts, firewall=step.digest)
        case steps.SetDetours():
            return replace(facts, detours=step.detours)
        case steps.SetRules():
            return replace(facts, rules=step.rules)
        case steps.ConnectVpc():
            assert facts.has_namespace
            linked = {**facts.published_vpcs, step.vpc.device: step.all_traffic}
            return replace(facts, published_vpcs=linked)
        case steps.DisconnectVpc():
            linked = {d: all_ for d, all_ in facts.published_vpcs.items() if d != step.device}
            return replace(facts, published_vpcs=linked)
        case steps.StartRoutingDaemon():
            return replace(facts, is_daemon_running=True)
        case steps.StopRoutingDaemon():
            return replace(facts, is_daemon_running=False, routing=None)
        case steps.SetSessionAddress():
            present = frozenset(() if step.address is None else (step.address,))
            addresses = {**facts.session_addresses, step.device: present}
            return replace(facts, session_addresses=addresses)
        case steps.ApplyRouting():
            assert facts.is_daemon_running
            return replace(facts, routing=intent.digest(step.config))
    raise AssertionError(f"{step} is not about a router")


@given(st.one_of(st.none(), routers), routers, st.booleans(), st.booleans())
def test_after_the_steps_of_a_router_nothing_is_left_to_do(wanted, before, exists, runs):
    place = places.RouterPlace.of(MARK, ROUTER)
    facts = observation.RouterFacts(has_namespace=False)
    if exists:
        for step in diff.router_steps(MARK, place, before, facts):
            facts = apply_to_router(facts, step)
        strange = IPv4Interface("169.254.9.1/30")
        devices = routing.packet_filter(MARK, wanted or before).vpn_devices
        facts = replace(
            facts,
            is_daemon_running=runs,
            devices=frozenset(devices),
            session_addresses={
                device: frozenset({strange} if number % 2 else ())
                for number, device in enumerate(devices)
            },
        )
    for step in diff.router_steps(MARK, place, wanted, facts):
        facts = apply_to_router(facts, step)
    assert diff.router_steps(MARK, place, wanted, facts) == ()


@given(routers)
def test_a_tunnel_has_a_detour_where_both_tunnels_have_a_session_and_a_device(router):
    place = places.RouterPlace.of(MARK, ROUTER)
    wanted = routing.detours(MARK, router)
    paired = {
        places.device_name(MARK, "t", one.tunnel_id) for plug in router.vpns for one in plug.bgp
    }
    assert {each.device for each in wanted} == paired
    assert all(each.device != each.partner for each in wanted)
    for absent in sorted(paired)[:1]:
        facts = observation.RouterFacts(has_namespace=True, devices=frozenset(paired - {absent}))
        planned = diff.router_steps(MARK, place, router, facts)
        made = [step for step in planned if isinstance(step, steps.SetDetours)]
        devices = {each.device for step in made for each in step.detours}
        assert absent not in devices | {each.partner for step in made for each in step.detours}
        unable = replace(facts, detours=None)
        planned = diff.router_steps(MARK, place, router, unable)
        assert not any(isinstance(step, steps.SetDetours) for step in planned)


@given(routers, st.integers(576, 1500))
def test_segments_are_clamped_for_the_smaller_tunnel_of_a_connection(router, mtu):
    for plug in router.vpns:
        devices = [places.device_name(MARK, "t", each) for each in plug.tunnel_ids]
        found = routing.packet_filter(MARK, router, {devices[-1]: mtu}).small_tunnels
        assert {each.mtu for each in found} <= {mtu}
        assert ({each.device for each in found} == set(devices)) is (mtu < 1399)


@given(routers)
def test_each_associated_device_is_looked_up_in_exactly_one_table(router):
    rules = routing.policy_rules(MARK, router)
    devices = [device for device, _ in rules]
    assert len(devices) == len(set(devices))
    expected = sum(1 for plug in router.vpcs if plug.association) + sum(
        len(plug.tunnel_ids) for plug in router.vpns if plug.association
    )
    assert len(rules) == expected


@given(routers)
def test_a_destination_has_both_tunnels_as_next_hops(router):
    config = routing.routing_config(MARK, router)
    for plug in router.vpns:
        devices = tuple(places.device_name(MARK, "t", tunnel) for tunnel in plug.tunnel_ids)
        for source in config.sources:
            if source.table == routing.table_name(plug.connection_id):
                for route in source.routes:
                    assert tuple(hop.device for hop in route.next_hops) == devices


@given(routers)
def test_a_static_route_wins_over_everything_that_its_table_learns(router):
    config = routing.routing_config(MARK, router)
    names = {routing.table_name(table.table_id) for table in router.tables}
    static = [source for source in config.sources if source.table in names]
    learned = [source for source in config.sources if source.table not in names]
    assert all(mine.preference > other.preference for mine in static for other in learned)
    assert sum(len(source.routes) for source in static) == len(router.entries)


@given(routers)
def test_a_static_route_has_all_devices_of_its_attachment_and_a_blackhole_none(router):
    config = routing.routing_config(MARK, router)
    routes = {
        (source.table, route.prefix): {hop.device for hop in route.next_hops}
        for source in config.sources
        for route in source.routes
    }
    devices = {
        plug.attachment_id: {places.VpcPlace.of(MARK, plug.vpc_id).device} for plug in router.vpcs
    }
    devices |= {
        plug.attachment_id: {places.device_name(MARK, "t", tunnel) for tunnel in plug.tunnel_ids}
        for plug in router.vpns
    }
    for entry in router.entries:
        found = routes[routing.table_name(entry.table_id), entry.prefix]
        assert found == devices.get(entry.attachment_id, set())


@given(routers)
def test_a_static_route_without_its_plug_is_no_blackhole(router):
    gone = replace(router, vpcs=(), vpns=())
    config = routing.routing_config(MARK, gone)
    routes = [route for source in config.sources for route in source.routes]
    assert len(routes) == sum(entry.attachment_id is None for entry in router.entries)


@given(suffixes, st.sampled_from(places.PlaceKind))
def test_the_name_of_a_namespace_gives_the_id_back(suffix, kind):
    resource_id = {"t": "tun-", "r": "tr-", "v": "vpc-"}[kind.value] + suffix
    name = places.namespace_name(MARK, kind, resource_id)
    assert places.parse_namespace(MARK, name) == (kind, resource_id)
    assert places.parse_namespace("zz", name) is None


@given(suffixes, st.sampled_from("tuv"), st.sampled_from(["fg", "lab1"]))
def test_device_names_fit_the_kernel(suffix, letter, mark):
    assert len(places.device_name(mark, letter, f"tun-{suffix}")) <= 15


@given(routers)
def test_what_came_from_a_site_reaches_no_other_and_leaks_nowhere(router):
    config = routing.routing_config(MARK, router)
    origin = forwarding.RouteOrigin
    sites = {routing.table_name(plug.connection_id) for plug in router.vpns}
    for pipe in config.pipes:
        assert (pipe.source in sites) is (pipe.origins == (origin.VPN,))
        if pipe.target in sites:
            assert origin.VPN not in pipe.origins
    allowed = {
        (routing.table_name(plug.connection_id), routing.table_name(table_id))
        for plug in router.vpns
        for table_id in plug.propagations
    }
    assert {(pipe.source, pipe.target) for pipe in config.pipes if pipe.source in sites} == allowed


@given(routers)
def test_a_speaking_connection_gets_the_announcements_of_its_associated_table_only(router):
    config = routing.routing_config(MARK, router)
    feeding = {pipe.target: pipe.source for pipe in config.pipes}
    for plug in router.vpns:
        source = feeding.get(routing.table_name(plug.connection_id))
        if plug.bgp and plug.announces_routes and plug.association is not None:
            assert source == feeding_table(plug.association)
            assert feeding[source] == routing.table_name(plug.association)
        else:
            assert source is None


def feeding_table(table_id):
    return routing.table_name(table_id) + "_announced"


@given(routers, tables)
def test_no_change_of_routing_touches_a_session(router, table_id):
    changed = replace(
        router,
        vpns=tuple(
            replace(plug, association=table_id, propagations=(), destinations=())
            for plug in router.vpns
        ),
        entries=(),
        vpcs=(),
    )
    before = routing.routing_config(MARK, router).sessions
    assert routing.routing_config(MARK, changed).sessions == before
