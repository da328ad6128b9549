"""The promises around a handler."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from futago.actions import catalogue, faults
from futago.domain import faults as domain_faults


def test_a_read_is_answered_with_its_request_id(bench: Any) -> None:
    outcome = bench.call("DescribeRegions")
    assert (outcome.status, outcome.code) == (200, "OK")
    assert outcome.answer["RequestId"] == "0A"
    assert outcome.answer["Regions"]["Region"][0]["RegionId"] == "cn-hangzhou"
    assert bench.database.audits == []


def test_a_change_is_kept_and_audited(bench: Any) -> None:
    outcome = bench.call("CreateThing", ("Name", "a"))
    assert outcome.answer == {"ThingId": "thing-1", "RequestId": "0A"}
    assert bench.database.things == ["a"]
    assert bench.database.audits == [("CreateThing", "thing-1", "OK")]


@pytest.mark.parametrize(
    ("pairs", "code", "status"),
    [
        ((), "MissingParam.Name", 400),
        ((("Name", "taken"),), "OperationConflict", 400),
        ((("Name", "a"), ("Name", "b")), "InvalidParameter", 400),
    ],
)
def test_a_refused_change_leaves_only_an_audit_record(
    bench: Any, pairs: tuple[tuple[str, str], ...], code: str, status: int
) -> None:
    bench.database.things = ["taken"]
    outcome = bench.call("CreateThing", *pairs)
    assert (outcome.status, outcome.code, outcome.answer["Code"]) == (status, code, code)
    assert bench.database.things == ["taken"]
    assert bench.database.audits == [("CreateThing", None, code)]


def test_a_dry_run_leaves_nothing_behind(bench: Any) -> None:
    outcome = bench.call("CreateThing", ("Name", "a"), ("DryRun", "true"), ("ClientToken", "t"))
    assert (outcome.status, outcome.code) == (400, "DryRunOperation")
    assert bench.database.things == []
    assert bench.database.tokens == {}
    assert bench.call("CreateThing", ("Name", "a"), ("ClientToken", "t")).code == "OK"


def test_a_dry_run_finds_what_the_call_would_find(bench: Any) -> None:
    bench.database.things = ["taken"]
    outcome = bench.call("CreateThing", ("Name", "taken"), ("DryRun", "True"))
    assert outcome.code == "OperationConflict"


def test_a_repeated_token_is_answered_as_before(bench: Any) -> None:
    pairs = (("Name", "a"), ("Psk", "x"), ("ClientToken", "t"))
    first = bench.call("CreateThing", *pairs)
    second = bench.call("CreateThing", ("SignatureNonce", "other"), *reversed(pairs))
    assert second.answer == first.answer
    assert bench.database.things == ["a"]


def test_a_token_with_other_parameters_is_refused(bench: Any) -> None:
    bench.call("CreateThing", ("Name", "a"), ("Psk", "x"), ("ClientToken", "t"))
    outcome = bench.call("CreateThing", ("Name", "a"), ("Psk", "y"), ("ClientToken", "t"))
    assert (outcome.status, outcome.code) == (400, "IdempotentParameterMismatch")


def test_a_failed_call_does_not_use_up_its_token(bench: Any) -> None:
    bench.database.things = ["a"]
    assert bench.call("CreateThing", ("Name", "a"), ("ClientToken", "t")).code != "OK"
    bench.database.things = []
    assert bench.call("CreateThing", ("Name", "a"), ("ClientToken", "t")).code == "OK"


@pytest.mark.parametrize(
    ("version", "action", "method", "code", "status"),
    [
        ("2016-04-28", "Nothing", "POST", "InvalidAction.NotFound", 404),
        ("2017-09-12", "CreateThing", "POST", "InvalidAction.NotFound", 404),
        ("2000-01-01", "CreateThing", "POST", "InvalidVersion", 400),
        ("2016-04-28", "CreateThing", "GET", "UnsupportedHTTPMethod", 400),
        ("2016-04-28", "", "GET", "MissingParameter", 400),
        ("", "CreateThing", "GET", "MissingParameter", 400),
    ],
)
def test_an_operation_that_is_not_there_is_refused(
    bench: Any, version: str, action: str, method: str, code: str, status: int
) -> None:
    with pytest.raises(faults.VendorFault) as caught:
        bench.dispatcher.catalogue.find(version, action, method)
    assert (caught.value.vendor_code, caught.value.status) == (code, status)


def test_a_bug_is_logged_and_answered_without_detail(
    bench: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        outcome = bench.call("Crash")
    assert (outcome.status, outcome.code) == (500, "InternalError")
    assert "inner detail" not in str(outcome.answer)
    assert "inner detail" in caplog.text
    assert bench.database.audits == [("Crash", None, "InternalError")]


def test_a_lost_audit_record_does_not_hide_the_reason(
    bench: Any, caplog: pytest.LogCaptureFixture
) -> None:
    bench.database.fails = True
    assert bench.call("CreateThing").code == "MissingParam.Name"
    assert "audit record lost" in caplog.text


def test_two_entries_cannot_share_a_name(bench: Any) -> None:
    action = bench.dispatcher.catalogue.find("2016-04-28", "Crash", "GET")
    with pytest.raises(faults.DuplicateAction):
        catalogue.Catalogue((action, action))
    assert len(bench.dispatcher.catalogue) == len(list(bench.dispatcher.catalogue)) == 3


class Odd(domain_faults.Fault):
    code = "Odd"


@pytest.mark.parametrize("kind", list(domain_faults.Kind))
def test_every_kind_of_fault_has_a_status(kind: domain_faults.Kind) -> None:
    fault = type("Special", (Odd,), {"kind": kind})("what, which, why")
    translated = faults.translate(fault)
    assert 400 <= translated.status < 600
    assert (translated.message == "what, which, why") == (kind is not domain_faults.Kind.INTERNAL)


def test_an_error_points_at_its_explanation() -> None:
    body = faults.body(faults.Translated(404, "InvalidAction.NotFound", "m"), "ID", "h")
    assert body == {
        "RequestId": "ID",
        "HostId": "h",
        "Code": "InvalidAction.NotFound",
        "Message": "m",
        "Recommend": "docs/reference/errors.md#invalidactionnotfound",
    }
