"""What the audit knows afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from futago.protocols.rpc import timestamps
from futago.store import schema


def events(cloud: Any, **wanted: Any) -> list[Any]:
    found: list[Any] = cloud.call("LookupEvents", **wanted)["Events"]
    return found


def test_a_change_is_recorded_with_its_generations(cloud: Any, site: Any) -> None:
    made = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    cloud.call("ModifyVpnAttachmentAttribute", VpnConnectionId=made, EffectImmediately=True)
    cloud.call("DeleteVpnAttachment", VpnConnectionId=made)
    deleted, modified, created = events(cloud, ResourceId=made)
    assert created["EventName"] == "CreateVpnAttachment"
    assert created["UserIdentity"] == {
        "AccountId": cloud.account_id,
        "UserName": "tester",
        "AccessKeyId": "LTAItest",
    }
    assert (created["SourceIpAddress"], created["ResultCode"]) == ("192.0.2.1", "OK")
    assert created["ResourceId"] == created["GenerationOf"] == made
    assert created["GenerationBefore"] is None
    assert modified["GenerationBefore"] == created["GenerationAfter"]
    assert modified["GenerationAfter"] > modified["GenerationBefore"]
    assert deleted["GenerationBefore"] == modified["GenerationAfter"]
    assert deleted["GenerationAfter"] is None


def test_a_change_on_a_router_counts_there(cloud: Any, frame: Any) -> None:
    cloud.call("CreateTransitRouterRouteTable", TransitRouterId=frame.router_id)
    (event,) = events(cloud, EventName="CreateTransitRouterRouteTable")
    assert event["GenerationOf"] == frame.router_id
    assert event["ResourceId"].startswith("vtb-")
    assert event["GenerationAfter"] >= event["GenerationBefore"]


def test_refused_changes_are_recorded(cloud: Any) -> None:
    ann = cloud.as_user("ann")
    ann.refused("CreateVpc", CidrBlock="10.0.0.0/16")
    cloud.refused("DeleteVpc", VpcId="vpc-none")
    (denied,) = events(cloud, UserName="ann")
    assert (denied["EventName"], denied["ResultCode"]) == ("CreateVpc", "NoPermission")
    (missing,) = events(cloud, ResultCode="InvalidVpcId.NotFound")
    assert missing["ResourceId"] == "vpc-none"


def test_every_answer_with_keys_is_recorded_and_no_other_read(cloud: Any, site: Any) -> None:
    made = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    cloud.call("DescribeVpnConnections")
    cloud.call("DescribeVpcs")
    for action in ("DescribeVpnConnection", "DownloadVpnConnectionConfig"):
        assert events(cloud, EventName=action) == []
        cloud.call(action, VpnConnectionId=made)
        (event,) = events(cloud, EventName=action)
        assert event["ResourceId"] == made
    assert events(cloud, EventName="DescribeVpnConnections") == []
    assert events(cloud, EventName="DescribeVpcs") == []


def test_a_key_that_cannot_be_recorded_is_not_shown(
    cloud: Any, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    monkeypatch.setattr(cloud.database, "begin", _broken)
    outcome = cloud.send("DescribeVpnConnection", VpnConnectionId=made)
    assert outcome.status == 500
    assert "Psk" not in str(outcome.answer)


def _broken() -> None:
    raise OSError("disk")


def test_a_change_without_a_record_is_not_made(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr("futago.store.audit.record", fail)
    assert cloud.send("CreateVpc", CidrBlock="10.0.0.0/16").status == 500
    monkeypatch.undo()
    assert cloud.call("DescribeVpcs")["TotalCount"] == 0


def test_events_are_found_by_time_and_page(cloud: Any, clock: Any) -> None:
    for index in range(5):
        clock.advance(60)
        cloud.call("CreateVpc", CidrBlock=f"10.{index}.0.0/16")
    start = timestamps.to_seconds_text(clock.now() - timedelta(minutes=1))
    assert len(events(cloud, StartTime=start)) == 2
    assert len(events(cloud, EndTime=start)) == 3
    seen: list[str] = []
    token: str | None = None
    while token != "":
        page = cloud.call("LookupEvents", MaxResults=2, NextToken=token)
        # What happens meanwhile does not move the pages.
        cloud.call("CreateVpc", CidrBlock=f"10.{100 + len(seen)}.0.0/16")
        seen += [event["EventId"] for event in page["Events"]]
        token = page["NextToken"]
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, key=int, reverse=True)
    assert cloud.refused("LookupEvents", NextToken="AAAA").code == "IllegalParam.NextToken"
    assert "StartTime" in cloud.refused("LookupEvents", StartTime="yesterday").message


def test_records_are_kept_for_ninety_days(cloud: Any, clock: Any) -> None:
    for index in range(30):
        cloud.call("CreateVpc", CidrBlock=f"10.{index}.0.0/16")
    clock.advance(91 * 24 * 3600)
    for index in range(2):
        cloud.call("CreateCen", Name=f"cen {index}")
    with cloud.database.read() as unit:
        left = unit.session.scalar(sa.select(sa.func.count()).select_from(schema.AuditRow))
    assert left == 2


def test_no_other_read_shows_a_key(cloud: Any, site: Any) -> None:
    psk = "only-here-0123456789"
    options = [
        {**each, "TunnelIkeConfig": {"Psk": psk}}
        for each in site.connection["TunnelOptionsSpecification"]
    ]
    wanted = {**site.connection, "TunnelOptionsSpecification": options}
    made = cloud.call("CreateVpnAttachment", **wanted)["VpnConnectionId"]
    showing = set()
    for action in cloud.dispatcher.catalogue:
        names = {field.alias for field in action.request.model_fields.values()}
        if not action.mutating and "VpnConnectionId" in names:
            outcome = cloud.send(action.name, VpnConnectionId=made)
            if psk in str(outcome.answer):
                assert action.reveals_secrets, action.name
                showing.add(action.name)
    assert showing == {"DescribeVpnConnection", "DownloadVpnConnectionConfig"}
