"""Which figure of the canary varies least from process to process, and what that makes of equal sessions.

``nox -s proof -- test_canary.py``
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from statistics import mean, median, stdev

import pytest

from lab.engine import canary_workload
from lab.engine.canary import Likeness, compared
from lab.kernel.metrics import Scale
from lab.kernel.model import Sample
from lab.stats.estimate import shift, working
from tests.proof.load.harness import show

pytestmark = [pytest.mark.proof, pytest.mark.end_to_end, pytest.mark.timeout(600)]

# The canary's own pieces, each repeat timed by both clocks.
EVERY_REPEAT = """
import json, runpy, sys, time
canary = runpy.run_path(sys.argv[1])
near, far = canary["connected"]()
work = canary["pieces"](near, far)
wall, processor = [[] for _ in work], [[] for _ in work]
end = time.perf_counter() + canary["SECONDS"]
while time.perf_counter() < end:
    for place, piece in enumerate(work):
        used, began = time.process_time(), time.perf_counter()
        piece()
        wall[place].append(time.perf_counter() - began)
        processor[place].append(time.process_time() - used)
print(json.dumps([wall, processor]))
"""
FIGURES: dict[str, Callable[[Sequence[float]], float]] = {"quickest": min, "median": median, "mean": mean}
PROCESSES = 160
# Seconds between two, so that what disturbs one has a chance to be over.
APART = 0.5
MARGIN = 0.02


@pytest.fixture(scope="module")
def figures() -> dict[str, list[float]]:
    """Return the figures of each process, by the figure's name."""
    found: dict[str, list[float]] = {}
    for _ in range(PROCESSES):
        command = [sys.executable, "-I", "-S", "-c", EVERY_REPEAT, canary_workload.__file__]
        told = subprocess.run(command, check=True, capture_output=True, text=True)
        for clock, pieces in zip(("wall", "processor"), json.loads(told.stdout), strict=True):
            for name, figure in FIGURES.items():
                found.setdefault(f"{name}, {clock}", []).append(sum(figure(times) for times in pieces))
        time.sleep(APART)
    return found


def test_the_quickest_repeat_of_each_piece_varies_least(
    figures: dict[str, list[float]], capsys: pytest.CaptureFixture[str]
) -> None:
    def near(values: Sequence[float], share: float) -> float:
        return mean(abs(value / median(values) - 1) <= share for value in values)

    lines = [
        f"{name:20} {1e6 * median(values):6.0f} µs  variation {stdev(values) / mean(values):6.1%}  "
        f"within 1 % of the median {near(values, 0.01):4.0%}, within 5 % {near(values, 0.05):4.0%}"
        for name, values in figures.items()
    ]
    show(capsys, *lines)
    closeness = {name: near(values, 0.01) for name, values in figures.items()}
    assert closeness["quickest, wall"] > 1.5 * max(closeness["median, wall"], closeness["mean, wall"])


def sessions(values: Sequence[float], size: int) -> Iterator[Sample]:
    for first in range(0, len(values) - size + 1, size):
        yield Sample(values=tuple(values[first : first + size]))


@pytest.mark.parametrize("size", [5, 10, 20])
def test_equal_sessions_are_seldom_called_different(
    figures: dict[str, list[float]], capsys: pytest.CaptureFixture[str], size: int
) -> None:
    said, by_ranks, by_t = Counter[Likeness](), [], []
    for old, new in combinations(sessions(figures["quickest, wall"], size), 2):
        found, estimate = (
            compared(old, new, MARGIN),
            shift(working(old, Scale.RATIO), working(new, Scale.RATIO)),
        )
        assert found is not None
        assert estimate is not None
        said[found.likeness] += 1
        by_ranks.append(found.ratio.high - found.ratio.low)
        low, high = estimate.interval(found.ratio.confidence)
        by_t.append(high - low)
    counts = ", ".join(f"{said[likeness]} {likeness.value}" for likeness in Likeness)
    show(capsys, f"{size:2} a side: {counts}; interval {median(by_ranks):.1%} wide, by t {median(by_t):.1%}")
    assert said[Likeness.DIFFERENT] <= 0.1 * said.total()
