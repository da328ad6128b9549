"""The `futago` command.

Every fault ends in one sentence on standard error and an exit code that tells its kind; a
traceback is a bug.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Final, NoReturn

import click

import futago
from futago.domain import faults

EXIT_CODES: Final = {
    faults.Kind.INVALID: 2,
    faults.Kind.NOT_FOUND: 3,
    faults.Kind.CONFLICT: 4,
    faults.Kind.FORBIDDEN: 5,
    faults.Kind.QUOTA: 6,
    faults.Kind.UNSUPPORTED: 7,
    faults.Kind.UNAVAILABLE: 8,
    faults.Kind.INTERNAL: 70,
}
_INTERRUPTED: Final = 130

# Imported when asked for, so that `futago version` stays quick and a part that is not installed
# takes only its own command away.
_LATE: Final = {
    "up": ("futago.runtime.role_commands", "up"),
    "api": ("futago.runtime.role_commands", "api"),
    "controller": ("futago.runtime.role_commands", "controller"),
    "agent": ("futago.runtime.role_commands", "agent"),
    "access-key": ("futago.runtime.access_key_commands", "access_key"),
    "account": ("futago.runtime.account_commands", "account"),
    "user": ("futago.runtime.account_commands", "user"),
    "check": ("futago.runtime.check_commands", "check"),
    "config": ("futago.runtime.config_commands", "config"),
    "lab": ("futago.lab.commands", "lab"),
}


class LateGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands that are installed."""
        late = [name for name, (module, _) in _LATE.items() if importlib.util.find_spec(module)]
        return sorted([*super().list_commands(ctx), *late])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command, importing its module first."""
        place = _LATE.get(cmd_name)
        if place is None or not importlib.util.find_spec(place[0]):
            return super().get_command(ctx, cmd_name)
        command = getattr(importlib.import_module(place[0]), place[1])
        return command if isinstance(command, click.Command) else None


@click.group(cls=LateGroup, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Dual-tunnel IPsec connections attached to a transit router."""


@cli.command()
def version() -> None:
    """Print the version."""
    click.echo(futago.__version__)


def main() -> NoReturn:
    """Run the command line; faults become sentences and exit codes."""
    try:
        code = cli(standalone_mode=False)
    except click.ClickException as exc:
        exc.show()
        sys.exit(exc.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(_INTERRUPTED)
    except faults.Fault as fault:
        _explain(fault)
    except BaseExceptionGroup as group:
        explained, rest = group.split(faults.Fault)
        if explained is None or rest is not None:
            raise
        _explain(_first(explained))
    sys.exit(code if isinstance(code, int) else 0)


def _explain(fault: faults.Fault) -> NoReturn:
    click.echo(f"futago: {fault.message}", err=True)
    sys.exit(EXIT_CODES[fault.kind])


def _first(group: BaseExceptionGroup[faults.Fault]) -> faults.Fault:
    found = group.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
