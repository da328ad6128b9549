"""What policy documents say, and which are refused."""

from __future__ import annotations

import json

import pytest

from futago.domain import policy

ARN = "acs:vpc:cn-hangzhou:1234567890123456:vpnconnection/vco-1"


def document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "1", "Statement": statements})


def allow(action: object, resource: object = "*") -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def deny(action: object, resource: object = "*") -> dict[str, object]:
    return {"Effect": "Deny", "Action": action, "Resource": resource}


def test_a_denial_beats_every_permission() -> None:
    read = policy.parse(document(deny("vpc:Delete*"), allow("vpc:*")))
    mine = policy.Permissions(policies=(read,))
    assert mine.decide("vpc:DescribeVpcs", ARN) is policy.Decision.ALLOWED
    assert mine.decide("vpc:DeleteVpc", ARN) is policy.Decision.DENIED
    assert mine.decide("cen:CreateCen", ARN) is policy.Decision.NOT_ALLOWED


def test_a_permission_may_be_for_one_resource() -> None:
    read = policy.parse(document(allow(["vpc:Describe*"], ["acs:vpc:*:*:vpnconnection/vco-1"])))
    mine = policy.Permissions(policies=(read,))
    assert mine.decide("vpc:describevpnconnection", ARN) is policy.Decision.ALLOWED
    assert mine.decide("vpc:DescribeVpnConnection", ARN + "2") is policy.Decision.NOT_ALLOWED


def test_nobody_may_do_anything_without_a_policy() -> None:
    assert policy.NOTHING.decide("vpc:DescribeVpcs", "*") is policy.Decision.NOT_ALLOWED
    assert not policy.NOTHING.may_ever("vpc:DescribeVpcs")
    assert policy.ADMINISTRATOR.decide("x:Y", ARN) is policy.Decision.ALLOWED


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "JSON"),
        ("[]", "Version"),
        ('{"Version":"2","Statement":[]}', "Version"),
        ('{"Version":"1"}', "Statement"),
        ('{"Version":"1","Statement":[1]}', "object"),
        ('{"Version":"1","Statement":[],"Id":"x"}', "Id"),
        (document({**allow("a:b"), "Condition": {}}), "Condition.*not supported"),
        (document({"Effect": "Allow", "NotAction": "a:b", "Resource": "*"}), "NotAction"),
        (document({**allow("a:b"), "Sid": "x"}), "Sid"),
        (document({**allow("a:b"), "Effect": "allow"}), "Allow or Deny"),
        (document(allow([])), "Action"),
        (document(allow("Describe")), "Action 'Describe'"),
        (document(allow([1])), "Action '1'"),
        (document(allow("a:b", "vpnconnection/vco-1")), "Resource"),
        (document(allow("a:b", None)), "Resource"),
        (document(allow("a:b")) + " " * policy.MAX_LENGTH, "characters"),
    ],
)
def test_a_document_that_would_not_mean_what_it_says_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(policy.Malformed, match=complaint):
        policy.parse(text)


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    assert not policy.matches("*a" * 500, "a" * 400 + "b")
    assert policy.matches("*a" * 100 + "*", "a" * 3000)
