"""The connection's page: how it is known, what an edit does, what can be asked of a tunnel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.browser.conftest import PASSWORD, Place

from futago.domain import tasks
from futago.messages import codec
from futago.plan import observation
from futago.services import captures as captures_service
from futago.services import samples
from futago.services import tasks as tasks_service
from futago.testing import browsing, simulation

if TYPE_CHECKING:
    from pathlib import Path

    from playwright import sync_api

pytestmark = pytest.mark.slow


def test_the_page_tells_what_is_known_and_what_a_change_does(
    browser: sync_api.Browser, place: Place
) -> None:
    place.served.service.node.settle()
    with browsing.visit(browser, place.base, "ja") as visitor:
        said = visitor.said
        visitor.log_in(PASSWORD)
        visitor.goto(f"connections/{place.connection_id}")
        first = visitor.page.get_by_test_id("tunnel-1")
        first.get_by_role("table", name=said["health"]["facts"]).wait_for()
        assert first.get_by_role("row").count() == 5
        visitor.keep("facts")
        _an_edit_that_interrupts_is_forced(visitor, place, first)
        _ask(visitor, first, said["tasks"]["reset"])
        visitor.page.get_by_role("tab", name=said["connection"]["tabDiagnosis"]).click()
        tasks = visitor.page.get_by_role("grid", name=said["tasks"]["title"])
        tasks.get_by_role("row").nth(1).wait_for()
        visitor.page.get_by_role("tab", name=said["connection"]["tabCaptures"]).click()
        visitor.press(said["captures"]["start"])
        visitor.press(said["captures"]["start"], visitor.dialog())
        captures = visitor.page.get_by_role("grid", name=said["captures"]["title"])
        captures.get_by_role("row").nth(2).wait_for()
        visitor.keep("captures")
        assert visitor.findings() == []
        _take_a_capture(visitor, place)
        assert visitor.complaints == []
    shown = place.call("ListTunnelTasks", VpnConnectionId=place.connection_id)["Tasks"]
    assert [each["Kind"] for each in shown] == ["reset"]


def _first(place: Place) -> dict[str, str]:
    shown = place.call("DescribeVpnConnection", VpnConnectionId=place.connection_id)
    tunnel = shown["TunnelOptionsSpecification"]["TunnelOptions"][0]
    return {"VpnConnectionId": place.connection_id, "TunnelId": tunnel["TunnelId"]}


def _take_a_capture(visitor: browsing.Visitor, place: Place) -> None:
    """Let the host end a capture, whose file comes in several parts."""
    said = visitor.said
    listed = place.call("ListPacketCaptures", **_first(place))["PacketCaptures"]
    capture_id = listed[0]["CaptureId"]
    content = bytes(range(256)) * (captures_service.PART_BYTES // 256) + b"the end"
    ended = observation.TaskObservation(task_id=capture_id, state=tasks.TaskState.DONE)
    with place.served.service.database.begin() as unit:
        captures_service.store(unit, capture_id, content)
        tasks_service.note(unit, [ended])
    visitor.goto(f"connections/{place.connection_id}?tab=captures")
    with visitor.page.expect_download() as saved:
        visitor.press(f"{said['captures']['download']}: {capture_id}")
    assert saved.value.suggested_filename == f"{capture_id}.pcap"
    assert saved.value.path().read_bytes() == content


def _an_edit_that_interrupts_is_forced(
    visitor: browsing.Visitor, place: Place, panel: sync_api.Locator
) -> None:
    said = visitor.said
    panel.get_by_role("button").first.click()
    dialog = visitor.dialog()
    dialog.get_by_text(said["plan"]["nothing"]).wait_for()
    place.served.service.node.settle()
    visitor.fill(said["wizard"]["psk"], "another-key", dialog)
    dialog.get_by_text(said["plan"]["title"]).wait_for()
    dialog.get_by_text(said["plan"]["overlap"]).wait_for()
    # The other tunnel is down: nothing is saved before somebody accepts that traffic stops.
    accepted = dialog.get_by_label(said["plan"]["force"])
    accepted.wait_for()
    visitor.press(said["common"]["save"], dialog)
    visitor.keep("edit-plan")
    assert place.call("RevealTunnelPsk", **_first(place))["Psk"] != "another-key"
    accepted.check()
    visitor.press(said["common"]["save"], dialog)
    dialog.wait_for(state="detached")
    assert place.call("RevealTunnelPsk", **_first(place))["Psk"] == "another-key"


def _ask(visitor: browsing.Visitor, panel: sync_api.Locator, task: str) -> None:
    panel.get_by_role("button", name=visitor.said["tasks"]["menu"]).click()
    visitor.page.get_by_role("menuitem", name=task).click()
    visitor.press(task, visitor.dialog())
    visitor.dialog().wait_for(state="detached")


def test_a_diagnosis_shows_seven_items_and_a_path_its_first_broken_hop(
    browser: sync_api.Browser, place: Place
) -> None:
    place.served.service.node.settle()
    with browsing.visit(browser, place.base, "ja") as visitor:
        said = visitor.said
        visitor.log_in(PASSWORD)
        visitor.goto(f"connections/{place.connection_id}?tab=diagnosis")
        visitor.press(said["checkup"]["start"])
        items = visitor.page.get_by_role("list", name=said["checkup"]["result"])
        # Nobody pings here, so the item of the way outside is still awaited.
        items.get_by_text(said["checkup"]["looking"]).wait_for()
        assert items.get_by_role("listitem").count() == 7
        visitor.see(said["reasons"]["EncryptionAlgorithmMismatch"][1])
        visitor.page.reload()
        items.get_by_role("listitem").nth(6).wait_for()
        _test_path(visitor, "10.0.1.10", "10.9.0.10")
        there = visitor.page.get_by_role("list", name=said["path"]["there"])
        there.get_by_role("listitem").first.wait_for()
        visitor.keep("diagnosed")
        assert visitor.findings() == []
        _test_path(visitor, "10.0.9.10", "10.9.0.10")
        visitor.see(said["deep"]["NotInVSwitch"][1])
        assert visitor.complaints == []


def _test_path(visitor: browsing.Visitor, source: str, destination: str) -> None:
    said = visitor.said["path"]
    visitor.fill(said["source"], source)
    visitor.fill(said["destination"], destination)
    visitor.press(said["test"])


def test_a_chart_has_a_gap_where_nobody_measured(
    browser: sync_api.Browser, place: Place, tmp_path: Path
) -> None:
    _measure(place, tmp_path, silent=range(8, 16))
    with browsing.visit(browser, place.base, "en") as visitor:
        visitor.log_in(PASSWORD)
        visitor.goto(f"connections/{place.connection_id}?tab=charts")
        charts = visitor.page.locator(".chart")
        lines = charts.nth(1).locator("path[stroke][clip-path]")
        lines.nth(1).wait_for(state="attached")
        assert lines.count() == 2
        # Both directions of one tunnel.
        assert charts.nth(0).locator("path[stroke][clip-path]").count() == 4
        visitor.see(visitor.said["charts"]["gaps"])
        visitor.keep("charts-gap")
        assert visitor.complaints == []


def _measure(place: Place, directory: Path, silent: range) -> None:
    """Report the first tunnel's traffic of half an hour as a host does, silent for a while."""
    tunnel_id = _first(place)["TunnelId"]
    memory = simulation.memory(directory)
    try:
        sampler = samples.Sampler(memory)
        now = datetime.now(UTC)
        for beat in range(3 * 30):
            if beat // 3 in silent:
                continue
            seen = codec.DeviceTraffic(
                tunnel_id=tunnel_id,
                connection_id=place.connection_id,
                received_bytes=beat * 1_000_000,
                sent_bytes=beat * 400_000,
                received_packets=beat * 1000,
                sent_packets=beat * 400,
                rtt_ms=8.0 + beat % 5,
                loss=0.0,
                is_up=True,
            )
            over = sampler.accept(
                (seen,), now - timedelta(minutes=30) + timedelta(seconds=20 * beat)
            )
            if over is not None:
                with place.served.service.database.begin() as unit:
                    sampler.store(unit, over)
    finally:
        memory.close()
