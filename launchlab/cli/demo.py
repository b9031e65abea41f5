"""``launchlab demo``: from nothing to a verdict."""

from __future__ import annotations

from typing import Annotated

import typer

from launchlab.cli import options


def demo(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Shorter windows, no bench lane.")] = False,
    store: options.Store = options.STORE,
) -> None:
    """Measure three releases of a tour app; tell which may launch."""
    from launchlab import story
    from launchlab.screen import console
    from launchlab.stores import open_at

    raise typer.Exit(story.tell(open_at(store), console(), quick=quick))
