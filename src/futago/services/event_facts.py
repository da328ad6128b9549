"""What is true of a connection now, as facts whose changes are events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from futago.domain import bgp, events, health, status
from futago.plan import failures, liveness, remedies
from futago.services import health as health_service
from futago.services import views
from futago.store import bgp_routes, unit_of_work

NODE_SILENT: Final = "NodeSilent"
_PHASES: Final = {
    events.Aspect.PHASE1: frozenset({failures.Phase.IKE}),
    events.Aspect.PHASE2: frozenset({failures.Phase.CHILD}),
}
_SEVERITIES: Final = {
    failures.Severity.CRITICAL: events.Severity.WARN,
    failures.Severity.WARNING: events.Severity.INFO,
}


def of_attachment(view: views.ConnectionView, attachment_id: str) -> events.Fact:
    """Say where the attachment of a connection is in its life."""
    return events.Fact(
        resource_id=attachment_id,
        aspect=events.Aspect.ATTACHMENT,
        value=view.state.value,
        label=f"{view.connection.id} ({attachment_id})",
    )


def of_connection(
    work: unit_of_work.UnitOfWork,
    view: views.ConnectionView,
    key_versions: Mapping[str, int],
) -> Iterator[events.Fact]:
    """Say how an attached connection and its tunnels are; what nobody knows is left out.

    Args:
        work: To count refused routes.
        view: The connection.
        key_versions: By tunnel id.
    """
    for tunnel in view.tunnels:
        yield from _of_tunnel(view, tunnel)
        yield events.Fact(
            resource_id=tunnel.tunnel.id,
            aspect=events.Aspect.KEY,
            value=str(key_versions.get(tunnel.tunnel.id, 0)),
            label=_label(view, tunnel),
        )
    yield from _of_prefixes(work, view)
    if any(tunnel.facts.ike_established is not None for tunnel in view.tunnels):
        yield _of_health(view)


def silence(view: views.ConnectionView) -> events.Fact:
    """Say that nothing is known, because the node is not heard of."""
    return events.Fact(
        resource_id=view.connection.id,
        aspect=events.Aspect.CONNECTION,
        value=events.UNKNOWN,
        label=view.connection.id,
        reason=NODE_SILENT,
        detail="Its node is not heard of; traffic does not depend on that.",
    )


def of_node(node_id: str, *, is_heard: bool) -> events.Fact:
    """Say whether a node is heard of."""
    return events.Fact(
        resource_id=node_id,
        aspect=events.Aspect.NODE,
        value="heard" if is_heard else "silent",
        label=f"Node {node_id}",
    )


def _of_tunnel(view: views.ConnectionView, tunnel: views.TunnelView) -> Iterator[events.Fact]:
    facts = tunnel.facts
    if facts.ike_established is None:
        return
    failure = facts.failure
    yield _negotiated(view, tunnel, events.Aspect.PHASE1, is_up=facts.ike_established)
    if facts.child_installed is not None:
        yield _negotiated(view, tunnel, events.Aspect.PHASE2, is_up=facts.child_installed)
        yield from _of_state(view, tunnel)
    severity = _SEVERITIES[failure.severity] if failure else events.Severity.WARN
    yield events.Fact(
        resource_id=tunnel.tunnel.id,
        aspect=events.Aspect.REASON,
        value=failure.code.value if failure else "",
        label=_label(view, tunnel),
        reason=failure.code.value if failure else "",
        detail=_sentence(failure),
        severity=severity,
    )
    yield from _of_probe(view, tunnel)
    yield from _of_session(view, tunnel)


def _of_state(view: views.ConnectionView, tunnel: views.TunnelView) -> Iterator[events.Fact]:
    """Say how a tunnel is, all in all; one that is up without its BGP session is up."""
    state = health.of_tunnel(tunnel.proven)
    failure = tunnel.facts.failure
    match state.health:
        case health.Health.UP | health.Health.DEGRADED:
            yield _fact(view, tunnel, events.Aspect.TUNNEL, events.UP, None)
        case health.Health.DOWN:
            yield _fact(view, tunnel, events.Aspect.TUNNEL, events.IDLE, failure)
        case health.Health.UNKNOWN:
            cause = state.blamed[0].cause if state.blamed else None
            if cause is health.CauseCode.NO_PROOF:
                yield events.Fact(
                    resource_id=tunnel.tunnel.id,
                    aspect=events.Aspect.TUNNEL,
                    value=events.UNKNOWN,
                    label=_label(view, tunnel),
                    reason=cause.value,
                    detail=state.blamed[0].detail,
                )


def _negotiated(
    view: views.ConnectionView, tunnel: views.TunnelView, aspect: events.Aspect, *, is_up: bool
) -> events.Fact:
    failure = tunnel.facts.failure
    if is_up:
        return _fact(view, tunnel, aspect, events.SUCCESS, None)
    is_known = failure is not None and failure.phase in _PHASES[aspect]
    return _fact(view, tunnel, aspect, events.FAILED if is_known else events.IDLE, failure)


def _of_probe(view: views.ConnectionView, tunnel: views.TunnelView) -> Iterator[events.Fact]:
    probe = tunnel.facts.probe
    if probe is None or probe.verdict is liveness.Verdict.UNKNOWN:
        return
    is_alive = probe.verdict is liveness.Verdict.ALIVE
    value = events.SUCCESS if is_alive else events.FAILED
    yield _fact(view, tunnel, events.Aspect.HEALTH_CHECK, value, None)


def _of_session(view: views.ConnectionView, tunnel: views.TunnelView) -> Iterator[events.Fact]:
    session = tunnel.bgp
    if session is None or session.status is status.SessionStatus.UNKNOWN:
        return
    is_up = session.status is status.SessionStatus.ESTABLISHED
    words = session.facts.last_error if session.facts and not is_up else None
    yield events.Fact(
        resource_id=tunnel.tunnel.id,
        aspect=events.Aspect.BGP,
        value=events.UP if is_up else events.IDLE,
        label=_label(view, tunnel),
        detail=f"The routing daemon says: {words}." if words else "",
    )


def _of_prefixes(
    work: unit_of_work.UnitOfWork, view: views.ConnectionView
) -> Iterator[events.Fact]:
    sessions = [each.bgp.facts for each in view.tunnels if each.bgp and each.bgp.facts]
    if not sessions or view.attachment is None:
        return
    count = 0
    if any(each.refused for each in sessions):
        refused = bgp_routes.refused(work.session, view.attachment.attachment_id, 1)
        limit = bgp.Refusal.PREFIX_LIMIT.value
        count = next((each.count for each in refused if each.reason == limit), 0)
    yield events.Fact(
        resource_id=view.connection.id,
        aspect=events.Aspect.PREFIXES,
        value="exceeded" if count else "kept",
        label=view.connection.id,
        detail=f"{count} are refused." if count else "",
    )


def _of_health(view: views.ConnectionView) -> events.Fact:
    state = health_service.state_of(view)
    causes = [fact.cause.value for fact in state.blamed if fact.cause is not None]
    return events.Fact(
        resource_id=view.connection.id,
        aspect=events.Aspect.CONNECTION,
        value=state.health.value,
        label=view.connection.id,
        reason=causes[0] if causes else "",
    )


def _fact(
    view: views.ConnectionView,
    tunnel: views.TunnelView,
    aspect: events.Aspect,
    value: str,
    failure: failures.Failure | None,
) -> events.Fact:
    return events.Fact(
        resource_id=tunnel.tunnel.id,
        aspect=aspect,
        value=value,
        label=_label(view, tunnel),
        reason=failure.code.value if failure else "",
        detail=_sentence(failure),
    )


def _label(view: views.ConnectionView, tunnel: views.TunnelView) -> str:
    return f"Tunnel {int(tunnel.tunnel.index)} of {view.connection.id}"


def _sentence(failure: failures.Failure | None) -> str:
    if failure is None:
        return ""
    values = f" Ours: {failure.ours}; theirs: {failure.theirs}." if failure.theirs else ""
    words = remedies.of(failure.code)
    return f"{words.meaning}{values} {words.remedy}"
