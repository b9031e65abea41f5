"""The one place where simulated readings become runs and the real gate judges them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from calibration.drawing import CASE, NEW, OLD, Sides, plan_of
from calibration.worlds import Array
from lab.engine.gate import USUAL, judge
from lab.engine.plan import turns
from lab.kernel.model import Environment, Run, Subject, Trial
from lab.kernel.verdict import Margins, Target, Verdict

# What a target says by default: fail beyond 2 %, pass below 5 %.
MARGINS = Margins()
POLICY = USUAL
_START = datetime(2026, 1, 1, tzinfo=UTC)
_ENVIRONMENT = Environment(facts={})


def judged(sides: Sides) -> Verdict:
    """Return the real gate's verdict on two releases that took turns: one finding for each key of *sides*."""
    return judge(
        _run(NEW, sides.new, sides.keys),
        [Target(name=key, reading=key, drift=MARGINS) for key in sides.keys],
        [_run(OLD, sides.old, sides.keys)],
        now=_START,
    )


def _run(release: str, values: Array, keys: tuple[str, ...]) -> Run:
    plan = plan_of(len(values))
    return Run(
        id=f"run-{release}",
        session="session",
        subject=Subject(name="simulated", release=release, url="http://127.0.0.1"),
        environment=_ENVIRONMENT,
        plan=plan,
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
