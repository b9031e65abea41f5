"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Store = Annotated[Path, typer.Option(help="Folder that keeps runs, baselines and reports.")]
STORE = Path(".launchlab")
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")]
Project = Annotated[
    Path | None,
    typer.Option(help="Project file; by default launchlab.toml of this folder, else the tour app's."),
]
Url = Annotated[str | None, typer.Option(help="Address of a subject that already runs.")]
Release = Annotated[str | None, typer.Option(help="Release to measure, or to call what runs at --url.")]
Trials = Annotated[
    int | None,
    typer.Option(
        min=1, max=1000, help="Trials; 1 cannot be judged, and 3 are the least that can fail a comparison."
    ),
]
Check = Annotated[bool, typer.Option("--check", help="Judge the limits, and let the exit code say it.")]
