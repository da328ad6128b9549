"""Checks that every relative link of the documentation leads to a file, and to a heading in it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE = re.compile(r"```.*?```", re.DOTALL)


def main() -> int:
    """Print broken links; return how many there are."""
    broken = [problem for page in pages() for problem in problems(page)]
    for problem in broken:
        sys.stderr.write(problem + "\n")
    return len(broken)


def pages() -> Iterator[Path]:
    """Give all pages."""
    yield from sorted(ROOT.glob("*.md"))
    yield from sorted((ROOT / "docs").rglob("*.md"))


def problems(page: Path) -> Iterator[str]:
    """Give the broken links of a page."""
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    for target in _LINK.findall(text):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        where = f"{page.relative_to(ROOT)}: {target}"
        if not path.exists():
            yield f"{where}: no such file"
        elif anchor and anchor not in anchors(path):
            yield f"{where}: no such heading"


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings."""
    headings = _HEADING.findall(_CODE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in headings}


if __name__ == "__main__":
    sys.exit(main())
