"""What a log line looks like."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from futago.runtime import logfields, logs, settings


@pytest.fixture(autouse=True)
def _root_logger() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def log_to(form: settings.LogFormat) -> io.StringIO:
    stream = io.StringIO()
    logs.set_up(settings.Logs(level=settings.LogLevel.INFO, format=form), stream)
    return stream


def test_a_json_line_has_event_fields_and_context() -> None:
    stream = log_to(settings.LogFormat.AUTO)
    token = logfields.CONTEXT[logfields.RESOURCE_ID].set("vco-1")
    logging.getLogger("futago.x").info("tunnel up", extra={"tunnel": 1})
    logfields.CONTEXT[logfields.RESOURCE_ID].reset(token)
    line = json.loads(stream.getvalue())
    assert line.pop("time")
    assert line == {
        "level": "INFO",
        "logger": "futago.x",
        "event": "tunnel up",
        "tunnel": 1,
        "resource_id": "vco-1",
    }


def test_a_field_of_the_line_itself_wins_over_the_context() -> None:
    stream = log_to(settings.LogFormat.JSON)
    token = logfields.CONTEXT[logfields.REQUEST_ID].set("outer")
    logging.getLogger("futago.x").info("call answered", extra={"request_id": "own"})
    logfields.CONTEXT[logfields.REQUEST_ID].reset(token)
    assert json.loads(stream.getvalue())["request_id"] == "own"


def test_a_text_line_shows_fields_after_the_event() -> None:
    stream = log_to(settings.LogFormat.TEXT)
    logging.getLogger("futago.x").warning("role ended", extra={"role": "api", "exit_code": 1})
    assert stream.getvalue().endswith("WARNING role ended role=api exit_code=1\n")


def test_lines_below_the_level_are_dropped() -> None:
    stream = log_to(settings.LogFormat.TEXT)
    logging.getLogger("futago.x").debug("detail")
    assert stream.getvalue() == ""
