"""Hosts of a VPC: a namespace on a vSwitch's bridge, as a virtual machine would be."""

from __future__ import annotations

import dataclasses
import json
from ipaddress import IPv4Address, IPv4Interface
from typing import Final

from futago.domain import faults, ids, net
from futago.lab import netns, record, shell, sites, wait
from futago.plan import places

_BRIDGE_SECONDS: Final = 20.0
_FIRST_HOST: Final = 10


class BadHost(faults.Invalid):
    """A host that cannot be attached."""

    code = "Lab.BadHost"


def add(
    lab: record.Lab, name: str, vpc_id: str, vswitch_id: str, address: str | None
) -> record.Host:
    """Attach a host to a vSwitch and remember it; the bridge may still be in the making."""
    lab.refuse_taken(sites.check_name(name))
    vpc = places.namespace_name(lab.mark, places.PlaceKind.VPC, ids.VpcId(vpc_id))
    bridge = places.bridge_name(ids.VSwitchId(vswitch_id))
    gateway = _bridge_address(vpc, bridge)
    host = record.Host(
        name=name,
        address=_address(lab, gateway, address),
        namespace=f"{lab.mark}-x-{name}",
        vpc_id=vpc_id,
        vswitch_id=vswitch_id,
    )
    record.save(dataclasses.replace(lab, hosts=(*lab.hosts, host)))
    netns.create(host.namespace)
    port = f"x{name}"
    netns.connect(netns.End(vpc, port), netns.End(host.namespace, "eth0"))
    netns.ip(vpc, f"link set {port} master {bridge}")
    netns.batch(
        host.namespace,
        [
            f"address add {host.address}/{gateway.network.prefixlen} dev eth0",
            f"route add default via {gateway.ip}",
        ],
    )
    return host


def _bridge_address(vpc: str, bridge: str) -> IPv4Interface:
    def look() -> IPv4Interface:
        if not netns.exists(vpc) or bridge not in netns.device_names(vpc):
            raise wait.NotYet(f"namespace {vpc} has no bridge {bridge}")
        shown = json.loads(shell.run(["ip", "-n", vpc, "-j", "address", "show", "dev", bridge]))
        for each in shown[0]["addr_info"]:
            if each["family"] == "inet":
                return IPv4Interface(f"{each['local']}/{each['prefixlen']}")
        raise wait.NotYet(f"bridge {bridge} has no address")

    return wait.eventually(look, within=_BRIDGE_SECONDS)


def _address(lab: record.Lab, gateway: IPv4Interface, wanted: str | None) -> IPv4Address:
    if wanted is None:
        taken = {host.address for host in lab.hosts} | {gateway.ip}
        candidates = list(gateway.network.hosts())[_FIRST_HOST - 1 :]
        return next(each for each in candidates if each not in taken)
    address = net.parse_address(wanted)
    if address not in gateway.network or address == gateway.ip:
        raise BadHost(
            f"{wanted} is not a free address of the vSwitch {gateway.network}; choose another.",
            value=wanted,
        )
    return address
