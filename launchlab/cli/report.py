"""``launchlab report``: makes a page again from records; never measures."""

from __future__ import annotations

from typing import Annotated

import typer

from launchlab.cli import complete, options


def report(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            help="Runs to report on, in this order; none lists the newest.",
            autocompletion=complete.runs,
        ),
    ] = None,
    *,
    store: options.Store = options.STORE,
) -> None:
    """Make the HTML page about one or several judged runs."""
    from launchlab import judging
    from launchlab.screen import console, seen, show_report
    from launchlab.stores import open_at

    to, kept = console(), open_at(store)
    if runs:
        show_report(to, judging.report(kept, runs), "open it")
        return
    newest = kept.database.newest(20)
    for line in newest:
        state = "partial" if line.partial else (line.outcome or "not judged")
        to.print(f"{line.id}  {seen(line.subject)} {seen(line.release)}  {state}")
    to.print("Next: launchlab report RUN" if newest else "No runs yet.  Next: launchlab demo", style="dim")
