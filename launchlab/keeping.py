"""Looks after the folder that keeps the runs: what ``launchlab store`` does, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.markup import escape

from lab.kernel.errors import ExitCode, UsageError
from lab.kernel.units import Unit, parse, show
from lab.store import archive, pruning
from lab.store.pruning import Removal, Rule
from lab.store.records import Records
from launchlab.screen import console
from launchlab.stores import open_at


def rebuild(root: Path) -> int:
    """Make the SQL again; return the exit code, which is not 0 when a record had to be left out."""
    rebuilt = open_at(root).rebuild()
    to = console()
    to.print(f"runs kept: {rebuilt.runs}")
    if not rebuilt.left_out:
        return ExitCode.PASSED
    to.print(f"left out, and not deleted: {len(rebuilt.left_out)}", style="yellow")
    for trouble in rebuilt.left_out:
        to.print(f"  {escape(trouble)}")
    return ExitCode.BROKEN


def back_up(root: Path, path: Path, *, overwrite: bool) -> None:
    """Write the archive *path*.  Raises UsageError when there is nothing to keep."""
    records = Records(root)
    if not records.runs():
        raise UsageError(f"there are no runs in {str(root)!r}.  Name another --store.")
    packed = archive.pack(records, path, overwrite=overwrite)
    size, whole = show(path.stat().st_size, Unit.BYTE), show(packed.size, Unit.BYTE)
    console().print(f"{escape(str(path))}: {packed.files} files, {whole} in {size}")
    console().print(f"Next: launchlab store restore {escape(str(path))} --store FOLDER", style="dim")


def restore(root: Path, path: Path) -> int:
    """Take over what the archive *path* has and the store does not; return the exit code of a rebuild."""
    if not path.is_file():
        raise UsageError(f"there is no file {str(path)!r}.")
    merged = archive.restore(Records(root), path)
    told = f"{len(merged.runs)}, promotions: {merged.promotions}, runs that were here: {merged.known}"
    console().print(f"runs restored: {told}")
    return rebuild(root)


def rule_of(keep: int | None, older_than: str | None) -> Rule:
    """Return what the options say.  Raises UsageError when they say nothing, or no age."""
    if keep is None and older_than is None:
        raise UsageError("say what stays: --keep N, the newest of each subject, or --older-than '30 days'.")
    if older_than is None:
        return Rule(keep=keep)
    try:
        return Rule(keep=keep, age=timedelta(seconds=parse(older_than, Unit.SECOND)))
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--older-than: {error}.") from None


def prune(root: Path, rule: Rule, *, artifacts_only: bool, yes: bool) -> None:
    """Show what would go, with sizes; with *yes* it goes."""
    to, store = console(), open_at(root)
    found = pruning.removals(store.records, rule, datetime.now(UTC), artifacts_only=artifacts_only)
    if not found:
        to.print("nothing to remove", style="dim")
        return
    for removal in found:
        to.print(f"{show(removal.size, Unit.BYTE):>8}  {escape(removal.what)}")
    if yes:
        gone = pruning.remove(store, found)
        to.print(f"{_total(gone)} removed")
        for stayed in (removal for removal in found if removal not in gone):
            to.print(f"left to others: {escape(stayed.what)}, promoted or removed meanwhile", style="yellow")
    else:
        to.print(f"{_total(found)} in all; nothing is removed yet")
        to.print("Next: the same with --yes", style="dim")


def _total(removals: Sequence[Removal]) -> str:
    return show(sum(removal.size for removal in removals), Unit.BYTE)
