"""Where runs are kept: the records, which are the truth, and the SQL that is made from them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from lab.kernel.errors import UnwritableError, UsageError
from lab.kernel.model import Baseline, Run
from lab.kernel.verdict import Verdict
from lab.store.database import Database
from lab.store.records import Records

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Store:
    """Writes records first; SQL that cannot be written is logged, since it can be made again."""

    records: Records
    database: Database

    @classmethod
    def at(cls, root: Path) -> Store:
        """Open or make the store below *root*.

        A damaged SQL file is put aside and made again from the records.  Raises UsageError when
        nothing can be written there.
        """
        path = root / "store.sqlite"
        try:
            return cls(Records(root), Database.at(path))
        except (OSError, OperationalError) as error:
            reason = error.strerror if isinstance(error, OSError) else f"SQLite says {str(error.orig)!r}"
            raise UsageError(f"cannot keep runs in {str(root)!r}: {reason}.  Name another --store.") from None
        except DatabaseError:
            path.rename(path.with_suffix(".damaged"))
            store = cls(Records(root), Database.at(path))
            store.rebuild()
            return store

    def keep(self, run: Run, verdict: Verdict | None = None) -> None:
        """Keep *run*, whose trials are records already, and what was concluded about it."""
        self.records.save_run(run)
        if verdict is not None:
            self.records.save_verdict(verdict)
        with _dispensable():
            self.database.keep(run, verdict)

    def promote(self, baseline: Baseline) -> None:
        """Put *baseline* in force, and into the deployment history."""
        self.records.promote(baseline)
        with _dispensable():
            self.database.keep_promotion(baseline)

    def rebuild(self) -> int:
        """Make the SQL again from the records; return the number of runs.

        Raises UnwritableError, and leaves the SQL as it was, when it cannot be written.
        """
        runs = [
            (self.records.load_run(name), self.records.load_verdict(name)) for name in self.records.runs()
        ]
        try:
            self.database.rebuild(runs, self.records.baselines())
        except DBAPIError as error:
            raise UnwritableError(
                f"cannot rebuild the SQL store: {error.orig}.  The records are untouched; "
                "make room or let it be written, then try again."
            ) from error
        return len(runs)


@contextmanager
def _dispensable() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        _LOG.warning(
            "the SQL store was not updated (%s); 'launchlab store rebuild' makes it again", error.orig
        )
