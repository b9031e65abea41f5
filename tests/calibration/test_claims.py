"""Every claim of docs/calibration.md, on fewer gates; a rate within its goal fails here with p < 1e-4."""

from __future__ import annotations

import pytest

from calibration.claims import ALARMS, FOUND, LOOKS, PASSES, STORED, Claim, claims
from calibration.counting import rates, working

CLAIMS = tuple(claims())
# Gates of 20 metrics take some 10 ms each, those of one metric 1 ms; the whole file has a minute.
FEW, MANY = 60, 400
# Each gate against a stored baseline has up to 10 runs behind it.
FEWEST = 15


def gates_of(claim: Claim) -> int:
    if claim.group == STORED:
        return FEWEST
    return FEW if claim.group in {ALARMS, FOUND, PASSES, LOOKS} else MANY


@pytest.mark.parametrize(
    "claim", [claim for claim in CLAIMS if claim.goal], ids=lambda claim: f"{claim.group}: {claim.name}"
)
def test_the_gate_errs_no_more_often_than_is_claimed(claim: Claim) -> None:
    seen = claim.seen(gates_of(claim))
    assert claim.goal is not None
    assert claim.goal.accepts(seen), f"{seen.hits} of {seen.count}, where {claim.goal} was claimed"


def test_every_claim_has_a_name_of_its_own() -> None:
    # The name seeds the simulation.
    assert len({(claim.group, claim.name) for claim in CLAIMS}) == len(CLAIMS)


def test_no_goal_is_beyond_what_the_best_possible_test_reaches() -> None:
    told = [(claim.goal, claim.best) for claim in CLAIMS if claim.goal and claim.best]
    assert told
    assert all(goal.rate <= best.student <= best.known for goal, best in told)


def test_a_rate_does_not_depend_on_who_counts() -> None:
    claim = next(claim for claim in CLAIMS if claim.group == "Regressions passed")
    with working(2) as mapper:
        shared = rates(claim.simulation, "a rate", 120, mapper)
    assert shared == rates(claim.simulation, "a rate", 120)
