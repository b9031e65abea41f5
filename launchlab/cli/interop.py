"""``launchlab import | export``: runs from files of other tools, and files for other tools."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from lab.interop.tool import Tool
from launchlab.cli import complete, options


class Shape(enum.StrEnum):
    """What a run can be written as."""

    BENCHER = "bencher"
    CSV = "csv"


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Files of one tool and one release, or a folder of them; several files are several trials."
        ),
    ],
    *,
    kind: Annotated[
        Tool | None, typer.Option(help="The tool that wrote them; by default it is recognised.")
    ] = None,
    release: Annotated[
        str | None,
        typer.Option(help="What the release is called; by default its commit, else the first file's name."),
    ] = None,
    journey: Annotated[
        str | None, typer.Option(help="What the journey is called; by default as the files say.")
    ] = None,
    project: options.Project = None,
    store: options.Store = options.STORE,
) -> None:
    """Keep files of another tool as a run.

    Reads JSON of pyperf, pytest-benchmark, k6 (summary export, handleSummary), Lighthouse (or a
    .lighthouseci folder) and Locust.
    """
    from lab.store.store import Store
    from launchlab import importing
    from launchlab import project as projects
    from launchlab.screen import console

    wanted = importing.Wanted(tool=kind, release=release, journey=journey)
    run = importing.bring_in(Store.at(store), files, projects.load(project), wanted)
    importing.show(run, console())


def export(
    run: Annotated[
        str, typer.Argument(help="The run, or a file that 'compare' takes.", autocompletion=complete.runs)
    ],
    file: Annotated[
        str | None,
        typer.Argument(help="File to write; '-' is standard output.  By default named after the run."),
    ] = None,
    *,
    shape: Annotated[Shape, typer.Option("--format", help="What to write.")],
    overwrite: options.Overwrite = False,
    project: options.Project = None,
    store: options.Store = options.STORE,
) -> None:
    """Write what a run read for other tools.

    'bencher' is the Bencher Metric Format: a mean over trials with its 95 % interval.  'csv' has a line
    for each trial and reading.
    """
    from lab.store.store import Store
    from launchlab import project as projects
    from launchlab import rejudging
    from launchlab.exporting import hand_out
    from launchlab.screen import console
    from reports.exports import bencher, spreadsheet

    found = rejudging.found(Store.at(store), run, projects.load(project))
    written = bencher.text(found) if shape is Shape.BENCHER else spreadsheet.text(found)
    ending = "bencher.json" if shape is Shape.BENCHER else "csv"
    path = hand_out(written, file, f"{found.id}.{ending}", overwrite=overwrite)
    if path is not None:
        console().print(str(path), markup=False)
