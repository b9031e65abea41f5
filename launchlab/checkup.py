"""The doctor at the terminal: what was looked at, with the remedy under each cross."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from devices import chromium, equipment
from lab.engine.doctor import Check, examine
from lab.kernel.errors import ExitCode
from lab.kernel.toml_file import table_of
from lab.store.postgresql import shown
from launchlab import project as projects
from launchlab import settings
from launchlab.screen import console
from launchlab.settings import Given, Origin
from launchlab.stores import DATABASE

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


def show_settings(path: Path | None, given: Mapping[str, Given]) -> None:
    """Print each setting, and what decided it.  Raises UsageError for a bad project file."""
    to, project = console(), projects.load(path)
    named = os.environ.get(settings.variable("chromium"))
    browser = {"chromium": Given(value=named, origin=Origin.ENVIRONMENT)} if named else {}
    address = os.environ.get(DATABASE)
    database = {"database": Given(value=shown(address), origin=Origin.ENVIRONMENT)} if address else {}
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("setting", "value", "from"):
        table.add_column(heading, header_style="dim", overflow="fold")
    for setting in settings.in_force(project, table_of(project.path), {**given, **browser, **database}):
        place = f" ({setting.place})" if setting.place else ""
        table.add_row(setting.name, escape(setting.value), setting.origin.value + place)
    to.print(table)
    to.print("A flag beats the environment, that the project file, and that the default.", style="dim")


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
