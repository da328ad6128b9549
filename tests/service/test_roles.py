"""Roles, the VPN service's own, and sessions."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from futago.actions import catalogue, dispatch
from futago.domain import policy
from futago.services import access

RAM = catalogue.Product.RAM
RESOURCE_MANAGER = catalogue.Product.RESOURCE_MANAGER
ROLE = "AliyunServiceRoleForVpn"


def send(cloud: Any, product: catalogue.Product, action: str, **values: str) -> Any:
    """Call an action that several products have."""
    outcome = cloud.dispatcher.dispatch(
        dispatch.CallInput(
            version=product.value,
            action=action,
            method="POST",
            pairs=tuple(values.items()),
            principal=cloud.principal
            or catalogue.Principal(cloud.account_id, "admin", "k", policy.ADMINISTRATOR),
            request_id="0A",
            source_ip="192.0.2.1",
        )
    )
    return json.loads(json.dumps(outcome.answer))


@pytest.fixture(params=[RAM, RESOURCE_MANAGER], ids=["ram", "resource-manager"])
def product(request: pytest.FixtureRequest) -> catalogue.Product:
    found: catalogue.Product = request.param
    return found


def test_the_service_role_appears_with_the_first_connection(
    cloud: Any, site: Any, product: catalogue.Product
) -> None:
    assert send(cloud, product, "GetRole", RoleName=ROLE)["Code"] == "EntityNotExist.Role"
    cloud.call("CreateVpnAttachment", **site.connection)
    role = send(cloud, product, "GetRole", RoleName=ROLE)["Role"]
    assert role["IsServiceLinkedRole"] is True
    assert "vpn.aliyuncs.com" in role["AssumeRolePolicyDocument"]
    cloud.call("CreateVpnAttachment", **site.connection)
    again = send(cloud, product, "GetRole", RoleName=ROLE)["Role"]
    assert again["RoleId"] == role["RoleId"]
    listed = send(cloud, product, "ListRoles")["Roles"]["Role"]
    assert [each["RoleName"] for each in listed] == [ROLE]


def test_a_dry_run_makes_no_role(cloud: Any, site: Any) -> None:
    assert cloud.refused("CreateVpnAttachment", DryRun=True, **site.connection).code == (
        "DryRunOperation"
    )
    assert send(cloud, RAM, "GetRole", RoleName=ROLE)["Code"] == "EntityNotExist.Role"


def test_several_first_connections_at_once_make_one_role(cloud: Any, site: Any) -> None:
    barrier = threading.Barrier(4)
    codes: list[str] = []

    def create() -> None:
        barrier.wait()
        codes.append(cloud.send("CreateVpnAttachment", **site.connection).code)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert codes == ["OK"] * 4
    assert len(send(cloud, RAM, "ListRoles")["Roles"]["Role"]) == 1


def test_the_role_stays_while_connections_need_it(
    cloud: Any, site: Any, product: catalogue.Product
) -> None:
    made = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    task = send(cloud, product, "DeleteServiceLinkedRole", RoleName=ROLE)["DeletionTaskId"]
    status = send(cloud, product, "GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)
    assert status["Status"] == "FAILED"
    assert "delete them first" in status["Reason"]["Message"]
    (usage,) = status["Reason"]["RoleUsages"]["RoleUsage"]
    assert usage == {"Region": "cn-hangzhou", "Resources": {"Resource": [made]}}
    role = send(cloud, product, "GetRole", RoleName=ROLE)["Role"]
    assert role["LatestDeletionTask"]["DeletionTaskId"] == task

    cloud.call("DeleteVpnAttachment", VpnConnectionId=made)
    task = send(cloud, product, "DeleteServiceLinkedRole", RoleName=ROLE)["DeletionTaskId"]
    status = send(cloud, product, "GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)
    assert status["Status"] == "SUCCEEDED"
    assert send(cloud, product, "GetRole", RoleName=ROLE)["Code"] == "EntityNotExist.Role"
    cloud.call("CreateVpnAttachment", **site.connection)
    assert send(cloud, product, "GetRole", RoleName=ROLE)["Role"]["RoleName"] == ROLE


def test_the_role_is_made_explicitly_once(cloud: Any, product: catalogue.Product) -> None:
    service = {"ServiceName": "vpn.aliyuncs.com"}
    made = send(cloud, product, "CreateServiceLinkedRole", **service)["Role"]
    assert (made["RoleName"], made["IsServiceLinkedRole"]) == (ROLE, True)
    again = send(cloud, product, "CreateServiceLinkedRole", **service)
    assert again["Code"] == "EntityAlreadyExists.Role"
    unknown = send(cloud, product, "CreateServiceLinkedRole", ServiceName="ecs.aliyuncs.com")
    assert unknown["Code"] == "InvalidParameter.ServiceName"
    suffix = send(cloud, product, "CreateServiceLinkedRole", **service, CustomSuffix="x")
    assert suffix["Code"] == "InvalidParameter.CustomSuffix.NotAllowed"
    template = send(cloud, product, "GetServiceLinkedRoleTemplate", **service)
    assert template["ServiceLinkedRoleTemplate"]["RoleNamePrefix"] == ROLE
    unknown = send(cloud, product, "GetServiceLinkedRoleDeletionStatus", DeletionTaskId="task/x")
    assert unknown["Code"] == "EntityNotExist.DeletionTask"


def test_roles_are_listed_in_pages(cloud: Any) -> None:
    for name in ("a", "b", "c"):
        cloud.call("CreateRole", RoleName=name)
    first = send(cloud, RAM, "ListRoles", MaxItems="2")
    assert first["IsTruncated"] is True
    rest = send(cloud, RAM, "ListRoles", MaxItems="2", Marker=first["Marker"])
    assert rest["IsTruncated"] is False
    names = [each["RoleName"] for part in (first, rest) for each in part["Roles"]["Role"]]
    assert names == ["a", "b", "c"]
    second = send(cloud, RESOURCE_MANAGER, "ListRoles", PageNumber="2", PageSize="2")
    assert [each["RoleName"] for each in second["Roles"]["Role"]] == ["c"]
    assert second["TotalCount"] == 3
    assert send(cloud, RAM, "ListRoles", Marker="AAAA")["Code"].startswith("InvalidParameter")


def assume(cloud: Any, role: str = "reader", **more: Any) -> Any:
    arn = f"acs:ram::{cloud.account_id}:role/{role}"
    return cloud.call("AssumeRole", RoleArn=arn, RoleSessionName="nightly", **more)


@pytest.fixture
def reader(cloud: Any) -> Any:
    cloud.call("CreateRole", RoleName="reader")
    allowed = cloud.document(("Allow", ["vpc:Describe*", "vpc:CreateVpc"], "*"))
    cloud.call("PutRolePolicy", RoleName="reader", PolicyName="p", PolicyDocument=allowed)
    return cloud


def test_a_session_may_do_what_its_role_may(reader: Any) -> None:
    answer = assume(reader)
    given = answer["Credentials"]
    assert given["AccessKeyId"].startswith("STS.")
    session = reader.sign_as(given["AccessKeyId"])
    assert session.call("DescribeVpcs")["TotalCount"] == 0
    refusal = session.send("CreateCen", Name="x").answer
    assert refusal["AccessDeniedDetail"]["AuthPrincipalType"] == "AssumedRoleUser"
    identity = session.call("GetCallerIdentity")
    assert identity["IdentityType"] == "AssumedRoleUser"
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert identity["PrincipalId"] == answer["AssumedRoleUser"]["AssumedRoleId"]


def test_a_session_may_be_limited_further(reader: Any) -> None:
    limit = reader.document(("Allow", "vpc:DescribeVpcs", "*"), ("Allow", "cen:*", "*"))
    given = assume(reader, Policy=limit)["Credentials"]
    session = reader.sign_as(given["AccessKeyId"])
    session.call("DescribeVpcs")
    assert session.refused("CreateVpc", CidrBlock="10.0.0.0/16").code == "NoPermission"
    assert session.refused("CreateCen", Name="x").code == "NoPermission"


def test_a_role_is_taken_on_by_permission_and_in_its_own_account(reader: Any) -> None:
    arn = f"acs:ram::{reader.account_id}:role/reader"
    ann = reader.as_user("ann", ("Allow", "sts:AssumeRole", arn))
    bob = reader.as_user("bob", ("Allow", "vpc:*", "*"))
    assume(ann)
    named = {"RoleArn": arn, "RoleSessionName": "nightly"}
    assert bob.refused("AssumeRole", **named).code == "NoPermission"
    foreign = {**named, "RoleArn": "acs:ram::1234567890123456:role/reader"}
    assert reader.refused("AssumeRole", **foreign).code == "NoPermission"
    nothing = {**named, "RoleArn": f"acs:ram::{reader.account_id}:role/none"}
    assert reader.refused("AssumeRole", **nothing).code == "EntityNotExist.Role"
    long = reader.refused("AssumeRole", **named, DurationSeconds=10)
    assert long.code == "InvalidParameter.DurationSeconds"


def test_nobody_takes_on_the_role_of_a_service(cloud: Any, site: Any) -> None:
    cloud.call("CreateVpnAttachment", **site.connection)
    arn = f"acs:ram::{cloud.account_id}:role/{ROLE}"
    refusal = cloud.refused("AssumeRole", RoleArn=arn, RoleSessionName="me")
    assert refusal.code == "NoPermission.ServiceLinkedRole"
    allowed = cloud.document(("Allow", "*", "*"))
    refusal = cloud.refused("PutRolePolicy", RoleName=ROLE, PolicyName="p", PolicyDocument=allowed)
    assert refusal.code == "NoPermission.ServiceLinkedRole"
    assert cloud.refused("DeleteRole", RoleName=ROLE).code == "NoPermission.ServiceLinkedRole"


def test_a_deleted_role_ends_its_sessions(reader: Any) -> None:
    given = assume(reader)["Credentials"]
    reader.call("DeleteRole", RoleName="reader")
    with reader.database.read() as unit:
        assert access.find_access_key(unit, given["AccessKeyId"]) is None
