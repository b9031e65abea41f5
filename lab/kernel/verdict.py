"""The nouns of judging: what was promised, what was concluded, and how sure we are."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lab.kernel.model import Baseline, Case, Run


class Outcome(enum.Enum):
    """The answer to a question put to the gate, worst last."""

    PASSED = "passed"
    INCONCLUSIVE = "inconclusive"
    NOT_COMPARABLE = "not comparable"
    INVALID = "invalid"
    FAILED = "failed"

    @classmethod
    def worst(cls, outcomes: Iterable[Outcome]) -> Outcome:
        """Return the worst of *outcomes*; nothing judged is INCONCLUSIVE, never a pass."""
        worst_last = list(cls)
        return max(outcomes, key=worst_last.index, default=cls.INCONCLUSIVE)


class Question(enum.Enum):
    """What a target asks: is the promise kept, and has it moved since the baseline."""

    LIMIT = "limit"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """How much worse than the baseline is a failure, and how little worse is still a pass.

    Both are relative harms: 0.02 means 2 % slower, or 2 % less throughput.  Where the metric
    compares by difference (shares of errors), they are shares of the baseline's value.
    """

    # Measured on 586 benchmarks: Holm at 0.01 with a 2 % fail margin raised 0.1 % false alarms.
    fail: float = 0.02
    # The largest slowdown that may be certified as "no worse".
    accept: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """A slowdown since the pinned baseline that people agreed to: how much of which reading, and why."""

    reading: str
    share: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A promise about one reading: an absolute limit, a drift that is accepted, or both.

    *reading* is a metric's name, or that of one endpoint: ``response_mean{GET /api/search}``.
    The other fields, where given, narrow the cases it speaks about.
    """

    name: str
    reading: str
    limit: float | None = None
    drift: Margins | None = None
    journey: str | None = None
    profile: str | None = None
    phone: str | None = None
    network: str | None = None
    variant: str | None = None

    def speaks_of(self, case: Case) -> bool:
        """Whether every field that narrows this target agrees with *case*."""
        fields = ("journey", "profile", "phone", "network", "variant")
        return all(getattr(self, name) in (None, getattr(case, name)) for name in fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A centre with a confidence interval around it, in base units; *size* trials stand behind it."""

    center: float
    low: float
    high: float
    confidence: float
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a reading moved against a baseline, new minus old, with its plain 95 % interval.

    *absolute* is in base units.  *ratio* is new over old, and None where a ratio means nothing
    (scores, error shares, zeros).  *exact* marks constants: no noise, any difference is real.
    """

    absolute: Interval
    ratio: Interval | None
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was concluded about one question, with the evidence and the reason in words.

    *baseline* is the run that a drift was measured against, and *baseline_release* its release; *pinned*
    marks the pinned one, whose margins hold for all releases since it together.
    *smallest_change* is the smallest harm that would have been found: relative to the baseline or
    the limit, or absolute where the metric compares by difference.
    """

    target: str
    question: Question
    outcome: Outcome
    reason: str
    reading: str
    case: Case | None = None
    measured: Interval | None = None
    limit: float | None = None
    change: Change | None = None
    baseline: str | None = None
    baseline_release: str | None = None
    pinned: bool = False
    p_value: float | None = None
    smallest_change: float | None = None
    trials_to_settle: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The gate's answer for a run: as bad as its worst finding.

    *baselines* are the runs it was held against; *pinned* is the one of them that is pinned.
    """

    run: str
    release: str
    baselines: tuple[str, ...]
    findings: tuple[Finding, ...]
    judged_at: datetime
    pinned: str | None = None

    @property
    def outcome(self) -> Outcome:
        """The worst outcome among the findings."""
        return Outcome.worst(finding.outcome for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A baseline with all that is on record about its run, to travel as one file: no artifacts.

    The run brings its session and its environment along, so that what may be concluded from a
    comparison with it is the same wherever it is read.
    """

    baseline: Baseline
    run: Run
    verdict: Verdict | None = None
