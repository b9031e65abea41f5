"""The doctor at the terminal: what was looked at, with the remedy under each cross."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.markup import escape

from devices import chromium, equipment
from lab.engine.doctor import Check, examine
from lab.kernel.errors import ExitCode
from launchlab.screen import console

_REMEDY = "launchlab doctor --fix installs what lacks; without it the devices lane is left out."


def show(folder: Path, *, fix: bool) -> int:
    """Print every check; return 0 when all is well, else the code for "cannot measure soundly"."""
    to = console()
    checks = [*examine(folder), *_browser(fix=fix)]
    for check in checks:
        mark = "[green]✓[/]" if check.well else "[red]✗[/]"
        to.print(f"{mark} {check.name}: {escape(check.seen)}")
        if not check.well:
            to.print(f"    {escape(check.remedy)}")
    if all(check.well for check in checks):
        to.print("Next: launchlab demo", style="dim")
        return ExitCode.PASSED
    return ExitCode.INVALID


def _browser(*, fix: bool) -> Iterator[Check]:
    if fix and equipment.find() is None:
        equipment.install()
    found = chromium.find()
    seen = "none found" if found is None else f"{found.version}, {found.origin.value} ({found.path})"
    yield Check(name="browser", well=found is not None, seen=seen, remedy=_REMEDY)
    starts = equipment.connector_starts()
    yield Check(
        name="browser driver",
        well=starts,
        seen="starts" if starts else "Playwright's process does not start",
        remedy=_REMEDY,
    )
