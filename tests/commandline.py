"""Asks the command line whether it understands a line, without doing what the line says."""

from __future__ import annotations

import shlex

import typer
from typer.core import TyperGroup
from typer.main import get_command

from launchlab.cli.app import app


def understand(line: str) -> None:
    """Parse *line*, as in ``launchlab gate --release 1.1  # so``; raise what the command line would say."""
    # What the shell does with the output is none of the command's business.
    name, *words = shlex.split(line.partition(" > ")[0], comments=True)
    context = typer.Context(get_command(app), info_name=name)
    while isinstance(context.command, TyperGroup):
        held = context.command.commands
        name, *words = words
        assert name in held, f"{context.command_path!r} has no {name!r}, only {', '.join(held)}"
        context = typer.Context(held[name], parent=context, info_name=name)
    context.command.make_context(name, words, parent=context.parent)
