"""``launchlab init``: a project to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    url: Annotated[
        str, typer.Argument(help="Address of the system to measure.", envvar="LAUNCHLAB_URL")
    ] = "http://127.0.0.1:8000",
    *,
    folder: Annotated[Path, typer.Option(help="Where to write it.")] = Path(),
) -> None:
    """Write a small commented project for URL.

    It has a launchlab.toml, a locustfile and a profile.
    """
    from launchlab import beginning
    from launchlab.project import FILE
    from launchlab.screen import console

    to = console()
    written, kept = beginning.begin(url, folder)
    for path in written:
        to.print(f"wrote {path}", markup=False)
    for path in kept:
        to.print(f"kept {path}, which was there already", markup=False)
    if beginning.needs_permission(url):
        to.print(
            f"{url} is not on this machine: take it onto `allow` in launchlab.toml if you may load it.",
            markup=False,
        )
    where = "" if folder == Path() else f" --project {folder / FILE}"
    to.print(f"Next: launchlab gate{where}, or launchlab load{where}", style="dim", markup=False)
