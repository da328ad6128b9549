"""Rows to intents. Each takes a constant number of queries, whatever is plugged in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from futago.domain import connection, ids, ike, net
from futago.plan import intent
from futago.services import bgp, private_addresses, tasks, views
from futago.store import (
    attachments,
    connections,
    route_entries,
    routers,
    rows,
    schema,
    unit_of_work,
    vpcs,
)
from futago.store import bgp as bgp_rows

_GATEWAY_FROM_END: Final = 2
"""The VPC router is the last but one host of a segment, as with the vendor (x.x.x.253 in a /24)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Both ends of a tunnel outside."""

    address: IPv4Address
    zone_id: ids.ZoneId
    peer_address: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What a node shall have of a resource; None is nothing."""

    generation: int
    intent: intent.Intent | None


_EVERYTHING: Final = ((net.ANY,), (net.ANY,))
_NOTHING: Final = Compiled(generation=0, intent=None)


def compile_connection(work: unit_of_work.UnitOfWork, connection_id: str) -> Compiled:
    """Compile a connection: something only while it is attached and has its seats."""
    row = work.session.get(schema.ConnectionRow, connection_id)
    if row is None:
        return _NOTHING
    attachment = attachments.of_resource(work.session, connection_id)
    tunnels = connections.tunnels_of(work.session, (connection_id,))[connection_id]
    if attachment is None or attachment.deleting:
        return Compiled(generation=row.generation, intent=None)
    compiled = (_tunnel(row, tunnel) for tunnel in tunnels)
    return Compiled(
        generation=row.generation,
        intent=intent.ConnectionIntent(
            connection_id=ids.ConnectionId(row.id),
            router_id=ids.RouterId(attachment.router_id),
            tunnels=tuple(tunnel for tunnel in compiled if tunnel is not None),
            probes=tuple(probe for each in tunnels for probe in _probe(each.row)),
            tasks=tasks.of_connection(work, connection_id),
        ),
    )


def compile_router(work: unit_of_work.UnitOfWork, router_id: str) -> Compiled:
    """Compile a transit router with everything that is plugged into it."""
    row = work.session.get(schema.RouterRow, router_id)
    if row is None:
        return _NOTHING
    if row.deleting:
        return Compiled(generation=row.generation, intent=None)
    plugs = _Plugs(work, router_id)
    vpns = tuple(map(plugs.vpn, plugs.of_kind(views.AttachmentKind.VPN)))
    tables = [table for table in routers.tables_of(work.session, router_id) if not table.deleting]
    return Compiled(
        generation=row.generation,
        intent=intent.RouterIntent(
            router_id=ids.RouterId(row.id),
            tables=tuple(
                intent.TableIntent(
                    table_id=ids.RouteTableId(table.id), kernel_table=table.kernel_table
                )
                for table in tables
            ),
            vpcs=tuple(map(plugs.vpc, plugs.of_kind(views.AttachmentKind.VPC))),
            vpns=vpns,
            entries=(*_entries(work, tables), *_block_entries(work, router_id, vpns)),
        ),
    )


def compile_vpc(work: unit_of_work.UnitOfWork, vpc_id: str) -> Compiled:
    """Compile a VPC with its vSwitches."""
    row = work.session.get(schema.VpcRow, vpc_id)
    if row is None:
        return _NOTHING
    if row.deleting:
        return Compiled(generation=row.generation, intent=None)
    inside = vpcs.vswitches_of(work.session, (vpc_id,))[vpc_id]
    return Compiled(
        generation=row.generation,
        intent=intent.VpcIntent(
            vpc_id=ids.VpcId(row.id),
            vswitches=tuple(
                intent.VSwitchIntent(
                    vswitch_id=ids.VSwitchId(vswitch.id),
                    prefix=vswitch.prefix,
                    gateway=gateway_of(vswitch.prefix),
                )
                for vswitch in inside
            ),
        ),
    )


def _entries(
    work: unit_of_work.UnitOfWork, tables: Sequence[schema.RouteTableRow]
) -> tuple[intent.EntryIntent, ...]:
    return tuple(
        intent.EntryIntent(
            table_id=ids.RouteTableId(row.table_id),
            prefix=row.prefix,
            attachment_id=ids.AttachmentId(row.attachment_id) if row.attachment_id else None,
        )
        for row in route_entries.of_tables(work.session, [table.id for table in tables])
        if not row.deleting
    )


def _block_entries(
    work: unit_of_work.UnitOfWork, router_id: str, vpns: Sequence[intent.VpnPlug]
) -> tuple[intent.EntryIntent, ...]:
    """Give the router's blocks as blackholes of the tables that learn from private connections."""
    private = connections.private_on(work.session, router_id) if vpns else set()
    learning = {each for p in vpns if p.connection_id in private for each in p.propagations}
    if not learning:
        return ()
    blocks = private_addresses.learned_blocks(work, router_id, private)
    return tuple(
        intent.EntryIntent(table_id=table_id, prefix=block.prefix, attachment_id=None)
        for table_id in sorted(learning)
        for block in blocks
    )


def gateway_of(prefix: IPv4Network) -> IPv4Address:
    """Give the address of the VPC's router in a vSwitch."""
    return prefix.broadcast_address - _GATEWAY_FROM_END


def _tunnel(row: schema.ConnectionRow, full: connections.FullTunnel) -> intent.TunnelIntent | None:
    address, zone_id = full.row.gateway_address, full.row.zone_id
    if address is None or zone_id is None:
        return None
    place = Ends(address=address, zone_id=ids.ZoneId(zone_id), peer_address=full.peer_address)
    return tunnel_intent(row, rows.tunnel_of(full.row), place, key_overlap(full.row))


def key_overlap(row: rows.TunnelColumns) -> intent.KeyOverlap | None:
    """Give how long the key before may still be used; None where only one key counts."""
    if row.previous_psk_version is None or row.psk_overlap_until is None:
        return None
    return intent.KeyOverlap(previous_version=row.previous_psk_version, until=row.psk_overlap_until)


def tunnel_intent(
    around: schema.ConnectionRow | connection.VpnConnection,
    tunnel: connection.Tunnel,
    ends: Ends,
    overlap: intent.KeyOverlap | None = None,
) -> intent.TunnelIntent:
    """Give what a node shall have of a tunnel, as it is stored or as an edit would make it."""
    return intent.TunnelIntent(
        tunnel_id=tunnel.id,
        index=tunnel.index,
        zone_id=ends.zone_id,
        gateway_address=ends.address,
        peer_address=ends.peer_address,
        local_identity=tunnel.local_identity or ike.Identity.of_address(ends.address),
        remote_identity=tunnel.remote_identity or ike.Identity.of_address(ends.peer_address),
        ike_profile=tunnel.ike_profile,
        esp_profile=tunnel.esp_profile,
        # Sorted, so that the same prefixes in another order change nothing.
        local_ts=tuple(sorted(around.local_ts)),
        remote_ts=tuple(sorted(around.remote_ts)),
        dpd=tunnel.dpd,
        nat_traversal=tunnel.nat_traversal,
        initiation=ike.Initiation(around.initiation),
        psk_version=tunnel.psk_version,
        key_overlap=overlap,
        bandwidth=connection.TunnelBandwidth(around.bandwidth),
    )


def _probe(row: rows.TunnelColumns) -> tuple[intent.ProbeIntent, ...]:
    if row.probe_target is None or row.probe_source is None or row.gateway_address is None:
        return ()
    return (
        intent.ProbeIntent(
            tunnel_id=ids.TunnelId(row.id), target=row.probe_target, source=row.probe_source
        ),
    )


class _Plugs:
    """Everything on a router, read at once."""

    def __init__(self, work: unit_of_work.UnitOfWork, router_id: str) -> None:
        self._attached = [
            row for row in attachments.of_router(work.session, router_id) if not row.deleting
        ]
        resource_ids = [row.resource_id for row in self._attached]
        self._associations = {
            attachment_id: ids.RouteTableId(table_id)
            for attachment_id, table_id in attachments.staying_associations(work.session, router_id)
        }
        self._propagations: dict[str, list[ids.RouteTableId]] = defaultdict(list)
        for attachment_id, table_id in attachments.staying_propagations(work.session, router_id):
            self._propagations[attachment_id].append(ids.RouteTableId(table_id))
        self._destinations: dict[str, list[IPv4Network]] = defaultdict(list)
        for connection_id, prefix in attachments.staying_destinations(work.session, router_id):
            self._destinations[connection_id].append(prefix)
        self._tunnels = connections.tunnel_ids_of(work.session, resource_ids)
        self._speakers = bgp_rows.speakers_of(work.session, resource_ids)
        owners = {each.account_id for several in self._speakers.values() for each in several}
        self._limits = bgp.limits(work, owners)
        self._flows = connections.protected_flows_on(work.session, router_id)
        self._vswitches = vpcs.vswitches_of(work.session, resource_ids)

    def of_kind(self, kind: views.AttachmentKind) -> Sequence[schema.AttachmentRow]:
        """Give the attachments of a kind, oldest first."""
        return [row for row in self._attached if row.kind == kind.value]

    def vpc(self, row: schema.AttachmentRow) -> intent.VpcPlug:
        """Compile a VPC attachment."""
        return intent.VpcPlug(
            attachment_id=ids.AttachmentId(row.id),
            vpc_id=ids.VpcId(row.resource_id),
            prefixes=tuple(vswitch.prefix for vswitch in self._vswitches[row.resource_id]),
            publish_routes=row.auto_publish,
            association=self._associations.get(row.id),
            propagations=tuple(self._propagations[row.id]),
        )

    def vpn(self, row: schema.AttachmentRow) -> intent.VpnPlug:
        """Compile a VPN attachment."""
        local_ts, remote_ts = self._flows.get(row.resource_id, _EVERYTHING)
        return intent.VpnPlug(
            attachment_id=ids.AttachmentId(row.id),
            connection_id=ids.ConnectionId(row.resource_id),
            tunnel_ids=tuple(map(ids.TunnelId, self._tunnels[row.resource_id])),
            destinations=tuple(self._destinations[row.resource_id]),
            association=self._associations.get(row.id),
            propagations=tuple(self._propagations[row.id]),
            bgp=tuple(
                bgp.to_intent(each, self._limits[each.account_id])
                for each in self._speakers.get(row.resource_id, ())
            ),
            announces_routes=row.auto_publish,
            local_ts=tuple(sorted(local_ts)),
            remote_ts=tuple(sorted(remote_ts)),
        )
