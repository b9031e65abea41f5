"""Options that several commands share.

Those with a variable can be set for a whole environment; what is typed wins over it, and it wins
over the project file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from launchlab.cli import complete

STORE = Path(".launchlab")
Store = Annotated[
    Path, typer.Option(help="Folder that keeps runs, baselines and reports.", envvar="LAUNCHLAB_STORE")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")]
Project = Annotated[
    Path | None,
    typer.Option(
        help="Project file; by default launchlab.toml of this folder, else the tour app's.",
        envvar="LAUNCHLAB_PROJECT",
    ),
]
Url = Annotated[
    str | None, typer.Option(help="Address of a subject that already runs.", envvar="LAUNCHLAB_URL")
]
Release = Annotated[
    str | None,
    typer.Option(help="Release to measure, or to call what runs at the address.", envvar="LAUNCHLAB_RELEASE"),
]
Baseline = Annotated[
    str | None,
    typer.Option(
        help="Baseline to compare with; by default the project's.",
        envvar="LAUNCHLAB_BASELINE",
        autocompletion=complete.baselines,
    ),
]
Trials = Annotated[
    int | None,
    typer.Option(
        min=1, max=1000, help="Trials; 1 cannot be judged, and 3 are the least that can fail a comparison."
    ),
]
Check = Annotated[bool, typer.Option("--check", help="Judge the limits, and let the exit code say it.")]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object, and nothing else, on standard output.")
]
JUnit = Annotated[Path | None, typer.Option("--junit", help="Write the findings as JUnit XML.")]
