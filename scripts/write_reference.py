"""Writes the files that are generated from the code: example settings and reference pages."""

from __future__ import annotations

from pathlib import Path

from futago.runtime import generated

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Write every generated file."""
    for name, render in generated.FILES.items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
