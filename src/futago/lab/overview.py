"""What a person reads about a lab."""

from __future__ import annotations

from typing import assert_never

from futago.lab import installed, netns, record, router, shell, teardown


def greeting(lab: record.Lab) -> str:
    """Tell how to reach a new lab."""
    file = lab.directory / record.FILE
    return "\n".join(
        [
            f"Lab {lab.mark} is ready in {lab.directory}.",
            f"API http://{lab.endpoint}, region {lab.region_id}; the access key is in {file}.",
            f"Console {lab.console_url}, user admin; the password is in the same file.",
            *(f"Site {each.name}: {_site(each)}" for each in lab.sites),
        ]
    )


def status(lab: record.Lab) -> str:
    """Tell what runs."""
    alive = "runs" if teardown.is_alive(lab.directory) else "does not run"
    lines = [f"Lab {lab.mark} in {lab.directory}; control plane {alive} at http://{lab.endpoint}"]
    for site in lab.sites:
        lines.append(f"Site {site.name}: {_site(site)}")
        for number in (1, 2):
            lines += [f"  tunnel {number}: {_associations(lab, site, number)}"]
        lines += [f"  {line}" for line in _sessions(lab, site)]
    lines += [
        f"Host {host.name}: {host.address} in {host.vswitch_id} of {host.vpc_id}"
        for host in lab.hosts
    ]
    lines += [
        f"Fault: {_fault(each)} {each.where}, tunnel {each.tunnel} of {each.site}"
        for each in lab.disruptions
    ]
    return "\n".join(lines)


def _fault(each: record.Disruption) -> str:
    match each.trouble:
        case record.Trouble.LOSS:
            return f"{each.amount} % lost"
        case record.Trouble.DELAY:
            return f"{each.amount} ms late"
        case record.Trouble.FLAP:
            return "cut every other second"
    assert_never(each.trouble)


def _sessions(lab: record.Lab, site: record.Site) -> list[str]:
    directory = installed.short_path(lab, site)
    if not any(each.peer for each in installed.load(directory)):
        return []
    if not router.is_running(site):
        return ["BGP: no daemon runs"]
    return router.sessions(site, directory).splitlines()


def _site(site: record.Site) -> str:
    first, second = site.addresses
    nat = "" if site.nat is None else " of a NAT router"
    return f"{site.network} behind {first} and {second}{nat}, host {site.host_address}"


def _associations(lab: record.Lab, site: record.Site, number: int) -> str:
    socket = installed.socket_of(lab, site, number)
    if not any(netns.processes(outside) for outside in site.outsides):
        return "no device configuration applied"
    listed = shell.run(["swanctl", "--list-sas", "--uri", socket])
    lines = [line.strip() for line in listed.splitlines() if "#" in line]
    return "; ".join(lines) or "no security association"
