"""The seven items: levels by what is there, pings by the node, and one diagnosis at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from futago.domain import tasks
from futago.plan import checkups, failures, observation
from futago.services import tasks as services
from futago.store import tasks as rows
from futago.testing import simulation, speakers

WHEN = datetime(2026, 11, 23, tzinfo=UTC)
ANSWERED = tasks.PingResult(sent=5, answered=5, rtt_ms=1.5)
SILENT = tasks.PingResult(sent=5, answered=0)


@dataclass
class Diagnosed:
    """An attached connection, and a node that pings as it is told."""

    cloud: Any
    database: Any
    node: simulation.ObedientNode
    connection_id: str
    tunnel_ids: list[str]

    def start(self, **more: Any) -> str:
        names = {"VpnConnectionId": self.connection_id, **more}
        return str(self.cloud.call("StartConnectionDiagnosis", **names)["DiagnoseId"])

    def answer(self, *results: tasks.PingResult) -> None:
        """Let the pings that wait end, in their order."""
        with self.database.begin() as unit:
            waiting = rows.open_of(unit.session, self.connection_id, unit.now)
            by_tunnel = sorted(waiting, key=lambda row: self.tunnel_ids.index(row.tunnel_id))
            for row, result in zip(by_tunnel, results, strict=True):
                said = observation.TaskObservation(
                    task_id=row.id, state=tasks.TaskState.DONE, ping=result
                )
                services.note(unit, [said])

    def result(self, diagnosis_id: str) -> Any:
        return self.cloud.call(
            "GetConnectionDiagnosis",
            VpnConnectionId=self.connection_id,
            DiagnoseId=diagnosis_id,
        )

    def levels(self, diagnosis_id: str) -> dict[str, str]:
        found = self.result(diagnosis_id)["DiagnoseResult"]
        return {each["DiagnoseName"]: each["DiagnoseResultLevel"] for each in found}


@pytest.fixture
def made(
    cloud: Any, database: Any, node: simulation.ObedientNode, frame: Any, site: Any
) -> Diagnosed:
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    attachment_id = speakers.attach(cloud, node, frame, connection_id)
    cloud.call(
        "EnableTransitRouterRouteTablePropagation",
        TransitRouterAttachmentId=attachment_id,
        TransitRouterRouteTableId=frame.table_id,
    )
    described = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    tunnels = described["TunnelOptionsSpecification"]["TunnelOptions"]
    found = Diagnosed(cloud, database, node, connection_id, [each["TunnelId"] for each in tunnels])
    for each in found.tunnel_ids:
        node.see(each, ike=True, children=1)
    node.settle()
    return found


def test_seven_items_of_which_one_waits_for_pings(made: Diagnosed) -> None:
    diagnosis_id = made.start()
    early = made.result(diagnosis_id)
    assert (early["FinishedCount"], early["TotalCount"], early["FinishTime"]) == (6, 7, "")
    assert made.start() == diagnosis_id
    made.answer(ANSWERED, ANSWERED)
    done = made.result(diagnosis_id)
    assert done["FinishedCount"] == 7
    assert done["FinishTime"]
    assert tuple(each["DiagnoseName"] for each in done["DiagnoseResult"]) == checkups.ITEMS
    assert set(made.levels(diagnosis_id).values()) == {"normal"}
    assert made.start() != diagnosis_id


def test_silence_outside_is_a_fault_only_where_ike_is_silent_too(made: Diagnosed) -> None:
    one = made.start()
    made.answer(SILENT, ANSWERED)
    assert made.levels(one)[checkups.OUTSIDE] == "normal"
    made.node.see(made.tunnel_ids[0])
    made.node.settle()
    assert made.levels(one)[checkups.OUTSIDE] == "error"


def test_a_reason_and_a_conflict_are_errors_with_both_sides(made: Diagnosed, frame: Any) -> None:
    failure = failures.Failure(
        code=failures.FailureCode.DH_GROUP_MISMATCH,
        at=WHEN,
        evidence="line",
        setting=failures.Setting.IKE_DH_GROUP,
        ours="group2",
        theirs="group14",
    )
    made.node.see(made.tunnel_ids[0], failure=failure)
    made.node.settle()
    for prefix in ("10.60.0.0/16", "10.61.0.0/16"):
        made.cloud.call(
            "CreateVcoRouteEntry",
            VpnConnectionId=made.connection_id,
            NextHop=made.connection_id,
            RouteDest=prefix,
            Weight=100,
        )
        made.node.settle()
    entry = "TransitRouterRouteEntry"
    for prefix in ("10.60.0.0/16", "10.61.1.0/24", "10.56.0.0/13"):
        made.cloud.call(
            "CreateTransitRouterRouteEntry",
            **{
                "TransitRouterRouteTableId": frame.table_id,
                f"{entry}DestinationCidrBlock": prefix,
                f"{entry}NextHopType": "BlackHole",
            },
        )
    made.node.settle()
    diagnosis_id = made.start()
    found = {each["DiagnoseName"]: each for each in made.result(diagnosis_id)["DiagnoseResult"]}
    routes, consistency = found[checkups.ROUTES], found[checkups.CONSISTENCY]
    assert routes["DiagnoseResultLevel"] == "error"
    assert [each["Other"] for each in routes["Seen"]] == ["10.60.0.0/16", "10.61.1.0/24"]
    assert consistency["DiagnoseResultLevel"] == "error"
    (seen,) = consistency["Seen"]
    assert (seen["Local"], seen["Remote"], seen["Code"]) == ("group2", "group14", "DhGroupMismatch")
    assert consistency["Remedy"]


def test_limits_warn_above_four_fifths(made: Diagnosed) -> None:
    made.cloud.call("SetQuota", QuotaCode="connections-per-region", Value=1)
    full = made.levels(made.start())
    assert full[checkups.CONNECTION_QUOTA] == "error"
    usage = checkups.Usage(quota="q", used=81, limit=100)
    assert checkups.quota(checkups.ROUTE_QUOTA, (usage,)).level is checkups.Level.WARNING
    usage = checkups.Usage(quota="q", used=80, limit=100)
    assert checkups.quota(checkups.ROUTE_QUOTA, (usage,)).level is checkups.Level.NORMAL


def test_two_ends_are_named_or_none(made: Diagnosed) -> None:
    names = {"VpnConnectionId": made.connection_id, "PrivateSourceIp": "10.20.0.10"}
    assert made.cloud.refused("StartConnectionDiagnosis", **names).code == "MissingParameter"
    # Without a host's vSwitch nothing can be sent, and the walk says why.
    diagnosis_id = made.start(PrivateSourceIp="10.20.0.10", PrivateDestinationIp="192.168.10.10")
    (inside,) = (
        each
        for each in made.result(diagnosis_id)["DiagnoseResult"]
        if each["DiagnoseName"] == checkups.INSIDE
    )
    assert inside["DiagnoseResultLevel"] == "error"
    assert "vSwitch" in inside["DiagnoseResultDescription"]


def test_a_diagnosis_of_something_else_is_not_there(made: Diagnosed) -> None:
    names = {"VpnConnectionId": made.connection_id, "DiagnoseId": "dgn-nothing"}
    assert made.cloud.refused("GetConnectionDiagnosis", **names).code == "InvalidTaskId.NotFound"
