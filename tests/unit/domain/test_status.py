from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from futago.domain import status

C = status.ConnectionState
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def _state(binding: tuple[bool, int, int] | None, progress: tuple[int, int, int, int]) -> C:
    bound = binding and status.Binding(
        is_deleting=binding[0], connection_generation=binding[1], router_generation=binding[2]
    )
    return status.connection_state(
        bound,
        status.Progress(
            generation=progress[0],
            applied_generation=progress[1],
            router_generation=progress[2],
            applied_router_generation=progress[3],
        ),
    )


@pytest.mark.parametrize(
    ("binding", "progress", "state"),
    [
        pytest.param(None, (1, 0, 0, 0), C.INIT, id="unbound"),
        pytest.param(None, (3, 2, 5, 5), C.INIT, id="unbound again"),
        pytest.param((False, 2, 4), (2, 0, 4, 3), C.ATTACHING, id="nothing applied"),
        pytest.param((False, 2, 4), (2, 2, 4, 3), C.ATTACHING, id="router missing"),
        pytest.param((False, 2, 4), (2, 1, 4, 4), C.ATTACHING, id="connection missing"),
        pytest.param((False, 2, 4), (2, 2, 4, 4), C.ATTACHED, id="both applied"),
        pytest.param((False, 2, 4), (3, 2, 4, 4), C.UPDATING, id="an edit under way"),
        pytest.param((False, 2, 4), (2, 2, 5, 4), C.UPDATING, id="a route under way"),
        pytest.param((False, 2, 4), (2, 2, 4, 9), C.ATTACHED, id="router changed since"),
        pytest.param((True, 2, 4), (2, 2, 4, 4), C.DETACHING, id="detaching"),
    ],
)
def test_the_state_of_a_connection_follows_from_generations(binding, progress, state) -> None:
    assert _state(binding, progress) is state


@pytest.mark.parametrize(
    ("connection", "tunnel", "attachment"),
    [
        (C.INIT, status.TunnelState.ACTIVE, status.AttachmentStatus.ATTACHING),
        (C.ATTACHING, status.TunnelState.UPDATING, status.AttachmentStatus.ATTACHING),
        (C.ATTACHED, status.TunnelState.ACTIVE, status.AttachmentStatus.ATTACHED),
        (C.UPDATING, status.TunnelState.UPDATING, status.AttachmentStatus.ATTACHED),
        (C.DETACHING, status.TunnelState.DELETING, status.AttachmentStatus.DETACHING),
    ],
)
def test_tunnels_and_attachments_follow_their_connection(connection, tunnel, attachment) -> None:
    assert status.tunnel_state(connection) is tunnel
    assert status.attachment_status(connection) is attachment


@pytest.mark.parametrize(
    ("is_deleting", "applied", "expected"),
    [
        (False, 0, status.ResourceStatus.CREATING),
        (False, 1, status.ResourceStatus.ACTIVE),
        (True, 1, status.ResourceStatus.DELETING),
        (True, 0, status.ResourceStatus.DELETING),
    ],
)
def test_a_resource_is_active_once_anything_is_applied(is_deleting, applied, expected) -> None:
    shown = status.resource_status(is_deleting=is_deleting, applied_generation=applied)
    assert shown is expected


@pytest.mark.parametrize(
    ("is_deleting", "needed", "applied", "expected"),
    [
        (False, 3, 2, status.BindingStatus.ADDING),
        (False, 3, 3, status.BindingStatus.ACTIVE),
        (True, 3, 3, status.BindingStatus.REMOVING),
    ],
)
def test_a_binding_is_active_when_its_router_has_it(is_deleting, needed, applied, expected) -> None:
    shown = status.binding_status(is_deleting=is_deleting, needed=needed, applied=applied)
    assert shown is expected


@pytest.mark.parametrize(
    ("heard_at", "fresh"),
    [
        pytest.param(None, False, id="never"),
        pytest.param(NOW, True, id="now"),
        pytest.param(NOW - timedelta(seconds=30), True, id="just in time"),
        pytest.param(NOW - timedelta(seconds=31), False, id="too long ago"),
    ],
)
def test_silence_makes_facts_stale(heard_at, fresh) -> None:
    assert status.is_fresh(heard_at, NOW) is fresh
