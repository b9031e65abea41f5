"""What is asked of an imported run that nobody promised anything of: whether it moved.  Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from lab.kernel.metrics import METRICS, split
from lab.kernel.model import Run
from lab.kernel.verdict import Margins, Target

# How many requests there were is no quality of a release.
_CHANCES = frozenset(metric.counted for metric in METRICS.values())


def usual_drifts(run: Run, targets: Sequence[Target]) -> Iterator[Target]:
    """Yield a target at the usual margins for each reading whose drift no target of *targets* asks for.

    Where a reading is over all endpoints of a case, those of single endpoints are left out.
    """
    for case in run.cases:
        promised = {t.reading for t in targets if t.drift is not None and t.speaks_of(case)}
        held = dict.fromkeys(key for trial in run.trials_of(case) for key in trial.readings)
        for key in held:
            if key not in promised and _is_told(key, held):
                yield Target(
                    name=f"{case.name}, {key}",
                    reading=key,
                    drift=Margins(),
                    journey=case.journey,
                    phone=case.phone,
                )


def _is_told(key: str, held: Collection[str]) -> bool:
    name, endpoint = split(key)
    return name in METRICS and name not in _CHANCES and (endpoint is None or name not in held)
