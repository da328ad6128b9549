"""The console explains every reason that the service can give; the languages agree by its tests."""

from __future__ import annotations

import re
from pathlib import Path

from futago.actions import codes, edit_answers, registry
from futago.domain import events, health, tasks
from futago.plan import bgp_conditions, edits, failures
from futago.services import quotas

ENGLISH = Path(__file__).parents[2] / "console" / "src" / "i18n" / "en.ts"


def test_every_reason_code_has_a_text() -> None:
    told = re.findall(r"^    (\w+): \[", ENGLISH.read_text(encoding="utf-8"), re.MULTILINE)
    codes = {code.value for code in (*failures.FailureCode, *bgp_conditions.Code)}
    assert set(told) == codes | {"NoExceptionFound"}


def test_every_quota_has_a_name() -> None:
    text = ENGLISH.read_text(encoding="utf-8")
    names = text[text.index("    names: {") :]
    for code in quotas.DEFAULTS:
        assert re.search(rf'^      "?{code}"?: "', names, re.MULTILINE), code


def test_every_refusal_of_connections_and_networks_has_a_text() -> None:
    text = (ENGLISH.parent / "refusals.en.ts").read_text(encoding="utf-8")
    told = set(re.findall(r'^  "([\w.]+)": "', text, re.MULTILINE))
    said = {code for code, _ in (*codes.VPC.values(), *codes.CBN.values())}
    assert said <= told


def test_causes_events_and_effects_of_edits_have_texts() -> None:
    text = ENGLISH.read_text(encoding="utf-8")
    told = set(re.findall(r'^      "?([\w.-]+)"?: ', text, re.MULTILINE))
    assert {code.value for code in health.CauseCode} <= told
    assert {name.value for name in events.EventName} <= told
    assert {effect.value for effect in edits.Effect} <= told
    assert set(edit_answers.IMPACTS.values()) <= told
    assert {evidence.value for evidence in health.Evidence} <= told
    assert {kind.value for kind in tasks.TaskKind} <= told


def test_pages_call_only_actions_that_work() -> None:
    sources = ENGLISH.parents[1].rglob("*.ts*")
    text = "".join(
        path.read_text(encoding="utf-8") for path in sources if "schema" not in path.name
    )
    called = set(re.findall(r'"(?:VPC|CBN|RAM|ResourceManager|STS|Futago)_(\w+)"', text))
    known = {action.name for action in registry.catalogue(region_id="r")}
    assert len(called) > 50
    assert called <= known
