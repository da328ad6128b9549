"""A person at the console: the distribution's Chromium, driven by what is on the page.

Elements are found as people find them, by role and text. Whatever the browser complains about, a
script error or something that the page's policy forbids, is kept for the test to judge.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright import sync_api

from futago.api import console_files

CHROMIUM: Final = "/usr/bin/chromium"
ROOT: Final = Path(__file__).parents[3]
CONSOLE: Final = ROOT / "console"
ARTIFACTS: Final = ROOT / "artifacts" / "console"
PATIENCE_MS: Final = 40_000
"""How long something may take to appear on a busy machine, where a test measures nothing."""
_SERIOUS: Final = ("serious", "critical")
# A spinner turns for ever and is not waited for.
_REST: Final = """Promise.allSettled(document.getAnimations()
  .filter(each => each.effect.getComputedTiming().endTime !== Infinity)
  .map(each => each.finished)).then(() => true)"""
_EXPECTED: Final = re.compile(r"status of (400|401|403|404|429)")
"""The browser reports every refused call; refusals are part of the game."""


@contextlib.contextmanager
def chromium() -> Iterator[sync_api.Browser]:
    """Run a browser.

    Raises:
        AssertionError: There is no page to look at.
    """
    assert (console_files.STATIC / "index.html").is_file(), "build the page first: make console"  # noqa: S101
    with sync_api.sync_playwright() as playwright:
        # Tests run as root, where Chromium's own sandbox cannot.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def texts(language: str) -> dict[str, Any]:
    """Read the texts of a language, functions left out."""
    source = (CONSOLE / "src" / "i18n" / f"{language}.ts").read_text(encoding="utf-8")
    found: dict[str, Any] = {}
    section = found
    for line in source.splitlines():
        opened = re.match(r"  (\w+): \{$", line)
        if opened:
            section = found.setdefault(opened[1], {})
        told = re.match(r'    "?([\w-]+)"?: (".*"),$', line)
        if told:
            section[told[1]] = json.loads(told[2])
        reason = re.match(r'    (\w+): (\[".*"\]),$', line)
        if reason:
            section[reason[1]] = json.loads(reason[2])
    long = re.findall(r'^    (\w+):\n      (".*"),$', source, re.MULTILINE)
    deep = re.findall(
        r'^      "?([\w.-]+)"?: ("[^"]*"|\["[^"]*", "[^"]*"\]),$', source, re.MULTILINE
    )
    refusals = (CONSOLE / "src" / "i18n" / f"refusals.{language}.ts").read_text(encoding="utf-8")
    refused = re.findall(r'^  "([\w.]+)": (".*"),$', refusals, re.MULTILINE)
    return found | {
        "deep": {name: json.loads(text) for name, text in deep},
        "long": {name: json.loads(text) for name, text in long},
        "refusals": {code: json.loads(text) for code, text in refused},
    }


@dataclass
class Visitor:
    """Somebody who looks at the console in one language."""

    page: sync_api.Page
    base: str
    language: str
    said: dict[str, Any]
    complaints: list[str] = field(default_factory=list)

    def goto(self, path: str) -> None:
        """Open a page of the console."""
        self.page.goto(self.base + path)
        self.page.locator("h1:visible").first.wait_for()

    def log_in(self, password: str, user: str = "admin") -> None:
        """Log in and wait for the first page."""
        self.page.goto(self.base)
        self.page.locator("input[name=user]").fill(user)
        self.page.locator("input[name=password]").fill(password)
        self.page.get_by_role("button", name=self.said["login"]["submit"], exact=True).click()
        self.page.locator("input[name=password]").wait_for(state="detached")
        self.page.locator("h1:visible").first.wait_for()

    def press(self, name: str, within: sync_api.Locator | None = None) -> None:
        """Press a button."""
        (within or self.page).get_by_role("button", name=name, exact=True).first.click()

    def next_step(self, name: str) -> None:
        """Press the button to a wizard's next step, and wait for that: the server checks first."""
        title = self.page.locator("h1:visible").last.inner_text()
        self.press(name)
        here = self.page.locator("h1:visible").get_by_text(title, exact=True)
        sync_api.expect(here).to_have_count(0, timeout=PATIENCE_MS)

    def fill(self, label: str, text: str, within: sync_api.Locator | None = None) -> None:
        """Write into a field."""
        (within or self.page).get_by_label(label, exact=True).first.fill(text)

    def choose(self, label: str, option: str, within: sync_api.Locator | None = None) -> None:
        """Choose from a list."""
        (within or self.page).get_by_label(label).first.click()
        self.page.get_by_role("option").filter(has_text=option).first.click()

    def dialog(self) -> sync_api.Locator:
        """Give the dialog that is open."""
        return self.page.get_by_role("dialog").last

    def see(self, text: str) -> None:
        """Wait until a text is there."""
        self.page.get_by_text(text).first.wait_for()

    def rest(self) -> None:
        """Wait until what fades in is there: half of it has neither its contrast nor its place."""
        self.page.evaluate(_REST)

    def keep(self, name: str) -> None:
        """Keep a picture of the page as it is."""
        self.rest()
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"{name}-{self.language}.png")

    def findings(self) -> list[str]:
        """Give serious findings of axe about the page as it is."""
        self.rest()
        self.page.evaluate((CONSOLE / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{each['id']}: {each['help']}: {node['html'][:160]}"
            for each in found["violations"]
            if each["impact"] in _SERIOUS
            for node in each["nodes"][:3]
        ]


@contextlib.contextmanager
def visit(browser: sync_api.Browser, base: str, language: str) -> Iterator[Visitor]:
    """Open the console in a window of its own."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, locale=language)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(
        f"localStorage.setItem('futago.language', '{language}');"
        "localStorage.setItem('futago.theme', 'light')"
    )
    visitor = Visitor(context.new_page(), base, language, texts(language))

    def complain(message: sync_api.ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _EXPECTED.search(message.text):
            visitor.complaints.append(message.text)

    visitor.page.on("console", complain)
    visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
    try:
        yield visitor
    except BaseException:
        visitor.keep("failed")
        raise
    finally:
        context.close()
