"""``launchlab demo``: from nothing to a verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from launchlab.cli import options


def demo(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Shorter windows, no bench lane.")] = False,
    store: options.Store = options.STORE,
) -> None:
    """Measure three releases of a tour app; tell which may launch."""
    from lab.store.store import Store
    from launchlab import story
    from launchlab.screen import console

    raise typer.Exit(story.tell(Store.at(Path(store)), console(), quick=quick))
