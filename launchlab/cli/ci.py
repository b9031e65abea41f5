"""``launchlab ci``: a pipeline that asks the gate about every change."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

# Files, not strings: an editor and a schema can check them.
PIPELINES = Path(__file__).parents[1] / "pipelines"


class Service(enum.StrEnum):
    """Where pipelines run; each has its file in launchlab/pipelines."""

    GITHUB = "github"
    GITLAB = "gitlab"


def ci(
    service: Annotated[Service, typer.Argument(help="Where your pipelines run.")],
) -> None:
    """Print a pipeline for your project, to keep and to edit."""
    typer.echo((PIPELINES / f"{service}.yml").read_text(encoding="utf-8"), nl=False)
