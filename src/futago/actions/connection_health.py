"""DescribeConnectionHealth: how connections are, and how that is known.

The vendor's status is one word per tunnel. This action of our own shows the facts behind it, each
with its age and its evidence, what follows for the connection, and whether a tunnel may be lost.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import pydantic

from futago.actions import catalogue, operation, paging, requests, states
from futago.domain import health, redundancy
from futago.plan import causes
from futago.protocols.rpc import timestamps
from futago.services import health as services


class DescribeConnectionHealth(requests.Request, requests.Tokened):
    """Parameters of DescribeConnectionHealth."""

    vpn_connection_ids: Annotated[tuple[str, ...], pydantic.Field(max_length=50)] = ()


def describe(context: operation.Context, request: DescribeConnectionHealth) -> catalogue.Answer:
    """Show how connections are, by four facts per tunnel, and whether one tunnel may be lost."""
    if request.vpn_connection_ids:
        # Named once each, and as many as were named: there is no further page.
        wanted = tuple(dict.fromkeys(request.vpn_connection_ids))
        items = services.describe(context.work, context.scope, wanted)
        return {
            "MaxResults": request.max_results,
            "NextToken": "",
            "TotalCount": len(items),
            "Connections": [_connection(each) for each in items],
        }
    found = services.list_all(context.work, context.scope, paging.by_token(request))
    return {
        **paging.tokened(request, found.items, found.total),
        "Connections": [_connection(each) for each in found.items],
    }


def _connection(it: services.ConnectionHealth) -> dict[str, catalogue.JSON]:
    facts = [each.view.proven for each in it.tunnels]
    return {
        "VpnConnectionId": it.view.connection.id,
        "Name": it.view.connection.name,
        "State": states.write_connection_state(it.view.state),
        "Status": states.write_sa_status(health.best_status(facts)),
        "Health": it.state.health.value,
        "Since": _time(it.state.since),
        "AskedAt": _time(it.asked_at),
        "Causes": [
            _cause(fact, each.view.tunnel.id) for each in it.tunnels for fact in each.state.blamed
        ],
        "Tunnels": [_tunnel(each, it.asked_at) for each in it.tunnels],
        "Redundancy": _redundancy(it.redundancy),
    }


def _tunnel(it: services.TunnelHealth, now: datetime) -> dict[str, catalogue.JSON]:
    view, failure = it.view, it.view.facts.failure
    return {
        "TunnelId": view.tunnel.id,
        "TunnelIndex": int(view.tunnel.index),
        "Status": states.write_sa_status(health.sa_status(view.proven)),
        "Health": it.state.health.value,
        "Since": _time(it.state.since),
        "Causes": [_cause(fact, view.tunnel.id) for fact in it.state.blamed],
        "FailedReasonCode": states.write_failure(failure.code) if failure else "",
        "Facts": [_fact(each, now) for each in view.proven.each],
        **_measured(it),
    }


def _fact(fact: health.Fact, now: datetime) -> dict[str, catalogue.JSON]:
    return {
        "Fact": fact.name.value,
        "Value": fact.value.value,
        "Since": _time(fact.since),
        "Evidence": fact.evidence.value,
        "EvidenceTime": _time(fact.at),
        "EvidenceAgeSeconds": _age(fact.at, now),
        "Detail": fact.detail,
        "CauseCode": fact.cause.value if fact.cause else "",
    }


def _age(at: datetime | None, now: datetime) -> float | None:
    # A node's clock may be ahead by a blink.
    return None if at is None else round(max(0.0, (now - at).total_seconds()), 3)


def _measured(it: services.TunnelHealth) -> dict[str, catalogue.JSON]:
    pulse = it.pulse
    return {
        "RoundTripMilliseconds": pulse.rtt_ms if pulse else None,
        "Loss": pulse.loss if pulse else None,
        "ReceivedBitsPerSecond": pulse.received_bps if pulse else None,
        "SentBitsPerSecond": pulse.sent_bps if pulse else None,
        "CapacityBitsPerSecond": (pulse.capacity_bps or pulse.rate_bps) if pulse else None,
        "IsCapacityMeasured": pulse is not None and pulse.capacity_bps is not None,
    }


def _cause(fact: health.Fact, tunnel_id: str) -> dict[str, catalogue.JSON]:
    code = fact.cause or health.CauseCode.NO_PROOF
    words = causes.of(code)
    return {
        "Code": code.value,
        "TunnelId": tunnel_id,
        "Fact": fact.name.value,
        "Message": words.meaning,
        "Remedy": words.remedy,
        "Evidence": fact.detail,
    }


def _redundancy(found: redundancy.Assessment) -> dict[str, catalogue.JSON]:
    return {
        "Verdict": found.verdict.value,
        "Items": [
            {
                "Item": item.name.value,
                "Verdict": item.verdict.value,
                "Message": item.message,
                "Remedy": item.remedy,
            }
            for item in found.items
        ],
    }


def _time(at: datetime | None) -> int:
    return timestamps.to_milliseconds(at) if at else 0


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="DescribeConnectionHealth",
        product=catalogue.Product.FUTAGO,
        request=DescribeConnectionHealth,
        handler=describe,
    ),
)
