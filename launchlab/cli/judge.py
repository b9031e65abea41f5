"""``launchlab judge | compare``: verdicts from records; nothing is measured."""

from __future__ import annotations

from typing import Annotated

import typer

from launchlab.cli import complete, options


def judge(
    run: Annotated[str, typer.Argument(help="The run to judge again.", autocompletion=complete.runs)],
    *,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            help="Baseline to hold it against; may be given several times.",
            autocompletion=complete.baselines,
        ),
    ] = None,
    project: options.Project = None,
    json: options.Json = False,
    junit: options.JUnit = None,
    store: options.Store = options.STORE,
) -> None:
    """Judge RUN again, with the targets as they are now."""
    from launchlab import rejudging
    from launchlab.exporting import Exports
    from launchlab.stores import open_at

    kept, exports = open_at(store), Exports(json=json, junit=junit)
    references = [rejudging.promoted(kept, name) for name in baseline or ()]
    raise typer.Exit(rejudging.judge(kept, run, references, project, exports))


def compare(
    old: Annotated[
        str,
        typer.Argument(
            help="The run to compare with, an exported baseline's file, or another tool's file or folder.",
            autocompletion=complete.runs,
        ),
    ],
    new: Annotated[
        str, typer.Argument(help="The run to judge, or such a file.", autocompletion=complete.runs)
    ],
    *,
    project: options.Project = None,
    json: options.Json = False,
    junit: options.JUnit = None,
    store: options.Store = options.STORE,
) -> None:
    """Judge NEW against OLD.  The verdict is kept beside NEW, unless that is a file."""
    from launchlab import rejudging
    from launchlab.exporting import Exports
    from launchlab.stores import open_at

    exports = Exports(json=json, junit=junit)
    raise typer.Exit(rejudging.compare(open_at(store), old, new, project, exports))
