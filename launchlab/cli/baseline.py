"""``launchlab baseline``: which runs were accepted, by whom and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from launchlab.cli import complete, options

app = typer.Typer(help="Accept a run as what later releases are held against.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The baseline's name.", autocompletion=complete.baselines)]


@app.command()
def promote(
    run: Annotated[str, typer.Argument(help="The run to accept.", autocompletion=complete.runs)],
    *,
    why: Annotated[str, typer.Option(help="The reason, for whoever asks later.")],
    name: Annotated[str, typer.Option(help="The baseline's name.")] = "main",
    accept_regression: Annotated[
        bool,
        typer.Option("--accept-regression", help="Accept a run that did not pass; --why says why."),
    ] = False,
    store: options.Store = options.STORE,
) -> None:
    """Accept RUN as what later releases are held against.

    A decision by a person, never a side effect of a green run.  A run that did not pass is refused; the first
    one needs no comparison, only limits that it keeps.
    """
    from lab.store.store import Store
    from launchlab import baselines
    from launchlab.screen import console
    from reports.text import plain

    decision = baselines.Decision(name=name, why=why)
    baseline = baselines.promote(Store.at(store), run, decision, accept_regression=accept_regression)
    release = plain(baseline.release)
    console().print(f"baseline {name!r} is now release {release} ({run})", markup=False)


@app.command()
def rollback(
    name: Name = "main",
    *,
    why: Annotated[str, typer.Option(help="The reason, for whoever asks later.")],
    to: Annotated[
        str | None,
        typer.Option(help="Which earlier run; by default the one before.", autocompletion=complete.runs),
    ] = None,
    store: options.Store = options.STORE,
) -> None:
    """Put the run that was accepted before back in force.

    Nothing is taken off the record; a second rollback goes one further back.
    """
    from lab.store.store import Store
    from launchlab import baselines
    from launchlab.screen import console
    from reports.text import plain

    decision = baselines.Decision(name=name, why=why)
    baseline = baselines.rollback(Store.at(store), decision, to)
    release = plain(baseline.release)
    console().print(f"baseline {name!r} is again release {release} ({baseline.run})", markup=False)


@app.command(name="list")
def list_(*, store: options.Store = options.STORE) -> None:
    """List every promotion and rollback, oldest first."""
    from lab.store.store import Store
    from launchlab.baselines import decided
    from launchlab.screen import console
    from reports.text import plain

    to, promotions = console(), Store.at(store).records.baselines()
    if not promotions:
        to.print("No baseline yet.  Next: launchlab baseline promote RUN --why REASON", style="dim")
    for baseline in promotions:
        accepted = f"{baseline.name}  {plain(baseline.release)}  {baseline.run}"
        to.print(f"{accepted}  {decided(baseline)}", markup=False)


@app.command()
def show(name: Name = "main", *, store: options.Store = options.STORE) -> None:
    """Show who accepted what, when, why, and its readings."""
    from lab.store.store import Store
    from launchlab import baselines
    from launchlab.screen import console

    baselines.show_baseline(Store.at(store), name, console())


@app.command()
def export(
    name: Name = "main",
    file: Annotated[
        str | None,
        typer.Argument(help="File to write; '-' is standard output.  By default NAME.baseline.json."),
    ] = None,
    *,
    overwrite: options.Overwrite = False,
    store: options.Store = options.STORE,
) -> None:
    """Write the baseline with its readings into one file.

    To commit beside the code, or to carry elsewhere.
    """
    from lab.store.store import Store
    from launchlab import dossiers
    from launchlab.screen import console

    path = dossiers.export(Store.at(store), name, file, overwrite=overwrite)
    if path is not None:
        console().print(f"{path}\nNext: launchlab baseline import {path}", markup=False)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="File that 'baseline export' wrote.")],
    *,
    name: Annotated[str | None, typer.Option(help="Name here; by default the one in the file.")] = None,
    why: Annotated[str | None, typer.Option(help="Reason; by default the one in the file.")] = None,
    store: options.Store = options.STORE,
) -> None:
    """Keep the run in FILE, and accept it here.

    Its environment comes along.
    """
    from lab.store.store import Store
    from launchlab import dossiers
    from launchlab.screen import console
    from reports.text import plain

    baseline, new = dossiers.bring_in(Store.at(store), file, name, why)
    state = "now" if new else "already"
    release = plain(baseline.release)
    console().print(f"baseline {baseline.name!r} is {state} release {release} ({baseline.run})", markup=False)
