"""``launchlab store``: looks after the folder that keeps the runs."""

from __future__ import annotations

from pathlib import Path

import typer

from launchlab.cli import options

app = typer.Typer(help="Look after the folder that keeps the runs.", no_args_is_help=True)


@app.callback()
def about() -> None:
    """Look after the folder that keeps the runs."""


@app.command()
def rebuild(*, store: options.Store = options.STORE) -> None:
    """Make the SQL store again from the records, which are the truth."""
    from lab.store.store import Store
    from launchlab.screen import console

    console().print(f"{Store.at(Path(store)).rebuild()} runs kept")
