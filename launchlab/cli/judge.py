"""``launchlab judge | compare``: verdicts from records; nothing is measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from launchlab.cli import options


def judge(
    run: Annotated[str, typer.Argument(help="The run to judge again.")],
    *,
    baseline: Annotated[
        list[str] | None, typer.Option(help="Baseline to hold it against; may be given several times.")
    ] = None,
    project: options.Project = None,
    store: options.Store = options.STORE,
) -> None:
    """Judge RUN again, with the targets as they are now."""
    from lab.store.store import Store
    from launchlab import rejudging

    kept = Store.at(Path(store))
    references = [rejudging.promoted(kept, name) for name in baseline or ()]
    raise typer.Exit(rejudging.judge(kept, run, references, project))


def compare(
    old: Annotated[str, typer.Argument(help="The run to compare with.")],
    new: Annotated[str, typer.Argument(help="The run to judge.")],
    *,
    project: options.Project = None,
    store: options.Store = options.STORE,
) -> None:
    """Judge the run NEW against the run OLD."""
    from lab.store.store import Store
    from launchlab import rejudging

    raise typer.Exit(rejudging.judge(Store.at(Path(store)), new, [old], project))
