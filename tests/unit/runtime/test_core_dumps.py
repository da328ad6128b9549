"""Processes with keys in memory leave no core dump."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import resource
from futago.runtime import core_dumps
resource.setrlimit(resource.RLIMIT_CORE, ({soft}, {hard}))
core_dumps.forbid()
core_dumps.forbid()
print(*resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "wanted"),
    [
        pytest.param(0, 1 << 20, "1 1", id="dumps were allowed"),
        pytest.param(0, 0, "0 0", id="dumps were forbidden already"),
    ],
)
def test_the_limit_keeps_files_and_handlers_away(soft: int, hard: int, wanted: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(soft=soft, hard=hard)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == wanted
