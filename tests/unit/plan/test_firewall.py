"""Routers get the packet filter anew when what drivers make of it has changed."""

from __future__ import annotations

from dataclasses import replace

from futago.domain import ids
from futago.plan import diff, intent, observation, places, routing, steps

MARK = "fg"
ROUTER = ids.RouterId("tr-" + "r" * 17)
WANTED = intent.RouterIntent(router_id=ROUTER, tables=())


def planned_filters(in_force: str) -> list[steps.SetFirewall]:
    place = places.RouterPlace.of(MARK, ROUTER)
    facts = observation.RouterFacts(has_namespace=True, firewall=in_force)
    planned = diff.router_steps(MARK, place, WANTED, facts)
    return [step for step in planned if isinstance(step, steps.SetFirewall)]


def test_the_filter_in_force_is_left_alone() -> None:
    assert planned_filters(intent.digest(routing.packet_filter(MARK, WANTED))) == []


def test_the_rules_of_an_earlier_version_are_replaced() -> None:
    present = routing.packet_filter(MARK, WANTED)
    earlier = intent.digest(replace(present, rules=present.rules - 1))
    (step,) = planned_filters(earlier)
    assert step.digest == intent.digest(present)
