"""Turns a plan into orders: which case of which release is tried next.  Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.kernel.model import Case, Plan, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One trial to be made.

    *deadline* is in seconds from the trial's start: a driver that is not done by then gives up and
    says so.  *folder* is for the trial's artifacts, and exists.
    """

    case: Case
    subject: Subject
    seed: int
    index: int
    deadline: float
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The place of one trial in the session: case, release and the trial's index."""

    case: Case
    release: str
    index: int
    seed: int


def turns(plan: Plan) -> Iterator[Turn]:
    """Yield the trials of *plan* so that drift of the machine hits all releases alike.

    Rounds go through all cases; within a round a case tries every release once, and the order of
    the releases is mirrored from round to round (A B, B A, A B, ...).  A trial's seed depends on
    its case and index but not on its release: releases meet the same users.
    """
    seeds = random.Random(plan.seed)  # noqa: S311  (reproducible, not secret)
    rounds = max((planned.trials for planned in plan.cases), default=0)
    for index in range(rounds):
        releases = plan.releases if index % 2 == 0 else tuple(reversed(plan.releases))
        for planned in plan.cases:
            seed = seeds.getrandbits(32)
            if index < planned.trials:
                yield from (
                    Turn(case=planned.case, release=release, index=index, seed=seed) for release in releases
                )


def count(plan: Plan) -> Mapping[Case, int]:
    """Return the number of trials of each case, over all releases."""
    return {planned.case: planned.trials * len(plan.releases) for planned in plan.cases}
