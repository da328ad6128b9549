"""The reference page of the command line, made from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator

import click

from futago.runtime import commands

_LAB = "lab"


def commands_page(root: click.Group) -> str:
    """Write the reference page in Markdown; `futago lab` has its own page."""
    lines = [
        "# Commands",
        "",
        "Written from the program by `make docs`; do not edit. `futago lab` is described in",
        "[Use the lab](../howto/use-the-lab.md).",
    ]
    context = click.Context(root, info_name="futago")
    for command_context in _walk(root, context):
        lines += ["", *_entry(command_context)]
    return "\n".join([*lines, "", *_exit_codes()]) + "\n"


def _walk(group: click.Group, context: click.Context) -> Iterator[click.Context]:
    for name in group.list_commands(context):
        command = None if name == _LAB else group.get_command(context, name)
        if command is None:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from _walk(command, inner)
        else:
            yield inner


def _entry(context: click.Context) -> list[str]:
    command = context.command
    lines = [f"## {context.command_path}", "", command.get_short_help_str(200)]
    rows: list[str] = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Argument):
            rows.append(f"| `{parameter.human_readable_name}` | required |")
        elif record is not None and "--help" not in parameter.opts:
            rows.append(f"| `{record[0]}` | {record[1]} |")
    return [*lines, "", "| Option | Meaning |", "|---|---|", *rows] if rows else lines


def _exit_codes() -> list[str]:
    rows = [f"| {code} | {kind.value} |" for kind, code in commands.EXIT_CODES.items()]
    head = ["## Exit codes", "", "| Code | Kind of fault |", "|---|---|"]
    return [*head, "| 0 | none |", "| 1 | `futago check` found a failure |", *rows]
