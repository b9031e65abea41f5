"""The doctor at the terminal: what was looked at, with the remedy under each cross."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.markup import escape

from devices import chromium
from lab.engine.doctor import Check, examine
from lab.kernel.errors import ExitCode
from launchlab.cli.screen import console


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
    found = chromium.find()
    if found is None and fix:
        found = chromium.install()
    seen = "none found" if found is None else f"{found.version}, {found.origin.value} ({found.path})"
    yield Check(
        name="browser",
        well=found is not None,
        seen=seen,
        remedy="launchlab doctor --fix installs one; without it the devices lane is left out.",
    )
