"""``launchlab doctor``: whether this machine can measure, and what would mend it."""

from __future__ import annotations

from typing import Annotated

import typer

from launchlab.cli import options


def doctor(  # noqa: PLR0913  (options of a command)
    context: typer.Context,
    *,
    fix: Annotated[bool, typer.Option("--fix", help="Install a browser where none is found.")] = False,
    config: Annotated[
        bool, typer.Option("--config", help="Show each setting, and where it comes from.")
    ] = False,
    project: options.Project = None,
    url: options.Url = None,
    release: options.Release = None,
    baseline: options.Baseline = None,
    store: options.Store = options.STORE,
) -> None:
    """Check this machine; each cross comes with its remedy."""
    from launchlab import checkup
    from launchlab.settings import Given, Origin

    if not config:
        raise typer.Exit(checkup.show(store, fix=fix))
    said = {"project": project, "store": store, "url": url, "release": release, "baseline": baseline}
    origins = {"COMMANDLINE": Origin.FLAG, "ENVIRONMENT": Origin.ENVIRONMENT}
    sources = {name: source.name for name in said if (source := context.get_parameter_source(name))}
    given = {
        name: Given(value=str(value), origin=origins[sources[name]])
        for name, value in said.items()
        if sources[name] in origins
    }
    checkup.show_settings(project, given)
