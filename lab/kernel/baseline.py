"""The nouns of accepting: which run later ones are held against, who said so, and why."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from lab.kernel.model import Run
from lab.kernel.verdict import Outcome, Verdict


class Kind(enum.Enum):
    """How a baseline came into force."""

    PROMOTION = "promotion"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A promoted run: a person's decision, with its reason.

    *outcome* is what its verdict was at that moment, None for a run that was never judged;
    *accepted_regression* marks one that was accepted although it did not pass.  *run_digest* is that of its
    readings (``lab.kernel.digest.of_run``), None in promotions from before there were any.
    """

    name: str
    run: str
    release: str
    promoted_at: datetime
    promoted_by: str
    why: str
    kind: Kind = Kind.PROMOTION
    outcome: Outcome | None = None
    accepted_regression: bool = False
    run_digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A baseline with all that is on record about its run, to travel as one file: no artifacts.

    The run brings its session and its environment along, so that what may be concluded from a
    comparison with it is the same wherever it is read.
    """

    baseline: Baseline
    run: Run
    verdict: Verdict | None = None
