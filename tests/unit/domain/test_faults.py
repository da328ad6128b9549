from __future__ import annotations

from datetime import timedelta

from futago.domain import faults


def test_a_fault_carries_its_sentence_and_context() -> None:
    fault = faults.Conflict("no", field="name", value="x")
    assert (str(fault), fault.message, fault.context) == (
        "no",
        "no",
        {"field": "name", "value": "x"},
    )
    assert repr(fault) == "Conflict(code='Conflict', message='no')"


def test_advice_on_retrying() -> None:
    assert not faults.NEVER.helps
    assert faults.Retry(helps=True, after=None) == faults.BACKOFF
    assert faults.after(2.5) == faults.Retry(helps=True, after=timedelta(seconds=2.5))
    assert faults.Unavailable.retry is faults.BACKOFF
