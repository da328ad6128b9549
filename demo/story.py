"""`make demo`: a redundant connection from nothing, a cut, a wrong key, BGP, and back to nothing.

    python -m demo.story [--json] [--keep] [--dir D]

Everything is done with the vendor's own clients and the lab's command line.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from demo import cloud, creation, laboratory, removal, report, routing, setting, traffic, trouble
from futago.domain import faults

FAILURES = (
    AssertionError,
    OSError,
    cloud.RefusalError,
    faults.Fault,
    laboratory.LabError,
    subprocess.SubprocessError,
)


def main() -> int:
    """Tell the story; exit code 1 when a step fails."""
    parser = argparse.ArgumentParser(prog="demo")
    parser.add_argument("--json", action="store_true", help="machine output")
    parser.add_argument("--keep", action="store_true", help="leave the lab running after step 5")
    parser.add_argument("--dir", type=Path, default=None, help="the lab's directory")
    given = parser.parse_args()
    told = report.Report(is_quiet=given.json)
    # A lab removes its own directory.
    directory = given.dir or Path(tempfile.mkdtemp(prefix="futago-demo-"))
    lab = laboratory.Laboratory(directory)
    failure = _tell(told, lab, keeps=given.keep)
    print(told.as_json() if given.json else f"\n{told.table()}")
    if failure is not None:
        print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
    if given.keep and not given.json and failure is None:
        print(
            f"\nThe lab runs in {directory}; see `futago lab status --dir {directory}`, end it "
            f"with `futago lab down --dir {directory}`."
        )
    return 1 if failure is not None else 0


def _tell(told: report.Report, lab: laboratory.Laboratory, *, keeps: bool) -> BaseException | None:
    is_down = False
    try:
        with told.step("Build a lab and start Futago"):
            lab.up()
        story = setting.Story(told, lab, cloud.Cloud(lab.facts))
        creation.create(story)
        traffic.configure_the_data_center(story)
        traffic.pass_traffic(story)
        trouble.cut_tunnel_1(story)
        trouble.change_the_key_of_tunnel_2(story)
        routing.switch_bgp_on(story)
        routing.cut_tunnel_1_again(story)
        if not keeps:
            removal.remove(story)
            is_down = True
    except FAILURES as exc:
        return exc
    finally:
        if not keeps and not is_down and (lab.directory / "lab.json").exists():
            lab.down()
    return None


if __name__ == "__main__":
    sys.exit(main())
