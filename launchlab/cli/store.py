"""``launchlab store``: looks after the folder that keeps the runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from launchlab.cli import options

app = typer.Typer(help="Look after the folder that keeps the runs.", no_args_is_help=True)


@app.command()
def rebuild(*, store: options.Store = options.STORE) -> None:
    """Make the SQL store again from the records."""
    from launchlab import keeping

    raise typer.Exit(keeping.rebuild(store))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Archive to write, such as runs.tar.gz.")],
    *,
    overwrite: options.Overwrite = False,
    store: options.Store = options.STORE,
) -> None:
    """Write records and artifacts into one archive.

    Runs may go on meanwhile.
    """
    from launchlab import keeping

    keeping.back_up(store, file, overwrite=overwrite)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="Archive that 'store backup' wrote.")],
    *,
    store: options.Store = options.STORE,
) -> None:
    """Take over the runs of an archive.

    Those that are here stay as they are.
    """
    from launchlab import keeping

    raise typer.Exit(keeping.restore(store, file))


@app.command()
def prune(
    *,
    keep: Annotated[int | None, typer.Option(min=1, help="Newest runs of each subject that stay.")] = None,
    older_than: Annotated[
        str | None, typer.Option(help="Age from which on runs go, such as 30d or '12 h'.")
    ] = None,
    artifacts: Annotated[bool, typer.Option("--artifacts", help="Keep the records of what goes.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove; without it, only show.")] = False,
    store: options.Store = options.STORE,
) -> None:
    """Remove old runs, never a promoted one.

    With both options a run goes when neither keeps it.
    """
    from launchlab import keeping

    keeping.prune(store, keeping.rule_of(keep, older_than), artifacts_only=artifacts, yes=yes)
