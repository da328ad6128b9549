"""One lab per worker with a connected data center, shared by tests that leave it healthy.

A test that fails takes the lab with it: the next one gets a new lab. Daemon logs of a failed test
are kept in `artifacts/lab/`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from futago.testing import lab_building, labs

FAILED = pytest.StashKey[bool]()


@dataclass
class Laboratory:
    """The lab of this worker, made when it is first asked for."""

    factory: pytest.TempPathFactory
    _open: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _rig: labs.Rig | None = None
    _peering: labs.Peering | None = None

    def rig(self) -> labs.Rig:
        if self._rig is None:
            directory = self.factory.mktemp("lab")
            self._rig = self._open.enter_context(lab_building.running(directory))
        return self._rig

    def peering(self) -> labs.Peering:
        rig = self.rig()
        if self._peering is None:
            self._peering = rig.connect(rig.lab.site("dc1"))
        return self._peering

    def give_up(self, logs: Path) -> None:
        """Keep the logs and take the lab down."""
        if self._rig is not None:
            self._rig.keep_logs(logs)
        self._rig = self._peering = None
        self._open.close()

    def close(self) -> None:
        self._open.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    made = Laboratory(tmp_path_factory)
    with contextlib.closing(made):
        yield made


@pytest.fixture
def rig(laboratory: Laboratory, request: pytest.FixtureRequest) -> Iterator[labs.Rig]:
    """A running lab with router, VPC and host."""
    name = re.sub(r"[^\w.-]+", "_", request.node.name)
    logs = request.config.rootpath / "artifacts" / "lab" / name
    try:
        yield laboratory.rig()
    except BaseException:
        laboratory.give_up(logs)
        raise
    if request.node.stash.get(FAILED, False):
        laboratory.give_up(logs)


@pytest.fixture
def peering(laboratory: Laboratory, rig: labs.Rig) -> labs.Peering:
    """A connection with data center dc1; both tunnels are up, settled and carry traffic."""
    made = laboratory.peering()
    rig.wait_up(made)
    rig.wait_settled(made)
    return made
