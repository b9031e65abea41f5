"""Runs as records on disk: the truth, from which everything else can be rebuilt.

Layout below the root (``.launchlab``)::

    runs/<run>/run.json                plan, subject, environment
    runs/<run>/trials/<trial>.json     one per trial, written before the next begins
    runs/<run>/trials/<trial>/         its artifacts
    runs/<run>/noise/<case>.json       of a run against itself: how much its trials vary
    runs/<run>/verdict.json
    runs/<run>/report.html
    baselines/<name>/<time>-<run>.json promotions; the newest is in force
    sessions/<session>/                logs of the subjects that were started

Names that begin with a dot are nobody's records: files that are being written, folders that are
being removed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from lab.kernel import record
from lab.kernel.errors import RecordError, UsageError
from lab.kernel.model import Baseline, Case, Run, Trial
from lab.kernel.noise import Noise
from lab.kernel.verdict import Verdict

# The folders below the root that hold records and artifacts.  Promotions come before the runs that
# they name: whoever copies in this order copies no promotion without its run.
FOLDERS = ("baselines", "runs", "sessions")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def new_id(now: datetime, release: str) -> str:
    """Return a run's name: when, which release, and four random digits; safe as a file name."""
    slug = re.sub(r"[^a-z0-9.]+", "-", release.lower()).strip("-.")[:32] or "release"
    return f"{now:%Y%m%dT%H%M%S}-{slug}-{secrets.token_hex(2)}"


class Records:
    """Reads and writes the records below one root folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run_folder(self, run: str) -> Path:
        """Return the folder of *run*.  Raises UsageError for what cannot be a run's name."""
        return self.root / "runs" / _checked("run", run)

    def session_folder(self, session: str) -> Path:
        """Return the folder of *session*."""
        return self.root / "sessions" / _checked("session", session)

    def artifact_folder(self, run: str, case: Case, index: int) -> Path:
        """Make and return the folder for the artifacts of one trial."""
        folder = self._trial_path(run, case, index).with_suffix("")
        with record.writing(folder):
            return record.made(folder)

    def save_run(self, run: Run) -> None:
        """Write all of *run* but its trials, which are records of their own."""
        record.write(self.run_folder(run.id) / "run.json", replace(run, trials=()))

    def save_trial(self, run: str, trial: Trial) -> None:
        """Write one trial; its artifacts become relative to the run's folder."""
        path = self._trial_path(run, trial.case, trial.index)
        prefix = path.with_suffix("").relative_to(self.run_folder(run))
        artifacts = tuple(str(prefix / name) for name in trial.artifacts)
        record.write(path, replace(trial, artifacts=artifacts))

    def load_run(self, run: str) -> Run:
        """Return *run* with its trials in the order they were made; partial if any are missing.

        Raises UsageError when there is no such run, RecordError when a record is damaged.
        """
        loaded = self.opening(run)
        trials = [record.read(path, Trial) for path in self.run_folder(run).glob("trials/*.json")]
        planned = sum(planned.trials for planned in loaded.planned)
        return replace(
            loaded,
            trials=tuple(sorted(trials, key=lambda trial: trial.started_at)),
            # Whatever was lost, and whenever: a run with fewer trials than planned is not whole.
            partial=loaded.partial or len(trials) < planned,
        )

    def opening(self, run: str) -> Run:
        """Return *run* without its trials, as it was opened; partial until it was closed.

        Raises what ``load_run`` raises.
        """
        path = self.run_folder(run) / "run.json"
        if not path.exists():
            raise UsageError.unknown("run", run, self.runs()[-10:])
        loaded = record.read(path, Run)
        if loaded.id != run:
            raise RecordError(f"{path} is of run {loaded.id!r}.  Rename its folder.")
        return loaded

    def runs(self) -> list[str]:
        """Return the names of all runs, oldest first."""
        names = (path.parent.name for path in self.root.glob("runs/*/run.json"))
        return sorted(name for name in names if _NAME.fullmatch(name))

    def has(self, run: str) -> bool:
        """Whether there is a run of that name."""
        return bool(_NAME.fullmatch(run)) and (self.run_folder(run) / "run.json").exists()

    def save_verdict(self, verdict: Verdict) -> None:
        """Write the verdict on a run, in place of an earlier one."""
        record.write(self.run_folder(verdict.run) / "verdict.json", verdict)

    def load_verdict(self, run: str) -> Verdict | None:
        """Return the verdict on *run*, None when it was never judged."""
        path = self.run_folder(run) / "verdict.json"
        return record.read(path, Verdict) if path.exists() else None

    def save_noise(self, noise: Noise) -> None:
        """Write what a run against itself says of a case; it goes where the run goes."""
        record.write(self.run_folder(noise.run) / "noise" / f"{noise.case.slug}.json", noise)

    def noise(self) -> tuple[Noise, ...]:
        """Return what all runs against themselves say, oldest first."""
        paths = sorted(self.root.glob("runs/*/noise/*.json"))
        return tuple(record.read(path, Noise) for path in paths if not path.name.startswith("."))

    def promote(self, baseline: Baseline) -> None:
        """Put *baseline* in force under its name; earlier promotions stay on record."""
        record.write(self.promotion_path(baseline), baseline)

    def promotion_path(self, baseline: Baseline) -> Path:
        """Return the file of a promotion.  Raises UsageError for what cannot be a name."""
        folder = self.root / "baselines" / _checked("baseline", baseline.name)
        # To the microsecond: two promotions within a second are two, and the later one is in force.
        moment = f"{baseline.promoted_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}"
        return folder / f"{moment}-{_checked('run', baseline.run)}.json"

    def baseline(self, name: str) -> Baseline | None:
        """Return the baseline in force under *name*, None when there is none yet."""
        folder = self.root / "baselines" / _checked("baseline", name)
        paths = sorted(folder.glob("*.json"))
        return record.read(paths[-1], Baseline) if paths else None

    def baselines(self) -> list[Baseline]:
        """Return every promotion on record, oldest first."""
        found = [record.read(path, Baseline) for path in self.promotions()]
        return sorted(found, key=lambda baseline: baseline.promoted_at)

    def promotions(self) -> Iterator[Path]:
        """Yield the file of every promotion."""
        return self.root.glob("baselines/*/*.json")

    def _trial_path(self, run: str, case: Case, index: int) -> Path:
        return self.run_folder(run) / "trials" / f"{case.slug}-{index:03d}.json"


def _checked(kind: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be the name of a {kind}: use letters, digits, '.', '_' and '-'.")
    return name
