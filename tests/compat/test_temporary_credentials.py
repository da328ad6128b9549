"""Temporary credentials with the official clients, in both signature schemes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_tea_openapi import client as generic
from alibabacloud_tea_openapi import exceptions, utils_models
from alibabacloud_vpc20160428 import client as vpc_client
from alibabacloud_vpc20160428 import models as vpc
from darabonba import runtime

from futago.testing import loopback

pytestmark = pytest.mark.slow
VERSIONS = {
    "AssumeRole": "2015-04-01",
    "GetCallerIdentity": "2015-04-01",
    "GetRole": "2015-05-01",
}
OWN = "2026-12-01"
POLICY = json.dumps(
    {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "vpc:Describe*", "Resource": "*"}],
    }
)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[loopback.Served]:
    with loopback.serve(tmp_path) as found:
        yield found


@pytest.fixture(params=[{}, {"signature_algorithm": "v2"}], ids=["acs3", "v1"])
def scheme(request: pytest.FixtureRequest) -> dict[str, str]:
    found: dict[str, str] = request.param
    return found


def config(served: loopback.Served, **more: Any) -> Any:
    key = served.service.key
    wanted = {
        "access_key_id": key.access_key_id,
        "access_key_secret": key.secret,
        "region_id": loopback.REGION,
        "endpoint": f"127.0.0.1:{served.port}",
        "protocol": "http",
        **more,
    }
    return utils_models.Config(**wanted)


def call(chosen: Any, action: str, **values: str) -> Any:
    """Call an action with the client that knows no product."""
    parameters = utils_models.Params(
        action=action,
        version=VERSIONS.get(action, OWN),
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    request = utils_models.OpenApiRequest(query=values)
    return generic.Client(chosen).call_api(parameters, request, runtime.RuntimeOptions())["body"]


def credentials(served: loopback.Served, scheme: dict[str, str]) -> dict[str, str]:
    """Make a role and take it on; gives what a client needs to sign as it."""
    admin = config(served, **scheme)
    call(admin, "CreateRole", RoleName="reader")
    call(admin, "PutRolePolicy", RoleName="reader", PolicyName="p", PolicyDocument=POLICY)
    arn = f"acs:ram::{served.service.account_id}:role/reader"
    answer = call(admin, "AssumeRole", RoleArn=arn, RoleSessionName="nightly")
    given = answer["Credentials"]
    return {
        "access_key_id": given["AccessKeyId"],
        "access_key_secret": given["AccessKeySecret"],
        "security_token": given["SecurityToken"],
        **scheme,
    }


def test_a_session_signs_calls(served: loopback.Served, scheme: dict[str, str]) -> None:
    chosen = config(served, **credentials(served, scheme))
    shown = vpc_client.Client(chosen).describe_vpcs(
        vpc.DescribeVpcsRequest(region_id=loopback.REGION)
    )
    assert shown.body.total_count == 0
    identity = call(chosen, "GetCallerIdentity")
    assert identity["IdentityType"] == "AssumedRoleUser"


def test_the_client_understands_why_it_was_denied(
    served: loopback.Served, scheme: dict[str, str]
) -> None:
    chosen = config(served, **credentials(served, scheme))
    with pytest.raises(exceptions.ClientException) as caught:
        vpc_client.Client(chosen).create_vpc(
            vpc.CreateVpcRequest(region_id=loopback.REGION, cidr_block="10.0.0.0/16")
        )
    assert (caught.value.status_code, caught.value.code) == (403, "NoPermission")
    assert caught.value.access_denied_detail["AuthAction"] == "vpc:CreateVpc"
    assert caught.value.access_denied_detail["AuthPrincipalType"] == "AssumedRoleUser"


def test_a_token_belongs_to_its_key(served: loopback.Served, scheme: dict[str, str]) -> None:
    given = credentials(served, scheme)
    swapped = given["security_token"][:-1] + ("a" if given["security_token"][-1] != "a" else "b")
    wrong = {
        "InvalidSecurityToken.MismatchWithAccessKey": {**given, "security_token": swapped},
        "InvalidSecurityToken.Malformed": {**given, "security_token": "x"},
        "SignatureDoesNotMatch": {**given, "access_key_secret": "x"},
        "InvalidAccessKeyId.NotFound": {**given, "access_key_id": "STS.none"},
    }
    without = {name: value for name, value in given.items() if name != "security_token"}
    wrong["MissingSecurityToken"] = without
    for code, chosen in wrong.items():
        with pytest.raises(exceptions.AlibabaCloudException) as caught:
            call(config(served, **chosen), "GetCallerIdentity")
        assert caught.value.code == code


def test_a_lasting_key_takes_no_token(served: loopback.Served, scheme: dict[str, str]) -> None:
    chosen = config(served, **scheme, security_token="x")
    with pytest.raises(exceptions.ClientException) as caught:
        call(chosen, "GetCallerIdentity")
    assert caught.value.code == "InvalidSecurityToken.MismatchWithAccessKey"


def test_a_disabled_key_is_of_no_use_at_once(served: loopback.Served) -> None:
    admin = config(served)
    made = call(admin, "CreateAccessKey")["AccessKey"]
    second = config(
        served,
        access_key_id=made["AccessKeyId"],
        access_key_secret=made["AccessKeySecret"],
    )
    assert call(second, "GetCallerIdentity")["AccountId"] == served.service.account_id
    call(admin, "UpdateAccessKey", UserAccessKeyId=made["AccessKeyId"], Status="Inactive")
    with pytest.raises(exceptions.ClientException) as caught:
        call(second, "GetCallerIdentity")
    assert caught.value.code == "InvalidAccessKeyId.Inactive"


def test_the_service_role_is_not_there_before_the_first_connection(
    served: loopback.Served,
) -> None:
    with pytest.raises(exceptions.ClientException) as caught:
        call(config(served), "GetRole", RoleName="AliyunServiceRoleForVpn")
    assert (caught.value.status_code, caught.value.code) == (404, "EntityNotExist.Role")
