"""What a person reads about a lab."""

from __future__ import annotations

from futago.lab import device, netns, record, shell, teardown


def greeting(lab: record.Lab) -> str:
    """Tell how to reach a new lab."""
    file = lab.directory / record.FILE
    return "\n".join(
        [
            f"Lab {lab.mark} is ready in {lab.directory}.",
            f"API http://{lab.endpoint}, region {lab.region_id}; the access key is in {file}.",
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
    lines += [
        f"Host {host.name}: {host.address} in {host.vswitch_id} of {host.vpc_id}"
        for host in lab.hosts
    ]
    lines += [
        f"Fault: {each.lost_percent} % lost at {each.address} of {each.site}"
        for each in lab.disruptions
    ]
    return "\n".join(lines)


def _site(site: record.Site) -> str:
    first, second = site.addresses
    return f"{site.network} behind {first} and {second}, host {site.host_address}"


def _associations(lab: record.Lab, site: record.Site, number: int) -> str:
    socket = device.socket_of(lab, site, number)
    if not any(netns.processes(outside) for outside in site.outsides):
        return "no device configuration applied"
    listed = shell.run(["swanctl", "--list-sas", "--uri", socket])
    lines = [line.strip() for line in listed.splitlines() if "#" in line]
    return "; ".join(lines) or "no security association"
