"""`futago lab fault`: disturb a site, or make it whole again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import click

from futago.lab import device, disruption, nat, options, record

_BOTH: Final = (1, 2)
_WITHOUT_PLACE: Final = ("kill", "reboot", "bgp-reset", "nat-reset")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What a user asked for."""

    kind: str
    amount: int | None
    tunnel: int | None
    where: record.Where | None

    @property
    def numbers(self) -> tuple[int, ...]:
        return _BOTH if self.tunnel is None else (self.tunnel,)

    @property
    def place(self) -> record.Where:
        return self.where or record.Where.OUTSIDE

    def needed(self, unit: str) -> int:
        if self.amount is None:
            raise disruption.BadDisruption(
                f"Fault {self.kind} needs a number: {unit}; write for example {self.kind} 20."
            )
        return self.amount


_Act: TypeAlias = Callable[[record.Lab, record.Site, _Wish], object]


@click.command()
@options.directory_option
@click.argument("site_name", metavar="SITE")
@click.argument("kind", metavar="KIND")
@click.argument("amount", type=int, required=False)
@click.option(
    "--tunnel", type=click.IntRange(1, 2), default=None, help="One tunnel only. Default: both."
)
@click.option(
    "--where",
    type=click.Choice([each.value for each in record.Where]),
    default=None,
    help="outside (default): in the Internet. inside: in clear, at the device.",
)
def fault(
    directory: Path | None,
    site_name: str,
    kind: str,
    amount: int | None,
    tunnel: int | None,
    where: str | None,
) -> None:
    """Disturb a site, or make it whole again.

    KIND is one of: cut; lossy PERCENT; slow MS (a round trip takes so much longer); flap (cut every
    other second); kill (the IKE daemon dies silently); reboot (the whole device); bgp-reset;
    nat-reset (the site's NAT forgets its translations); restore.
    """
    if kind not in _ACTS:
        raise disruption.BadDisruption(
            f"{kind!r} is not a fault; use one of {', '.join(_ACTS)}.", value=kind
        )
    wish = _Wish(
        kind=kind, amount=amount, tunnel=tunnel, where=record.Where(where) if where else None
    )
    _refuse_useless(wish)
    with record.locked(options.chosen(directory)) as known:
        _ACTS[kind](known, known.site(site_name), wish)


def _refuse_useless(wish: _Wish) -> None:
    if wish.amount is not None and wish.kind not in ("lossy", "slow"):
        raise disruption.BadDisruption(f"Fault {wish.kind} takes no number; leave {wish.amount}.")
    if wish.where is not None and wish.kind in _WITHOUT_PLACE:
        raise disruption.BadDisruption(f"Fault {wish.kind} has no --where; leave the option.")
    if wish.tunnel is not None and wish.kind == "reboot":
        raise disruption.BadDisruption("A reboot takes the whole device; leave --tunnel.")


def _cut(lab: record.Lab, site: record.Site, wish: _Wish) -> None:
    disruption.lose(lab, site, wish.numbers, 100, wish.place)


def _lossy(lab: record.Lab, site: record.Site, wish: _Wish) -> None:
    disruption.lose(lab, site, wish.numbers, wish.needed("percent of all packets"), wish.place)


def _slow(lab: record.Lab, site: record.Site, wish: _Wish) -> None:
    disruption.slow(lab, site, wish.numbers, wish.needed("milliseconds"), wish.place)


def _flap(lab: record.Lab, site: record.Site, wish: _Wish) -> None:
    disruption.disturb(lab, site, wish.numbers, wish.place, record.Trouble.FLAP)


def _kill(lab: record.Lab, site: record.Site, wish: _Wish) -> None:
    device.kill(lab, site, wish.numbers)


def _reboot(lab: record.Lab, site: record.Site, _wish: _Wish) -> None:
    device.reboot(lab, site)


def _reset_bgp(lab: record.Lab, site: record.Site, wish: _Wish) -> None:
    device.reset_bgp(lab, site, wish.numbers)


def _reset_nat(_lab: record.Lab, site: record.Site, wish: _Wish) -> None:
    nat.forget(site, wish.numbers)


def _restore(lab: record.Lab, site: record.Site, wish: _Wish) -> None:
    where = tuple(record.Where) if wish.where is None else (wish.where,)
    disruption.restore(lab, site, wish.numbers, where)
    device.revive(lab, site)


_ACTS: Final[Mapping[str, _Act]] = {
    "cut": _cut,
    "lossy": _lossy,
    "slow": _slow,
    "flap": _flap,
    "kill": _kill,
    "reboot": _reboot,
    "bgp-reset": _reset_bgp,
    "nat-reset": _reset_nat,
    "restore": _restore,
}
