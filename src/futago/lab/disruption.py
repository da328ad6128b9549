"""Faults on the outside path of a site: packets that the lab's Internet loses.

The whole table is rendered from what the lab remembers and replaced at once, so repeating or
undoing a fault never leaves a rule behind.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Final

from futago.domain import faults
from futago.lab import netns, record, shell

LATER: Final = ("slow", "kill", "reboot", "bgp-reset", "flap")
"""Faults that the lab will know."""


class BadDisruption(faults.Invalid):
    """A fault that the lab cannot produce."""

    code = "Lab.BadDisruption"


def lose(lab: record.Lab, site: record.Site, numbers: Iterable[int], percent: int) -> record.Lab:
    """Lose a share of all packets from and to the addresses of the numbered tunnels."""
    if not 1 <= percent <= 100:
        raise BadDisruption(f"{percent} is not a loss in percent; use 1 to 100.")
    addresses = [site.addresses[number - 1] for number in numbers]
    kept = tuple(each for each in lab.disruptions if each.address not in addresses)
    added = tuple(
        record.Disruption(site=site.name, address=address, lost_percent=percent)
        for address in addresses
    )
    return _in_force(dataclasses.replace(lab, disruptions=kept + added))


def restore(lab: record.Lab, site: record.Site, numbers: Iterable[int]) -> record.Lab:
    """Undo the faults of the numbered tunnels."""
    addresses = [site.addresses[number - 1] for number in numbers]
    kept = tuple(each for each in lab.disruptions if each.address not in addresses)
    return _in_force(dataclasses.replace(lab, disruptions=kept))


def ruleset(disruptions: Iterable[record.Disruption]) -> str:
    """Write the packet filter of the lab's Internet."""
    rules = []
    for each in disruptions:
        chance = "" if each.lost_percent == 100 else f"numgen random mod 100 < {each.lost_percent} "
        rules += [
            f"    ip saddr {each.address} {chance}drop",
            f"    ip daddr {each.address} {chance}drop",
        ]
    lines = [
        "table inet lab",
        "delete table inet lab",
        "table inet lab {",
        "  chain faults {",
        "    type filter hook forward priority 0; policy accept;",
        *rules,
        "  }",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _in_force(lab: record.Lab) -> record.Lab:
    shell.run(netns.inside(lab.internet, ["nft", "-f", "-"]), text=ruleset(lab.disruptions))
    record.save(lab)
    return lab
