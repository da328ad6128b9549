"""Files that are generated from the code are what the code generates."""

from __future__ import annotations

from pathlib import Path

import pytest

from futago.runtime import generated

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", generated.FILES)
def test_a_generated_file_is_up_to_date(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text == generated.FILES[name](), "run `make docs`"
