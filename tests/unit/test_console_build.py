"""A package without the console's page is not built; one that is built has it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from futago.api import console_files

ROOT = Path(__file__).parents[2]


def hook(root: Path) -> Any:
    place = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert place is not None
    assert place.loader is not None
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    made = module.ConsoleHook.__new__(module.ConsoleHook)
    made._BuildHookInterface__root = str(root)
    return made


def test_without_page_and_without_sources_nothing_is_built(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"page .* is missing: install Node\.js"):
        hook(tmp_path).initialize("standard", {})


def test_without_page_and_without_npm_nothing_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "console").mkdir()
    (tmp_path / "console" / "package.json").write_text("{}")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"install Node\.js"):
        hook(tmp_path).initialize("standard", {})


def test_an_editable_install_needs_no_page(tmp_path: Path) -> None:
    hook(tmp_path).initialize("editable", {})


def test_a_page_that_is_there_is_taken(tmp_path: Path) -> None:
    page = tmp_path / "src/futago/api/static/index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<!doctype html>")
    hook(tmp_path).initialize("standard", {})


@pytest.mark.slow
def test_the_page_opens_from_an_installed_wheel(tmp_path: Path) -> None:
    assert (console_files.STATIC / "index.html").is_file(), "build the page first: make console"
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "wheel", *offline, "-w", str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "futago/api/static/index.html" in names
    assert not [name for name in names if "node_modules" in name]
    installed = tmp_path / "installed"
    arguments = ["install", "--no-deps", "--no-index", "--target", str(installed), str(wheel)]
    subprocess.run([*pip, *arguments], check=True)
    looked = subprocess.run(
        [sys.executable, "-c", LOOK],
        env={**os.environ, "PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert looked.stdout.split() == [str(installed), "200", "200"]


LOOK = """
import asyncio, pathlib, re
import httpx
from starlette import applications
import futago
from futago.api import console_files

async def look():
    app = applications.Starlette(routes=list(console_files.Page().routes()))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://futago") as client:
        page = await client.get("/console/")
        script = re.search(r'src="(/console/assets/[^"]+)"', page.text)[1]
        print(page.status_code, (await client.get(script)).status_code)

print(pathlib.Path(futago.__file__).parents[1])
asyncio.run(look())
"""
