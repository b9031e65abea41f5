"""The one place where simulated readings become runs and the real gate judges them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from calibration.drawing import CASE, NEW, OLD, Sides, plan_of
from calibration.worlds import Array
from lab.engine.gate import References, judge
from lab.engine.noise import noise_of
from lab.engine.plan import turns
from lab.engine.policy import USUAL, Policy
from lab.kernel.model import Environment, Run, Subject, Trial
from lab.kernel.verdict import Margins, Outcome, Target, Verdict

# What a target says by default: fail beyond 2 %, pass below 5 %.
MARGINS = Margins()
POLICY = USUAL
_START = datetime(2026, 1, 1, tzinfo=UTC)
_SESSION = "now"
_ENVIRONMENT = Environment(facts={})


def judged(sides: Sides, looks: tuple[int, ...] = (), policy: Policy = POLICY) -> Verdict:
    """Return the real gate's verdict on two releases: one finding for each key of *sides*.

    With *looks*, counted in trials a side, it is the verdict at the first of them that decides anything, as
    ``--until-decided`` has it, or else at the last.
    """
    for trials in looks[:-1]:
        verdict = _judged(sides, looks, trials, policy)
        if verdict.outcome is not Outcome.INCONCLUSIVE:
            return verdict
    return _judged(sides, looks, looks[-1] if looks else len(sides.new), policy)


def among(metrics: int) -> Policy:
    """Return the policy for one metric alone as it is judged among so many: the level of Holm's first step.

    For counting what becomes of one metric that changed, in a twentieth of the time: the others can only
    make the level of a later step a little higher.
    """
    return replace(POLICY, alpha=POLICY.alpha / metrics)


def _judged(sides: Sides, looks: tuple[int, ...], trials: int, policy: Policy) -> Verdict:
    old = _run(OLD, sides.old[:trials], sides.keys, looks, session="then" if sides.again else _SESSION)
    new = _run(NEW, sides.new[:trials], sides.keys, looks)
    again = [
        _run(OLD, values, sides.keys, session=f"again-{number}") for number, values in enumerate(sides.again)
    ]
    noise = tuple(noise_of(run, CASE) for run in again)
    return held_against(new, References(accepted=(old,), noise=noise), sides.keys, policy)


def held_against(new: Run, old: References, keys: Sequence[str], policy: Policy = POLICY) -> Verdict:
    """Return the real gate's verdict on *new* against *old*, with a target for each of *keys*."""
    targets = [Target(name=key, reading=key, drift=MARGINS) for key in keys]
    return judge(new, targets, old, now=_START, policy=policy)


def _run(
    release: str,
    values: Array,
    keys: tuple[str, ...],
    looks: tuple[int, ...] = (),
    *,
    session: str = _SESSION,
) -> Run:
    plan = plan_of(len(values))
    return Run(
        id=f"{session}-{release}",
        session=session,
        subject=Subject(name="simulated", release=release, url="http://127.0.0.1"),
        environment=_ENVIRONMENT,
        plan=replace(plan, looks=looks),
        started_at=_START,
        trials=tuple(
            Trial(
                case=CASE,
                index=turn.index,
                started_at=_START + timedelta(minutes=place),
                duration=60.0,
                readings=dict(zip(keys, values[turn.index].tolist(), strict=True)),
            )
            for place, turn in enumerate(turns(plan))
            if turn.release == release
        ),
    )
