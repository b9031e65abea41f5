"""``launchlab gate``: whether a release may launch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from launchlab.cli import options


def gate(  # noqa: PLR0913  (options of a command)
    *,
    release: options.Release = None,
    against: Annotated[
        str | None,
        typer.Option(help="Release to measure along, trial about trial; by default the baseline's."),
    ] = None,
    baseline: options.Baseline = None,
    until_decided: Annotated[
        bool, typer.Option("--until-decided", help="Add trials at planned looks, until they decide.")
    ] = False,
    budget: Annotated[
        str | None,
        typer.Option(help="How long --until-decided may take, such as 90s or 20min, which is the default."),
    ] = None,
    url: options.Url = None,
    project: options.Project = None,
    json: options.Json = False,
    junit: options.JUnit = None,
    store: options.Store = options.STORE,
) -> None:
    """Measure the plan; judge it by its targets and its baseline."""
    from lab.store.store import Store
    from launchlab import gating
    from launchlab.exporting import Exports

    exports = Exports(json=json, junit=junit)
    asked = gating.Asked(
        release=release,
        against=against,
        baseline=baseline,
        url=url,
        exports=exports,
        budget=gating.budget_of(budget, until_decided=until_decided),
    )
    raise typer.Exit(gating.decide(asked, project, Store.at(Path(store))))
