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
    load: Annotated[
        bool, typer.Option("--load", help="Hold plain Locust and launchlab to a server that knows the truth.")
    ] = False,
    noise: Annotated[
        bool,
        typer.Option("--noise", help="Measure the plan against itself, to learn how much runs differ here."),
    ] = False,
    runs: Annotated[int, typer.Option(min=1, max=100, help="With --noise: runs to make now.")] = 5,
    users: Annotated[int, typer.Option(min=1, help="With --load: users at once.")] = 1_500,
    duration: Annotated[int, typer.Option(min=2, help="With --load: steady seconds of each generator.")] = 5,
    json: options.Json = False,
    project: options.Project = None,
    url: options.Url = None,
    release: options.Release = None,
    baseline: options.Baseline = None,
    store: options.Store = options.STORE,
) -> None:
    """Check this machine; each cross comes with its remedy."""
    from lab.kernel.errors import UsageError
    from launchlab import checkup, loadcheck, noisecheck
    from launchlab.settings import Given, Origin

    if load:
        raise typer.Exit(loadcheck.show_check(loadcheck.Load(users=users, hold=duration), as_json=json))
    if noise:
        wanted = noisecheck.Wanted(runs=runs, release=release, url=url)
        raise typer.Exit(noisecheck.show_noise(wanted, project, store))
    if json:
        raise UsageError("--json tells what doctor --load found.  Add --load, or leave it out.")
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
