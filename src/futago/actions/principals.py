"""Types of parameters that name users, roles, keys and policies."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Final

from futago.actions import fields, requests
from futago.domain import faults, policy

_POLICY: Final = re.compile(r"[A-Za-z0-9-]{1,128}\Z")
_SESSION: Final = re.compile(r"[A-Za-z0-9.@_-]{2,64}\Z")
_ROLE_ARN: Final = re.compile(r"acs:ram::(\d{1,20}):role/([A-Za-z0-9._-]{1,64})\Z")


def _like(form: re.Pattern[str], rule: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not form.match(text):
            raise faults.Invalid(rule)
        return text

    return read


def _document(text: str) -> str:
    policy.parse(text)
    return text


def role_of(arn: str) -> tuple[str, str]:
    """Read account and name out of the name of a role."""
    found = _ROLE_ARN.match(arn)
    if found is None:
        raise faults.Invalid("the name of a role has the form acs:ram::ACCOUNT:role/NAME")
    return found[1], found[2]


def _role_arn(text: str) -> str:
    role_of(text)
    return text


UserName = Annotated[
    str,
    fields.reads(policy.parse_holder_name),
    requests.Vendor(invalid="InvalidParameter.UserName.InvalidChars"),
]
RoleName = Annotated[
    str,
    fields.reads(policy.parse_holder_name),
    requests.Vendor(invalid="InvalidParameter.RoleName.InvalidChars"),
]
PolicyName = Annotated[
    str,
    fields.reads(_like(_POLICY, "a name has 1 to 128 letters, digits and hyphens")),
    requests.Vendor(invalid="InvalidParameter.PolicyName.InvalidChars"),
]
SessionName = Annotated[
    str,
    fields.reads(_like(_SESSION, "a name has 2 to 64 letters, digits, dots, @, hyphens")),
    requests.Vendor(invalid="InvalidParameter.RoleSessionName"),
]
RoleArn = Annotated[
    str, fields.reads(_role_arn), requests.Vendor(invalid="InvalidParameter.RoleArn")
]
PolicyDocument = Annotated[
    str, fields.reads(_document), requests.Vendor(invalid="MalformedPolicyDocument")
]
