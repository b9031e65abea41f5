"""Where runs are kept: the records, which are the truth, and the SQL that is made from them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from lab.kernel import record
from lab.kernel.baseline import Baseline
from lab.kernel.errors import LabError, UnwritableError, UsageError
from lab.kernel.model import Run
from lab.kernel.verdict import Verdict
from lab.store import failures
from lab.store.database import UNWRITABLE, Database, Source
from lab.store.postgresql import engine_on, shown
from lab.store.records import Records
from lab.store.rows import KeptRun

# The SQL store below the root.
FILE = "store.sqlite"
_LOG = logging.getLogger(__name__)
_Loaded = TypeVar("_Loaded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What came of making the SQL again: how many runs it holds, and in words what it lacks."""

    runs: int
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Store:
    """Writes records first; SQL that cannot be written is logged, since it can be made again."""

    records: Records
    database: Database
    # The SQL's own file; None where it is in a server that others share.
    file: Path | None

    @classmethod
    def at(cls, root: Path, address: str | None = None) -> Store:
        """Open or make the store below *root*, with its SQL there or in the PostgreSQL at *address*.

        A damaged SQL file is put aside and made again from the records.  One of an older launchlab is
        migrated, and what is on record is kept again, so that new tables have their rows.  Raises UsageError
        when nothing can be written there, or the database cannot be used; RecordError when a newer launchlab
        made it.
        """
        records, salvage = Records(root), _Salvage()
        try:
            source = partial(_source, records, salvage)
            database = _shared(address, source()) if address else _own(root / FILE, source)
        except (OSError, OperationalError, UnwritableError) as error:
            raise UsageError(
                f"cannot keep runs in {str(root)!r}: {_reason(error)}.  Name another --store."
            ) from None
        _warn((*salvage.left_out, *database.refused.told()))
        return cls(records, database, None if address else root / FILE)

    def keep(self, run: Run, verdict: Verdict | None = None) -> None:
        """Keep *run*, whose trials are records already, and what was concluded about it."""
        self.records.save_run(run)
        if verdict is not None:
            self.records.save_verdict(verdict)
        self._update(run.id)

    def promote(self, baseline: Baseline) -> None:
        """Put *baseline* in force, and into the deployment history."""
        self.records.promote(baseline)
        try:
            self.database.keep_promotion(baseline)
        except UNWRITABLE as error:
            _warn([f"the promotion of {baseline.run}: {error}"])

    def forget_removed(self) -> None:
        """Let SQL forget the runs that are not on record, now or since a crash."""
        try:
            self.database.forget(lambda name: not self.records.has(name))
        except UNWRITABLE as error:
            _warn([f"that runs were removed: {error}"])

    def rebuild(self) -> Rebuilt:
        """Make the SQL again from the records; what cannot be read is left out, and named.

        A file that is found to be damaged is put aside.  Raises UnwritableError, and leaves the SQL as
        it was, when it cannot be written.
        """
        try:
            return self._rebuilt()
        except OperationalError as error:
            raise UnwritableError(
                f"cannot rebuild the SQL store: {error.orig}.  The records are untouched; "
                "make room or let it be written, then try again."
            ) from error
        except DatabaseError as error:
            if self.file is None:
                raise UnwritableError(
                    f"cannot rebuild the SQL store: {error.orig}.  The records are untouched."
                ) from error
            _put_aside(self.file)
            # This store opens its path anew for each transaction, so it has the new file too.
            _own(self.file, partial(_source, self.records, _Salvage()))
            return self._rebuilt()

    def _rebuilt(self) -> Rebuilt:
        salvage = _Salvage()
        refused = self.database.rebuild(_source(self.records, salvage))
        left_out = (*salvage.left_out, *refused.told())
        return Rebuilt(runs=salvage.runs - len(refused.runs), left_out=left_out)

    def _update(self, name: str) -> None:
        """Bring the SQL in line with what is on record about a run."""
        salvage = _Salvage()
        kept = _on_record(self.records, name, salvage)
        try:
            if kept is not None:
                self.database.keep(kept)
        except UNWRITABLE as error:
            salvage.left_out.append(f"run {name}: {error}")
        _warn(salvage.left_out)


def _reason(error: OSError | OperationalError | UnwritableError) -> str:
    refused = error.__cause__ if isinstance(error, UnwritableError) else error
    if isinstance(refused, OperationalError):
        return f"SQLite says {str(refused.orig)!r}"
    return str(getattr(refused, "strerror", None) or refused)


def _own(path: Path, source: Callable[[], Source]) -> Database:
    """Open the SQLite store at *path*; a damaged one is put aside and made again from its *source*."""
    try:
        return Database.at(path, source())
    except OperationalError:
        raise
    except DatabaseError:
        _put_aside(path)
        database = Database.at(path, source())
        _warn(database.rebuild(source()).told())
        return database


def _shared(address: str, source: Source) -> Database:
    try:
        return Database(engine_on(address), source)
    except SQLAlchemyError as error:
        # The first line: the rest repeats it for each address of the host, and quotes the statement.
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise UsageError(
            f"cannot use the database {shown(address)}: {reason}.  Start it, let this user make tables "
            "there, or leave LAUNCHLAB_DATABASE away to keep the SQL beside the records."
        ) from None


class _Salvage:
    """Reads what can be read, and remembers what could not."""

    def __init__(self) -> None:
        self.runs = 0
        self.left_out: list[str] = []

    def read(self, load: Callable[[], _Loaded]) -> _Loaded | None:
        try:
            return load()
        except LabError as error:
            self.left_out.append(str(error))
            return None


def _source(records: Records, salvage: _Salvage) -> Source:
    return Source(mark=records.mark(), runs=_runs(records, salvage), promotions=_promotions(records, salvage))


def _runs(records: Records, salvage: _Salvage) -> Iterator[KeptRun]:
    for name in records.runs():
        kept = _on_record(records, name, salvage)
        if kept is not None:
            salvage.runs += 1
            yield kept


def _promotions(records: Records, salvage: _Salvage) -> Iterator[Baseline]:
    for path in records.promotions():
        baseline = salvage.read(partial(record.read, path, Baseline))
        if baseline is not None:
            yield baseline


def _on_record(records: Records, name: str, salvage: _Salvage) -> KeptRun | None:
    """Read all of a run; one whose verdict is damaged counts as not judged."""
    run = salvage.read(lambda: records.load_run(name))
    if run is None:
        return None
    folder = records.run_folder(name)
    verdict = salvage.read(lambda: records.load_verdict(name))
    return KeptRun(run=run, verdict=verdict, failures=failures.of_run(folder, run))


def _put_aside(path: Path) -> None:
    with record.writing(path):
        path.rename(path.with_suffix(".damaged"))


def _warn(troubles: Iterable[str]) -> None:
    for trouble in troubles:
        _LOG.warning("not in the SQL store, which 'launchlab store rebuild' makes again: %s", trouble)
