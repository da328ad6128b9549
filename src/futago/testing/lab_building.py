"""Building the lab of a test process, and removing what crashed test processes left.

A lab belongs to the process that built it, by process id and start time. When that process is gone
without having taken its lab down, the next one does.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from futago.lab import control, hosts, life, record, registry, wait
from futago.testing import lab_cloud, lab_traffic, labs

_OWNER: Final = "owner"
_LOCK: Final = ".tests"
_HOST: Final = "app1"
_START_TIME_FIELD: Final = 19
"""Position behind the command's name in /proc/PID/stat. Source: proc(5)."""


@contextlib.contextmanager
def running(directory: Path) -> Iterator[labs.Rig]:
    """Build a lab, and take it down after the block."""
    remove_abandoned()
    lab = life.make(directory, control.ZONES)
    try:
        own = registry.runtime_directory(lab.mark) / _OWNER
        own.write_text(f"{os.getpid()} {_start_time(os.getpid())}\n")
        cloud = lab_cloud.Cloud(lab)
        frame = _frame(lab, cloud)
        with lab_traffic.echo(frame.host.namespace):
            yield labs.Rig(lab, cloud, frame)
    finally:
        life.remove(lab.mark, keeps_log=False)


def remove_abandoned() -> None:
    """Remove labs of test processes that are gone."""
    registry.DIRECTORY.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (registry.DIRECTORY / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for mark in registry.marks():
            owner = registry.runtime_directory(mark) / _OWNER
            if owner.exists() and not _is_alive(owner.read_text()):
                life.remove(mark, keeps_log=False)


def _is_alive(owner: str) -> bool:
    pid, start_time = owner.split()
    return _start_time(int(pid)) == start_time


def _start_time(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "gone"
    return stat.rpartition(")")[2].split()[_START_TIME_FIELD]


def _frame(lab: record.Lab, cloud: lab_cloud.Cloud) -> labs.Frame:
    cen_id = cloud.call("CreateCen", Name="tests")["CenId"]
    router_id = cloud.call(
        "CreateTransitRouter",
        CenId=cen_id,
        TransitRouterCidrList=json.dumps([{"Cidr": "10.99.0.0/24"}]),
    )["TransitRouterId"]

    def is_active() -> bool:
        listed = cloud.call("ListTransitRouters", CenId=cen_id)["TransitRouters"]
        return [each["Status"] for each in listed] == ["Active"]

    wait.eventually(is_active, within=labs.SETTLE_SECONDS)
    tables = cloud.call("ListTransitRouterRouteTables", TransitRouterId=router_id)
    table_id = tables["TransitRouterRouteTables"][0]["TransitRouterRouteTableId"]
    vpc_id, vswitch_id, attachment_id = _vpc(cloud, cen_id, router_id)
    with record.locked(lab.directory) as known:
        host = hosts.add(known, _HOST, vpc_id, vswitch_id, None)
    frame = labs.Frame(router_id=router_id, table_id=table_id, vpc_id=vpc_id, host=host)
    labs.Rig(lab, cloud, frame).plug("Vpc", attachment_id)
    return frame


def _vpc(cloud: lab_cloud.Cloud, cen_id: str, router_id: str) -> tuple[str, str, str]:
    vpc_id = cloud.call("CreateVpc", CidrBlock=str(labs.VPC_PREFIX))["VpcId"]
    mappings = []
    for number, zone_id in enumerate(control.ZONES):
        vswitch_id = cloud.call(
            "CreateVSwitch", VpcId=vpc_id, CidrBlock=f"10.20.{number}.0/24", ZoneId=zone_id
        )["VSwitchId"]
        mappings.append({"VSwitchId": vswitch_id, "ZoneId": zone_id})
    attachment_id = cloud.call(
        "CreateTransitRouterVpcAttachment",
        CenId=cen_id,
        TransitRouterId=router_id,
        VpcId=vpc_id,
        ZoneMappings=mappings,
        AutoPublishRouteEnabled=True,
    )["TransitRouterAttachmentId"]
    return vpc_id, mappings[0]["VSwitchId"], attachment_id
