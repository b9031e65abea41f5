"""``launchlab doctor``: whether this machine can measure, and what would mend it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from launchlab.cli import options


def doctor(
    *,
    fix: Annotated[bool, typer.Option("--fix", help="Install a browser where none is found.")] = False,
    store: options.Store = options.STORE,
) -> None:
    """Check this machine; each cross comes with its remedy."""
    from launchlab import checkup

    raise typer.Exit(checkup.show(Path(store), fix=fix))
