"""A run in the Bencher Metric Format: a mean over trials for each case and reading, with its interval.  Pure.

The format keeps no trials, so what is compared there knows nothing of how they scatter but the two ends of
the 95 % interval.  Values are in base units: seconds, bytes, ratios.  A single trial has no interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from lab.kernel.metrics import METRICS, split
from lab.kernel.model import Case, Run, Sample
from lab.stats.estimate import location
from reports.exports.part import written

_CONFIDENCE = 0.95
# What Bencher takes as the name of a benchmark, and of a measure.
_LONGEST_BENCHMARK, _LONGEST_MEASURE = 1024, 64


def text(run: Run) -> str:
    """Return the JSON of *run*: ``{benchmark: {measure: {value, lower_value, upper_value}}}``."""
    benchmarks: dict[str, dict[str, dict[str, float]]] = {}
    for case in run.cases:
        for key in _keys(run, case):
            measure, endpoint = split(key)
            measures = benchmarks.setdefault(_benchmark(case, endpoint), {})
            measures[measure[:_LONGEST_MEASURE]] = dict(_metric(run, case, key))
    return written(benchmarks)


def _keys(run: Run, case: Case) -> dict[str, None]:
    return dict.fromkeys(key for trial in run.trials_of(case) if trial.sound for key in trial.readings)


def _benchmark(case: Case, endpoint: str | None) -> str:
    # The brace keeps a name of the subject from ending in "-bencher-ignore", which mutes alerts.
    name = f"{case.lane.value}: {case.name}"
    return (name if endpoint is None else f"{name} {{{endpoint[: _LONGEST_BENCHMARK // 2]}}}")[
        -_LONGEST_BENCHMARK:
    ]


def _metric(run: Run, case: Case, key: str) -> Iterator[tuple[str, float]]:
    sample = run.sample(case, key)
    metric = METRICS.get(split(key)[0])
    grain = max(sample.resolution, metric.resolution if metric else 0.0)
    yield "value", _mean(sample)
    estimate = location(replace(sample, resolution=grain))
    ends = () if estimate is None else estimate.interval(_CONFIDENCE)
    for name, end in zip(("lower_value", "upper_value"), ends, strict=False):
        if math.isfinite(end):
            yield name, end


def _mean(sample: Sample) -> float:
    return math.fsum(sample.values) / len(sample.values)
