"""Diagnoses of connections: five items at once, two as soon as the node has sent its pings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from pydantic import TypeAdapter

from futago.domain import ids, tasks
from futago.plan import checkups, path_model, paths
from futago.services import (
    access,
    compilation,
    connections,
    filters,
    quotas,
    route_entries,
    task_refusals,
    views,
)
from futago.services import paths as path_services
from futago.services import tasks as task_services
from futago.store import attachments, bgp_routes, diagnoses, schema, schema_tasks, unit_of_work
from futago.store import connections as connection_rows

PREFIX: Final = "dgn-"
Ends = tuple[IPv4Address, IPv4Address]
_KEPT: Final = TypeAdapter(tuple[checkups.Finding, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The tasks whose outcome a diagnosis waits for."""

    outside: tuple[str, ...]
    inside: str | None = None
    source: str = ""
    target: str = ""
    why: str = ""
    """The first broken hop between the two."""


_PLANNED: Final = TypeAdapter(Planned)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisView:
    """A diagnosis as far as it is; it has ended when all items are there."""

    diagnosis_id: str
    connection_id: ids.ConnectionId
    begun_at: datetime
    finished_at: datetime | None
    findings: tuple[checkups.Finding, ...]


def start(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    ends: Ends | None,
    requested_by: str,
) -> DiagnosisView:
    """Start a diagnosis; while one of the connection is under way, give that one.

    Raises:
        ConnectionNotFound, ConnectionNotAttached: There is nothing to look at.
        PathForeign, PathNotThrough: Of the addresses, as `paths.test`.
    """
    view = task_services.require_placed(work, scope, connection_id)
    newest = diagnoses.newest(work.session, connection_id)
    if newest is not None:
        known = _view(work, scope, view, newest)
        if known.finished_at is None:
            return known
    asking = _Asking(work, scope, view, requested_by)
    findings = [*_items(work, scope, view)]
    planned, found = asking.plan(ends)
    row = schema_tasks.DiagnosisRow(
        id=PREFIX + task_services.new_suffix(work),
        connection_id=view.connection.id,
        requested_at=scope.now,
        findings=_KEPT.dump_json((*findings, *found)).decode(),
        task_ids=_PLANNED.dump_json(planned).decode(),
    )
    diagnoses.add(work.session, row)
    return _view(work, scope, view, row)


def result(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_id: str, diagnosis_id: str
) -> DiagnosisView:
    """Give a diagnosis as far as it is.

    Raises:
        ConnectionNotFound: Not in this account and region.
        TaskNotFound: The connection has no such diagnosis.
    """
    view = connections.describe_connection(work, scope, connection_id)
    row = diagnoses.find(work.session, diagnosis_id)
    if row is None or row.connection_id != connection_id:
        raise task_refusals.TaskNotFound(
            f"{connection_id} has no diagnosis {diagnosis_id[:64]!r}; start one with"
            " StartConnectionDiagnosis.",
            value=diagnosis_id,
        )
    return _view(work, scope, view, row)


class _Asking:
    """Has the node send pings."""

    def __init__(
        self,
        work: unit_of_work.UnitOfWork,
        scope: access.Scope,
        view: views.ConnectionView,
        requested_by: str,
    ) -> None:
        self._work = work
        self._scope = scope
        self._view = view
        self._by = requested_by

    def plan(self, ends: Ends | None) -> tuple[Planned, tuple[checkups.Finding, ...]]:
        """Ask for the pings; give with them what is known of the inside without any."""
        outside = tuple(
            self._ping(each, tasks.PingSpec(source=each.gateway_address, target=each.peer_address))
            for each in self._view.tunnels
            if each.gateway_address is not None
        )
        if ends is None:
            return Planned(outside=outside), (_by_probes(self._view),)
        report = path_services.test(self._work, self._scope, self._view.connection.id, ends)
        why = _why(report.broken)
        source, target = str(report.world.near), str(report.world.far)
        spec = self._inside(report.world)
        if spec is None:
            return Planned(outside=outside), (checkups.inside_by_ping(source, target, None, why),)
        return (
            Planned(
                outside=outside,
                inside=self._ping(self._view.tunnels[0], spec),
                source=source,
                target=target,
                why=why,
            ),
            (),
        )

    def _inside(self, world: path_model.World) -> tasks.PingSpec | None:
        """Ping from the address that the VPC's router has beside the host."""
        vpc = world.vpc
        vswitch_id = vpc.vswitch(world.near) if vpc else None
        if vpc is None or vswitch_id is None:
            return None
        return tasks.PingSpec(
            source=compilation.gateway_of(vpc.vswitches[vswitch_id]),
            target=world.far,
            vpc_id=ids.VpcId(vpc.vpc_id),
        )

    def _ping(self, tunnel: views.TunnelView, spec: tasks.PingSpec) -> str:
        wish = task_services.Wish(kind=tasks.TaskKind.PING, ping=spec)
        names = (self._view.connection.id, tunnel.tunnel.id)
        return task_services.request(self._work, self._scope, names, wish, self._by).task_id


def _items(
    work: unit_of_work.UnitOfWork, scope: access.Scope, view: views.ConnectionView
) -> Iterator[checkups.Finding]:
    """Look at everything that needs no packet."""
    row = attachments.of_resource(work.session, view.connection.id)
    own = _own_routes(work, view, row)
    is_ours = row is not None and view.attachment is not None and not view.attachment.is_foreign
    yield checkups.routes(own, _foreign(work, scope, row) if row is not None and is_ours else ())
    code = quotas.QuotaCode
    destinations = attachments.destinations_of(work.session, (view.connection.id,))
    yield checkups.quota(
        checkups.ROUTE_QUOTA,
        (
            _usage(work, scope, code.DESTINATIONS_PER_CONNECTION, len(destinations)),
            *_sessions(work, scope, view),
        ),
    )
    used = connection_rows.count(work.session, scope)
    yield checkups.quota(
        checkups.CONNECTION_QUOTA, (_usage(work, scope, code.CONNECTIONS_PER_REGION, used),)
    )
    side = max(len(view.connection.local_ts), len(view.connection.remote_ts))
    yield checkups.quota(checkups.FLOW_QUOTA, (_usage(work, scope, code.PREFIXES_PER_SIDE, side),))
    yield checkups.consistency(
        checkups.Applied(
            is_current=view.state.value == "attached",
            fault=view.fault.message if view.fault else "",
            reasons={
                each.tunnel.id: each.facts.failure
                for each in view.tunnels
                if each.facts.failure is not None
            },
        )
    )


def _own_routes(
    work: unit_of_work.UnitOfWork, view: views.ConnectionView, row: schema.AttachmentRow | None
) -> list[IPv4Network]:
    found = [
        each.prefix
        for each in attachments.destinations_of(work.session, (view.connection.id,))
        if not each.deleting
    ]
    if row is not None:
        learned = (bgp_routes.Group.LEARNED,)
        found += [
            each.prefix for each in bgp_routes.of_attachments(work.session, (row.id,), learned)
        ]
    return found


def _foreign(
    work: unit_of_work.UnitOfWork, scope: access.Scope, row: schema.AttachmentRow
) -> Iterator[checkups.ForeignRoute]:
    """Give what leads elsewhere in the tables to which the connection propagates."""
    for bound in attachments.propagations_of(work.session, (row.id,)):
        table = work.session.get_one(schema.RouteTableRow, bound.table_id)
        entries = route_entries.compute(work, table, filters.RouteEntryFilter(), scope.now)
        for entry in entries:
            hop = entry.next_hop
            if hop is None or hop.attachment_id != row.id:
                yield checkups.ForeignRoute(
                    table_id=table.id,
                    prefix=entry.prefix,
                    target=hop.resource_id if hop else "blackhole",
                    is_active=entry.status.value == "active",
                )


def _usage(
    work: unit_of_work.UnitOfWork, scope: access.Scope, code: quotas.QuotaCode, used: int
) -> checkups.Usage:
    limit = quotas.limit(work, scope.account_id, code)
    return checkups.Usage(quota=code.value, used=used, limit=limit)


def _sessions(
    work: unit_of_work.UnitOfWork, scope: access.Scope, view: views.ConnectionView
) -> list[checkups.Usage]:
    code = quotas.QuotaCode.BGP_PREFIXES_PER_PEER
    return [
        _usage(work, scope, code, each.bgp.facts.imported)
        for each in view.tunnels
        if each.bgp is not None and each.bgp.facts is not None
    ]


def _by_probes(view: views.ConnectionView) -> checkups.Finding:
    return checkups.inside_by_probes(
        [
            checkups.InsideProbe(
                tunnel_id=each.tunnel.id,
                target=str(probe.target or ""),
                verdict=probe.verdict,
                rtt_ms=probe.rtt_ms,
                loss=probe.loss,
            )
            for each in view.tunnels
            if (probe := each.facts.probe) is not None
        ]
    )


def _why(broken: paths.Step | None) -> str:
    return "" if broken is None else f"First broken: {broken.text}"


def _view(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    view: views.ConnectionView,
    row: schema_tasks.DiagnosisRow,
) -> DiagnosisView:
    """Put together what was found, and the pings that have come back."""
    planned = _PLANNED.validate_json(row.task_ids)
    found = {each.name: each for each in _KEPT.validate_json(row.findings)}
    pinged = {
        each.task_id: each
        for each in task_services.views_of(
            work, (*planned.outside, *filter(None, [planned.inside])), scope.now
        )
    }
    outside = [pinged[each] for each in planned.outside if each in pinged]
    if all(each.state.is_final for each in outside):
        found[checkups.OUTSIDE] = checkups.outside([_outside(view, each) for each in outside])
    inside = pinged.get(planned.inside or "")
    if inside is not None and inside.state.is_final:
        found[checkups.INSIDE] = checkups.inside_by_ping(
            planned.source, planned.target, inside.pinged, planned.why
        )
    is_complete = all(name in found for name in checkups.ITEMS)
    ended = [each.finished_at for each in pinged.values() if each.finished_at]
    return DiagnosisView(
        diagnosis_id=row.id,
        connection_id=view.connection.id,
        begun_at=row.requested_at,
        finished_at=max(ended, default=row.requested_at) if is_complete else None,
        findings=tuple(found[name] for name in checkups.ITEMS if name in found),
    )


def _outside(view: views.ConnectionView, task: task_services.TaskView) -> checkups.OutsidePing:
    (tunnel,) = (each for each in view.tunnels if each.tunnel.id == task.tunnel_id)
    asked = task.ping
    return checkups.OutsidePing(
        tunnel_id=task.tunnel_id,
        source=str(asked.source) if asked else "",
        target=str(asked.target) if asked else "",
        result=task.pinged,
        is_ike_up=bool(tunnel.facts.ike_established),
    )
