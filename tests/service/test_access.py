"""Accounts, users, keys and what they may do, through the API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from futago.actions import catalogue, dispatch
from futago.services import access


@pytest.fixture
def other(cloud: Any, clock: Any) -> Any:
    """A second account's administrator."""
    clock.advance(1)
    account_id = cloud.call("CreateAccount", AccountName="other")["AccountId"]
    with cloud.database.begin() as unit:
        key = access.create_access_key(unit, account_id, access.ADMINISTRATOR)
    return cloud.sign_as(key.access_key_id)


def test_a_user_without_a_policy_may_only_ask_who_it_is(cloud: Any) -> None:
    ann = cloud.as_user("ann")
    for action in cloud.dispatcher.catalogue:
        if not action.open_to_all:
            outcome = call(ann, action)
            assert (outcome.status, outcome.code) == (403, "NoPermission"), action.name
    identity = ann.call("GetCallerIdentity")
    assert identity["IdentityType"] == "RAMUser"
    assert identity["Arn"] == f"acs:ram::{cloud.account_id}:user/ann"
    assert identity["AccountId"] == cloud.account_id
    assert identity["UserId"] == cloud.call("GetUser", UserName="ann")["User"]["UserId"]


def call(cloud: Any, action: catalogue.AnyAction) -> dispatch.Outcome:
    given = dispatch.CallInput(
        version=action.product.value,
        action=action.name,
        method="POST",
        pairs=(("RegionId", "cn-hangzhou"),),
        principal=cloud.principal,
        request_id="0A",
        source_ip="192.0.2.1",
    )
    outcome: dispatch.Outcome = cloud.dispatcher.dispatch(given)
    return outcome


def test_a_refusal_says_who_was_denied_what(cloud: Any) -> None:
    ann = cloud.as_user("ann", ("Allow", "vpc:*", "*"), ("Deny", "vpc:CreateVpc", "*"))
    explicit = ann.send("CreateVpc", CidrBlock="10.0.0.0/16").answer
    assert explicit["AccessDeniedDetail"] == {
        "AuthAction": "vpc:CreateVpc",
        "AuthPrincipalType": "SubUser",
        "AuthPrincipalOwnerId": cloud.account_id,
        "AuthPrincipalDisplayName": "ann",
        "NoPermissionType": "ExplicitDeny",
        "PolicyType": "AccountLevelIdentityBasedPolicy",
    }
    implicit = ann.send("CreateCen", Name="x").answer
    assert implicit["AccessDeniedDetail"]["NoPermissionType"] == "ImplicitDeny"


def test_a_permission_for_one_resource_reaches_no_other(cloud: Any) -> None:
    mine, foreign = (
        cloud.call("CreateVpc", CidrBlock=prefix)["VpcId"]
        for prefix in ("10.1.0.0/16", "10.2.0.0/16")
    )
    arn = f"acs:vpc:*:{cloud.account_id}:vpc/{mine}"
    ann = cloud.as_user("ann", ("Allow", ["vpc:DescribeVpcAttribute", "vpc:DeleteVpc"], arn))
    assert ann.call("DescribeVpcAttribute", VpcId=mine)["VpcId"] == mine
    assert ann.refused("DescribeVpcAttribute", VpcId=foreign).code == "NoPermission"
    assert ann.refused("DeleteVpc", VpcId=foreign).code == "NoPermission"
    ann.call("DeleteVpc", VpcId=mine)


def test_a_list_needs_a_permission_for_any_resource_of_its_kind(cloud: Any) -> None:
    wide = cloud.as_user("wide", ("Allow", "vpc:DescribeVpcs", "acs:vpc:*:*:vpc/*"))
    narrow = cloud.as_user("narrow", ("Allow", "vpc:DescribeVpcs", "acs:vpc:*:*:vpc/vpc-1"))
    assert wide.call("DescribeVpcs")["TotalCount"] == 0
    assert narrow.refused("DescribeVpcs").code == "NoPermission"


def test_a_tunnel_is_protected_as_its_connection(cloud: Any, site: Any) -> None:
    made = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=made)
    tunnel = shown["TunnelOptionsSpecification"]["TunnelOptions"][0]["TunnelId"]
    denied = ("Deny", "*", f"acs:vpc:*:*:vpnconnection/{made}")
    ann = cloud.as_user("ann", ("Allow", "*", "*"), denied)
    refusal = ann.refused("DiagnoseVpnConnections", TunnelIds=[tunnel])
    assert refusal.code == "NoPermission"
    assert made in refusal.message


def test_ids_inside_lists_need_permission_too(cloud: Any, site: Any) -> None:
    arn = f"acs:vpc:*:*:customergateway/{site.gateway_ids[1]}"
    ann = cloud.as_user("ann", ("Allow", "vpc:*", "*"), ("Deny", "vpc:*", arn))
    assert ann.refused("CreateVpnAttachment", **site.connection).code == "NoPermission"
    both = ",".join(site.gateway_ids)
    assert ann.refused("DescribeCustomerGateways", CustomerGatewayId=both).code == "NoPermission"


def test_keys_are_blank_for_whoever_may_not_download_them(cloud: Any, site: Any) -> None:
    made = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    action = "vpc:DownloadVpnConnectionConfig"
    ann = cloud.as_user("ann", ("Allow", "vpc:*", "*"), ("Deny", action, "*"))
    shown = ann.call("DescribeVpnConnection", VpnConnectionId=made)
    assert psks(shown) == {""}
    changed = ann.call("ModifyVpnAttachmentAttribute", VpnConnectionId=made, Name="new")
    assert psks(changed) == {""}
    assert ann.refused("DownloadVpnConnectionConfig", VpnConnectionId=made).code == "NoPermission"
    assert "" not in psks(cloud.call("DescribeVpnConnection", VpnConnectionId=made))


def test_a_kept_answer_shows_keys_only_to_whoever_may_see_them(cloud: Any, site: Any) -> None:
    made = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    change = {"VpnConnectionId": made, "Name": "new", "ClientToken": "once"}
    first = cloud.call("ModifyVpnAttachmentAttribute", **change)
    assert "" not in psks(first)
    action = "vpc:DownloadVpnConnectionConfig"
    arn = f"acs:vpc:*:*:vpnconnection/{made}"
    ann = cloud.as_user("ann", ("Allow", "vpc:*", "*"), ("Deny", action, arn))
    kept = ann.call("ModifyVpnAttachmentAttribute", **change)
    assert psks(kept) == {""}
    bob = cloud.as_user("bob", ("Allow", "vpc:*", "*"))
    assert psks(bob.call("ModifyVpnAttachmentAttribute", **change)) == psks(first)
    # Nobody changed anything but the first.
    assert {**kept, "RequestId": ""}.keys() == first.keys()
    eve = cloud.as_user("eve", ("Allow", "vpc:Describe*", "*"))
    assert eve.refused("ModifyVpnAttachmentAttribute", **change).code == "NoPermission"


def psks(answer: Any) -> set[str]:
    match answer:
        case dict():
            inner = {psk for value in answer.values() for psk in psks(value)}
            return inner | ({answer["Psk"]} if "Psk" in answer else set())
        case list():
            return {psk for each in answer for psk in psks(each)}
        case _:
            return set()


def test_an_account_sees_nothing_of_another(cloud: Any, other: Any, frame: Any, site: Any) -> None:
    made = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    cloud.call("CreateVpc", CidrBlock="10.1.0.0/16")
    attachment = cloud.call(
        "CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=made
    )["TransitRouterAttachmentId"]
    own = {made, attachment, frame.cen_id, frame.router_id, frame.table_id, *site.gateway_ids}
    given = {
        "VpnConnectionId": made,
        "CustomerGatewayId": site.gateway_ids[0],
        "CenId": frame.cen_id,
        "TransitRouterId": frame.router_id,
        "TransitRouterRouteTableId": frame.table_id,
        "TransitRouterAttachmentId": attachment,
        "UserName": "admin",
    }
    seen = 0
    for action in other.dispatcher.catalogue:
        if action.mutating:
            continue
        names = {field.alias for field in action.request.model_fields.values()}
        for values in ({}, {name: value for name, value in given.items() if name in names}):
            outcome = other.dispatcher.dispatch(
                dispatch.CallInput(
                    version=action.product.value,
                    action=action.name,
                    method="POST",
                    pairs=(("RegionId", "cn-hangzhou"), *values.items()),
                    principal=other.principal,
                    request_id="0A",
                    source_ip="192.0.2.1",
                )
            )
            seen += outcome.status == 200
            assert outcome.status < 500, action.name
            if outcome.status == 200:
                text = json.dumps(outcome.answer)
                assert not [each for each in own if each in text], action.name
    assert seen > 30


def test_only_the_first_account_makes_accounts(cloud: Any, other: Any) -> None:
    refusal = other.refused("CreateAccount")
    assert (refusal.status, refusal.code) == (403, "NoPermission")
    assert other.refused("ListAccounts").code == "NoPermission"
    assert cloud.call("ListAccounts")["TotalCount"] == 2
    assert [each["UserName"] for each in other.call("ListUsers")["Users"]["User"]] == ["admin"]


def test_keys_are_exchanged_one_by_one(cloud: Any) -> None:
    cloud.call("CreateUser", UserName="ann")
    first, second = (cloud.call("CreateAccessKey", UserName="ann")["AccessKey"] for _ in range(2))
    third = cloud.refused("CreateAccessKey", UserName="ann")
    assert (third.status, third.code) == (409, "LimitExceeded.User.AccessKey")
    key_id = first["AccessKeyId"]
    cloud.call("UpdateAccessKey", UserName="ann", UserAccessKeyId=key_id, Status="Inactive")
    with cloud.database.read() as unit:
        found = access.find_access_key(unit, key_id)
        assert found is not None
        assert not found.active
    cloud.call("UpdateAccessKey", UserName="ann", UserAccessKeyId=key_id, Status="Active")
    assert cloud.refused("DeleteUser", UserName="ann").code == "DeleteConflict.User.AccessKey"
    cloud.call("DeleteAccessKey", UserName="ann", UserAccessKeyId=key_id)
    listed = cloud.call("ListAccessKeys", UserName="ann")["AccessKeys"]["AccessKey"]
    assert [each["AccessKeyId"] for each in listed] == [second["AccessKeyId"]]
    assert "AccessKeySecret" not in listed[0]
    gone = cloud.refused("DeleteAccessKey", UserName="ann", UserAccessKeyId=key_id)
    assert (gone.status, gone.code) == (404, "EntityNotExist.User.AccessKey")


def test_a_user_manages_its_own_keys_by_permission(cloud: Any) -> None:
    arn = f"acs:ram::{cloud.account_id}:user/ann"
    ann = cloud.as_user("ann", ("Allow", "futago:*AccessKey*", arn))
    made = ann.call("CreateAccessKey")["AccessKey"]["AccessKeyId"]
    ann.call("DeleteAccessKey", UserAccessKeyId=made)
    assert ann.refused("CreateAccessKey", UserName="admin").code == "NoPermission"
    assert ann.refused("ListAccessKeys", UserName="admin").code == "NoPermission"


def test_the_last_administrator_stays(cloud: Any) -> None:
    assert cloud.refused("DeleteUser", UserName="admin").status == 409
    cloud.call("CreateUser", UserName="ann")
    cloud.call("DeleteUser", UserName="ann")
    gone = cloud.refused("GetUser", UserName="ann")
    assert (gone.status, gone.code) == (404, "EntityNotExist.User")


def test_a_deleted_user_leaves_no_policies(cloud: Any) -> None:
    cloud.call("CreateUser", UserName="ann")
    allowed = cloud.document(("Allow", "*", "*"))
    cloud.call("PutUserPolicy", UserName="ann", PolicyName="all", PolicyDocument=allowed)
    cloud.call("DeleteUser", UserName="ann")
    cloud.call("CreateUser", UserName="ann")
    assert cloud.call("ListUserPolicies", UserName="ann")["Policies"]["Policy"] == []


def test_policies_are_put_shown_and_taken_away(cloud: Any) -> None:
    cloud.call("CreateUser", UserName="ann")
    named = {"UserName": "ann", "PolicyName": "read"}
    for action in ("vpc:Describe*", "cen:List*"):
        allowed = cloud.document(("Allow", action, "*"))
        cloud.call("PutUserPolicy", **named, PolicyDocument=allowed)
        shown = cloud.call("GetUserPolicy", **named)["Policy"]
        assert shown["PolicyDocument"] == allowed
    assert cloud.call("ListPolicies")["TotalCount"] == 1
    cloud.call("DeleteUserPolicy", **named)
    assert cloud.refused("GetUserPolicy", **named).code == "EntityNotExist.Policy"
    nobody = {"UserName": "bob", "PolicyName": "read", "PolicyDocument": allowed}
    assert cloud.refused("PutUserPolicy", **nobody).code == "EntityNotExist.User"


def test_a_condition_is_refused_with_an_explanation(cloud: Any) -> None:
    cloud.call("CreateUser", UserName="ann")
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}
    refusal = cloud.refused(
        "PutUserPolicy",
        UserName="ann",
        PolicyName="x",
        PolicyDocument=json.dumps({"Version": "1", "Statement": [statement]}),
    )
    assert refusal.code == "MalformedPolicyDocument"
    assert "Condition" in refusal.message
    assert "not supported" in refusal.message
