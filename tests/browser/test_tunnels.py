"""The connection's page: how it is known, what an edit does, what can be asked of a tunnel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.browser.conftest import PASSWORD, Place

from futago.testing import browsing

if TYPE_CHECKING:
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
        _edit_shows_its_effect(visitor, first)
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
        assert visitor.complaints == []
    shown = place.call("ListTunnelTasks", VpnConnectionId=place.connection_id)["Tasks"]
    assert [each["Kind"] for each in shown] == ["reset"]


def _edit_shows_its_effect(visitor: browsing.Visitor, panel: sync_api.Locator) -> None:
    said = visitor.said
    panel.get_by_role("button").first.click()
    dialog = visitor.dialog()
    dialog.get_by_text(said["plan"]["nothing"]).wait_for()
    visitor.fill(said["wizard"]["psk"], "another-key", dialog)
    dialog.get_by_text(said["plan"]["title"]).wait_for()
    dialog.get_by_text(said["plan"]["overlap"]).wait_for()
    visitor.keep("edit-plan")
    visitor.press(said["common"]["cancel"], dialog)


def _ask(visitor: browsing.Visitor, panel: sync_api.Locator, task: str) -> None:
    panel.get_by_role("button", name=visitor.said["tasks"]["menu"]).click()
    visitor.page.get_by_role("menuitem", name=task).click()
    visitor.press(task, visitor.dialog())
    visitor.dialog().wait_for(state="detached")
