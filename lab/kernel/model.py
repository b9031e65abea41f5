"""The nouns of measuring: what is exercised, under which conditions, and what was seen.

Everything here is immutable and free of I/O, so any module may import it.  Values are in base
units (seconds, bytes, ratios); only reports and the command line format them.
"""

from __future__ import annotations

import enum
import math
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime


class Lane(enum.Enum):
    """A way of measuring; each has one driver."""

    LOAD = "load"
    DEVICES = "devices"
    BENCH = "bench"


class Validity(enum.Enum):
    """Whether a trial may be believed, worst last."""

    VALID = "valid"
    SUSPECT = "suspect"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat:
    """A reason to trust a measurement less, and what the reader can do about it."""

    code: str
    advice: str
    fatal: bool = False  # the trial stays on record, but out of the statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is exercised, and how: the identity of a comparison.

    *journey* is what one user does: a journey of the load lane, a page journey of the devices
    lane, a benchmark file of the bench lane.  *variant* is what else must not differ: the pass
    of a visit, the values of a sweep's axes.
    """

    lane: Lane
    journey: str
    profile: str | None = None
    phone: str | None = None
    network: str | None = None
    variant: str | None = None

    @property
    def name(self) -> str:
        """For people: ``browse at demo``, ``tours on pixel-7 over 4g, cold``."""
        words = [self.journey]
        words += [f"at {self.profile}"] if self.profile else []
        words += [f"on {self.phone}"] if self.phone else []
        words += [f"over {self.network}"] if self.network else []
        return " ".join(words) + (f", {self.variant}" if self.variant else "")

    @property
    def slug(self) -> str:
        """For file names: readable, and different for different cases."""
        words = f"{self.lane.value} {self.name}"
        readable = re.sub(r"[^a-z0-9.]+", "-", words.lower()).strip("-.")
        return f"{readable[:80]}-{zlib.crc32(words.encode()):08x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The system under test: the thing that is *allowed* to differ between two runs."""

    name: str
    release: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where a run took place.

    *facts* must not differ between two runs that are compared; *circumstances* (host name, load)
    are recorded to explain, and may differ.
    """

    facts: Mapping[str, str]
    circumstances: Mapping[str, str] = field(default_factory=dict)

    def differences(self, other: Environment) -> tuple[str, ...]:
        """Name the facts on which two environments disagree."""
        names = self.facts.keys() | other.facts.keys()
        return tuple(sorted(name for name in names if self.facts.get(name) != other.facts.get(name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One independent execution of a case: a whole load run, or one visit on a phone.

    The requests within a trial share its fate, so the trial, and never the request, is the unit
    of replication.  *readings* maps a reading's key (see ``lab.kernel.metrics``) to its value in
    base units; *resolutions* gives the grain of a reading where it depends on the trial.
    *artifacts* are paths relative to the run's folder.
    """

    case: Case
    index: int
    started_at: datetime
    duration: float
    readings: Mapping[str, float]
    resolutions: Mapping[str, float] = field(default_factory=dict)
    caveats: tuple[Caveat, ...] = ()
    artifacts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for key, value in self.readings.items():
            if not math.isfinite(value):
                raise ValueError(f"reading {key!r} is {value}; readings are finite numbers")

    @property
    def validity(self) -> Validity:
        """INVALID with a fatal caveat, SUSPECT with any other, else VALID."""
        if any(caveat.fatal for caveat in self.caveats):
            return Validity.INVALID
        return Validity.SUSPECT if self.caveats else Validity.VALID

    @property
    def sound(self) -> bool:
        """Whether this trial may enter the statistics."""
        return self.validity is not Validity.INVALID


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCase:
    """A case, and how many trials of it each release gets."""

    case: Case
    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is going to be measured.  The releases are interleaved, trial by trial.

    *looks* are the numbers of trials a case at which it was planned to judge; none means once, at the end.
    The first look is after the trials that each case plans, and each further one after as many again; where
    cases plan different numbers, the largest counts.
    """

    cases: tuple[PlannedCase, ...]
    releases: tuple[str, ...]
    seed: int
    looks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of a plan for one release.

    Runs with the same *session* were made at the same time, trial about trial.  *look* is the planned
    look, counted from 1, up to which it was measured.  *partial* marks a run that ended before that, what
    was measured is kept.
    """

    id: str
    session: str
    subject: Subject
    environment: Environment
    plan: Plan
    started_at: datetime
    trials: tuple[Trial, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    look: int = 1
    partial: bool = False

    @property
    def planned(self) -> tuple[PlannedCase, ...]:
        """The planned cases, with the trials that were planned up to the look at which the run ended."""
        return tuple(replace(planned, trials=planned.trials * self.look) for planned in self.plan.cases)

    @property
    def cases(self) -> tuple[Case, ...]:
        """The planned cases, in the plan's order."""
        return tuple(planned.case for planned in self.plan.cases)

    def trials_of(self, case: Case) -> tuple[Trial, ...]:
        """Every trial of *case*, sound or not, in the order they were made."""
        return tuple(trial for trial in self.trials if trial.case == case)

    def sample(self, case: Case, key: str) -> Sample:
        """One value per sound trial of *case* that has the reading *key*."""
        return Sample.of((t for t in self.trials_of(case) if t.sound), key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A reading over the trials of a run: one value per sound trial, and the coarsest grain."""

    values: tuple[float, ...]
    resolution: float = 0.0

    @classmethod
    def of(cls, trials: Iterable[Trial], key: str) -> Sample:
        """Collect the reading *key*, where a trial has it."""
        having = [trial for trial in trials if key in trial.readings]
        return cls(
            values=tuple(trial.readings[key] for trial in having),
            resolution=max((trial.resolutions.get(key, 0.0) for trial in having), default=0.0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A promoted run: a person's decision, with its reason."""

    name: str
    run: str
    release: str
    promoted_at: datetime
    promoted_by: str
    why: str
