"""Which runs may go, and how they go: never one that was ever promoted, and never half a run.

So what is pinned, in force, or can be gone back to stays, with its artifacts, whatever the rule says.
"""

from __future__ import annotations

import secrets
import shutil
import stat
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from lab.kernel.errors import RecordError, UnwritableError
from lab.kernel.model import Run
from lab.kernel.record import sync_folder
from lab.store.failures import ARTIFACT
from lab.store.flight import IN_FLIGHT, quiet_since, statuses
from lab.store.records import Records
from lab.store.store import Store

# How the name of a folder ends that is on its way out; it begins with a dot, so it is nobody's record.
_REMOVED = ".removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What stays: the newest *keep* runs of each subject, and runs no older than *age*.

    A run goes when no part of the rule keeps it; None is no part.
    """

    keep: int | None = None
    age: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A folder that would go, what it is, and its size in bytes."""

    folder: Path
    what: str
    size: int
    run: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the rule decides by: a run, and the runs that its verdict was reached against."""

    run: Run
    baselines: tuple[str, ...] = ()


def superfluous(runs: Sequence[Kept], promoted: Collection[str], rule: Rule, now: datetime) -> list[str]:
    """Return the names of the runs that go, oldest first.  Pure.

    Promoted runs stay, and what may still be measured, and whatever the verdict of a run that stays
    was reached against.
    """
    by_name = {kept.run.id: kept for kept in runs}
    newest = _newest(runs, rule.keep)
    staying = [
        name
        for name, kept in by_name.items()
        if name in promoted or name in newest or _recent(kept.run, rule, now)
    ]
    stays = _with_baselines(staying, by_name)
    going = [kept.run for kept in runs if kept.run.id not in stays]
    return [run.id for run in sorted(going, key=lambda run: (run.started_at, run.id))]


def _newest(runs: Sequence[Kept], keep: int | None) -> set[str]:
    by_subject: defaultdict[str, list[Run]] = defaultdict(list)
    for kept in runs:
        by_subject[kept.run.subject.name].append(kept.run)
    return {
        run.id
        for of_subject in by_subject.values()
        for run in sorted(of_subject, key=lambda run: run.started_at, reverse=True)[: keep or 0]
    }


def _recent(run: Run, rule: Rule, now: datetime) -> bool:
    age = now - run.started_at
    return (rule.age is not None and age <= rule.age) or (run.partial and age <= IN_FLIGHT)


def _with_baselines(names: Iterable[str], by_name: Mapping[str, Kept]) -> set[str]:
    stays: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in stays:
            stays.add(name)
            waiting += by_name[name].baselines
    return stays


def removals(records: Records, rule: Rule, now: datetime, *, artifacts_only: bool) -> list[Removal]:
    """Return what would go: runs or only their artifacts, logs of sessions, leftovers of a crash.

    Raises RecordError when a record cannot be read: what it protects is not known then.
    """
    try:
        runs = [_kept(records, name) for name in records.runs()]
        promoted = {baseline.run for baseline in records.baselines()}
    except RecordError as error:
        raise RecordError(f"{error}  Nothing goes while it is there; move it out of the store.") from None
    going = superfluous(runs, promoted, rule, now)
    found = [removal for name in going for removal in _of_run(records, name, artifacts_only=artifacts_only)]
    staying = {kept.run.session for kept in runs if artifacts_only or kept.run.id not in going}
    return [*found, *_orphans(records, staying, now)]


def _kept(records: Records, name: str) -> Kept:
    verdict = records.load_verdict(name)
    return Kept(run=records.load_run(name), baselines=verdict.baselines if verdict else ())


def _of_run(records: Records, name: str, *, artifacts_only: bool) -> list[Removal]:
    folder = records.run_folder(name)
    if not artifacts_only:
        return [Removal(folder=folder, what=f"run {name}", size=_size(folder), run=name)]
    # The list of failures stays: it is small, and the SQL store is made from it.
    trials = [path for path in sorted(folder.glob("trials/*")) if path.is_dir()]
    sized = [(path, _size(path) - _size(path / ARTIFACT)) for path in trials]
    return [
        Removal(folder=path, what=f"artifacts of {name}, {path.name}", size=size)
        for path, size in sized
        if size
    ]


def _orphans(records: Records, staying: Collection[str], now: datetime) -> list[Removal]:
    """Return logs of sessions without a run, and folders that a crash left behind."""
    logs = [path for path in sorted(records.root.glob("sessions/*")) if path.name not in staying]
    left = [*records.root.glob(f"runs/.*{_REMOVED}"), *records.root.glob(".restoring-*")]
    # A session has its folder before it has a run.
    old = [path for path in (*logs, *left) if quiet_since(path) < now - IN_FLIGHT]
    return [Removal(folder=path, what=_described(path), size=_size(path)) for path in old]


def _described(path: Path) -> str:
    return f"left behind by a crash, {path.name}" if path.name.startswith(".") else f"logs of {path.name}"


def _size(path: Path) -> int:
    return sum(status.st_size for status in statuses(path) if not stat.S_ISDIR(status.st_mode))


def remove(store: Store, found: Sequence[Removal]) -> list[Removal]:
    """Remove what was *found*; return what went.

    A run that was promoted since stays, and what another process removed is passed over.  After a
    crash a run is there whole, or not at all, and what is left of its folder goes with a later pruning.
    Raises UnwritableError when something cannot be removed; what went before is gone, and forgotten.
    """
    gone = []
    for removal in found:
        with suppress(FileNotFoundError), _removing(removal.folder):
            if _goes(store, removal):
                gone.append(removal)
    return gone


@contextmanager
def _removing(folder: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnwritableError.of(folder, error) from error


def _goes(store: Store, removal: Removal) -> bool:
    folder = removal.folder
    if removal.run is not None:
        # Asked again for each: the list may be hours old, and was shown to a person.
        if removal.run in {baseline.run for baseline in store.records.baselines()}:
            return False
        _remove_run(store, folder)
    elif folder.parent.name == "trials":
        _empty(folder)
    else:
        shutil.rmtree(folder)
    return True


def _remove_run(store: Store, folder: Path) -> None:
    # The name is new, so that no leftover of an earlier crash is in the way.
    aside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}{_REMOVED}")
    folder.rename(aside)
    sync_folder(folder.parent)
    # Only now: whoever read the run before could have kept it in SQL again, and now nobody can read it.
    store.forget_removed()
    shutil.rmtree(aside)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != ARTIFACT:
            path.unlink()
