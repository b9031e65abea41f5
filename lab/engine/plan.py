"""Turns a plan into orders: which case of which release is tried next.  It decides; the runner acts.

The trials that a plan's cases name are measured once for each planned look.  What is measured up to
the next look is a *stretch*: the same cases and numbers again, from each case's next index on.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
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


# Before the first stretch.
BEGINNING: Mapping[Case, int] = {}


def turns(plan: Plan, first: Mapping[Case, int] = BEGINNING) -> Iterator[Turn]:
    """Yield the trials of one stretch, so that a slow drift of the machine does not favour a release.

    *first* has the next index of each case, 0 where it has none.  Rounds go through all cases; see
    ``round_of`` for the order within one.
    """
    rounds = max((planned.trials for planned in plan.cases), default=0)
    for number in range(rounds):
        for planned in plan.cases:
            if number < planned.trials:
                yield from round_of(plan, planned.case, first.get(planned.case, 0) + number)


def round_of(plan: Plan, case: Case, index: int) -> Iterator[Turn]:
    """Yield the trials number *index* of *case*: every release once.

    The order of the releases is mirrored from round to round (A B, B A, A B, ...), which balances a
    linear drift over an even number of rounds, and all but one round's over an odd one.  The seed
    depends on case and index but not on the release: releases meet users who think alike.
    """
    seed = random.Random(f"{plan.seed} {case.slug} {index}").getrandbits(32)  # noqa: S311  (no secret)
    releases = plan.releases if index % 2 == 0 else tuple(reversed(plan.releases))
    return (Turn(case=case, release=release, index=index, seed=seed) for release in releases)


def spares(
    plan: Plan, broken: Iterable[tuple[Case, int]], first: Mapping[Case, int] = BEGINNING
) -> Iterator[Turn]:
    """Yield the rounds that replace *broken* ones of a stretch, with all their releases.

    Whole rounds, so that no release is tried more often than another.
    """
    places = set(broken)
    for planned in plan.cases:
        rounds = [index for case, index in places if case == planned.case]
        for spare in range(len(rounds)):
            index = first.get(planned.case, 0) + planned.trials + spare
            yield from round_of(plan, planned.case, index)
