"""``launchlab history``: where a reading changed its level over the runs on record; for triage."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from launchlab.cli import complete, options


def history(  # noqa: PLR0913  (one parameter for each option)
    metric: Annotated[
        str,
        typer.Argument(
            help="The metric, or a metric and an endpoint: 'response_p95{GET /api/search}'.",
            autocompletion=complete.metrics,
        ),
    ],
    *,
    case: Annotated[str | None, typer.Option(help="Only this case, as in 'browse at demo'.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only this subject.")] = None,
    release_order: Annotated[
        bool, typer.Option("--release-order", help="By release instead of by time.")
    ] = False,
    last: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="Look at the newest N runs of a case only.")
    ] = None,
    least: Annotated[
        str | None,
        typer.Option(help="Tell no smaller change, as in '2 %'; by default the metric's own floor."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Page to write; by default one in the store.")
    ] = None,
    json: options.Json = False,
    store: options.Store = options.STORE,
) -> None:
    """Show a metric over all runs on record, and where its level changed.

    For triage, and never in a verdict: which run to look at when something became slower.
    """
    from lab.store.store import Store
    from launchlab import history as looking

    how = looking.look(metric, by_release=release_order, last=last, least=least)
    kept = Store.at(store)
    choice = looking.Choice(case=case, subject=subject)
    found = looking.histories(kept, metric, choice, how)
    looking.tell(kept, metric, found, html=html, json=json)
