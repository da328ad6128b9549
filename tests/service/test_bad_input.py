"""Every action with every parameter missing, of the wrong form, too large or referring to nothing.

Whatever is sent: an answer below 500 with a code of the vendor's kind, a message that names the
parameter, and nothing left behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from futago.actions import catalogue, dispatch, registry
from futago.domain import policy
from futago.protocols.rpc import params
from futago.store import schema
from futago.testing import loopback, parameters, simulation

ACTIONS = [
    action
    for action in registry.catalogue(region_id=loopback.REGION)
    if action.support is not catalogue.Support.REFUSED
]
WITHOUT_REGION = {each.name for each in registry.OPERATIONS if each.ignores_region}
EVER = pytest.mark.parametrize(
    "action", ACTIONS, ids=[f"{action.product.name}.{action.name}" for action in ACTIONS]
)
LONG = "x" * 70_000
OWN_BUSINESS = {"audit_record", "client_token"}
CODE = re.compile(r"[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9.]+)?")
NAMES_NOTHING = {"CreateUser", "CreateRole", "CreateResourceGroup"}
"""A name that is new is what these want."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[loopback.Service]:
    clock = simulation.StoppedClock()
    with loopback.build(tmp_path_factory.mktemp("bad-input"), clock.now) as built:
        yield built


def send(service: loopback.Service, action: Any, values: dict[str, Any]) -> tuple[int, str, str]:
    outcome = service.dispatcher.dispatch(
        dispatch.CallInput(
            version=action.product.value,
            action=action.name,
            method="POST",
            pairs=tuple(params.flatten({"RegionId": loopback.REGION, **values})),
            principal=catalogue.Principal(
                service.account_id, loopback.USER, "LTAItest", policy.ADMINISTRATOR
            ),
            request_id="0A",
            source_ip="192.0.2.1",
        )
    )
    answer = outcome.answer
    return outcome.status, str(answer.get("Code", "")), str(answer.get("Message", ""))


def counted(service: loopback.Service) -> dict[str, int]:
    columns = [
        sa.select(sa.func.count()).select_from(table).scalar_subquery().label(name)
        for name, table in schema.METADATA.tables.items()
        if name not in OWN_BUSINESS
    ]
    with service.database.read() as unit:
        return dict(unit.session.execute(sa.select(*columns)).mappings().one())


def require_refusal(
    answer: tuple[int, str, str], named: str, what: object, *, must_name: bool = True
) -> None:
    status, code, message = answer
    assert 400 <= status < 500, (named, what, answer)
    assert CODE.fullmatch(code), (named, what, answer)
    assert "Traceback" not in message
    if must_name:
        assert named in message, (named, what, answer)


@EVER
def test_a_missing_parameter_is_named(service: loopback.Service, action: Any) -> None:
    before = counted(service)
    good = parameters.sample(action)
    for name in good:
        values = {each: value for each, value in good.items() if each != name}
        require_refusal(send(service, action, values), name, "missing")
        require_refusal(send(service, action, {**values, name: ""}), name, "empty")
    assert counted(service) == before


@EVER
def test_a_parameter_of_the_wrong_form_is_named(service: loopback.Service, action: Any) -> None:
    before = counted(service)
    for place in parameters.places(action.request):
        for value in parameters.WRONG[place.kind]:
            values = parameters.with_value(action, place, value)
            require_refusal(send(service, action, values), str(place.path[0]), value)
    assert counted(service) == before


@EVER
def test_a_number_out_of_range_is_named(service: loopback.Service, action: Any) -> None:
    before = counted(service)
    for place in parameters.places(action.request):
        if place.kind == "integer":
            for value in (-1, 2**40):
                values = parameters.with_value(action, place, value)
                answer = send(service, action, values)
                is_filter = not action.mutating and answer[0] == 200
                if not is_filter:
                    require_refusal(answer, str(place.path[0]), value, must_name=False)
    assert counted(service) == before


@EVER
def test_a_text_that_is_too_long_is_refused(service: loopback.Service, action: Any) -> None:
    before = counted(service)
    for place in parameters.places(action.request):
        if place.kind == "text":
            values = parameters.with_value(action, place, LONG)
            answer = send(service, action, values)
            if action.mutating:
                require_refusal(answer, str(place.path[0]), "long", must_name=False)
            assert answer[0] < 500
            assert len(answer[2]) < 4_000, place
    assert counted(service) == before


@EVER
def test_an_id_of_nothing_is_refused_or_finds_nothing(
    service: loopback.Service, action: Any
) -> None:
    before = counted(service)
    good = parameters.sample(action)
    refers = [name for name, value in good.items() if value == parameters.UNKNOWN_ID]
    if not refers or action.name in NAMES_NOTHING:
        return
    answer = send(service, action, good)
    assert answer[0] < 500
    if action.mutating:
        require_refusal(answer, "", good)
    assert counted(service) == before


@EVER
def test_another_region_is_refused(service: loopback.Service, action: Any) -> None:
    if action.name in WITHOUT_REGION:
        return
    before = counted(service)
    values = {**parameters.sample(action), "RegionId": "eu-nowhere"}
    require_refusal(send(service, action, values), "RegionId", "another region")
    assert counted(service) == before
