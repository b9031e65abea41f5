"""Writes the pages of docs/ that are made from the code: ``python -m docs.reference``, or ``nox -s docs``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.core import TyperGroup
from typer.main import get_command

from launchlab.cli.app import app
from launchlab.schemas import Schema, schema_of

FOLDER = Path(__file__).parent

_OPENING = """# Commands

Made from the commands themselves by `nox -s docs`; their words are in `launchlab/cli/`.
`launchlab COMMAND --help` says the same at the terminal, and the README what the exit codes mean.
"""


def pages() -> dict[Path, str]:
    """Return what every page that is made from the code says, by its path below ``docs``."""
    schemas = {
        Path("schemas") / f"{kind}.json": json.dumps(schema_of(kind), indent=2) + "\n" for kind in Schema
    }
    return {Path("commands.md"): commands(), **schemas}


def commands() -> str:
    """Return the page about every command: what it does, its arguments and its options.

    Typer's own page cuts the first sentences short and escapes apostrophes, so this is ours.
    """
    found = list(_commands_below(typer.Context(get_command(app), info_name="launchlab")))
    return "\n".join([_OPENING, *map(_entry, found), "", *map(_section, found)])


def _commands_below(context: typer.Context) -> Iterator[typer.Context]:
    """Yield each command that does something, in the order of --help; a group only holds others."""
    if not isinstance(context.command, TyperGroup):
        yield context
        return
    for name, command in context.command.commands.items():
        if not command.hidden:
            yield from _commands_below(typer.Context(command, parent=context, info_name=name))


def _entry(context: typer.Context) -> str:
    """Return the command's line in the list at the top: its name, linked, and its first sentence."""
    path, told = context.command_path, context.command.get_short_help_str(limit=200)
    return f"- [`{path}`](#{path.replace(' ', '-')}): {told}"


def _section(context: typer.Context) -> str:
    command = context.command
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    lines = [f"## {context.command_path}", "", command.help or "", "", "```text", usage, "```", ""]
    for parameter in command.params:
        if record := parameter.get_help_record(context):
            name, told = record
            lines.append(f"- `{name}`: {' '.join(told.split())}")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).parent.mkdir(exist_ok=True)
        (FOLDER / name).write_text(text, encoding="utf-8")
