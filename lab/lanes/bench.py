"""The bench lane: pytest-benchmark files, each trial in a fresh process.

A file times the code of the folder it lies in, whatever the release; the release's name is passed in
LAUNCHLAB_RELEASE, for files that can tell releases apart themselves.

Rounds within a process share its memory layout, hash seed and caches, so the process is the unit
of replication; a round never is.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.engine.plan import Order
from lab.engine.process import Child
from lab.engine.runner import Progress, Watch
from lab.kernel.errors import UsageError
from lab.kernel.metrics import key_of
from lab.kernel.model import Case, Caveat, Trial

# How benchmarks are measured, as one number: runs of different numbers are not compared.  Raised by whoever
# changes what a reading means or how it is taken, so that the same code would read differently.
# History.  1: a fresh process a trial, half a second a benchmark, the median and minimum of its rounds.
METHOD = 1
# What measures besides our own code.
INSTRUMENTS = ("pytest-benchmark",)
_POLL = 0.1
# Start of the interpreter and pytest, and a few benchmarks at half a second each.
_USUAL_DURATION = 4.0
# Per benchmark; pytest-benchmark's default second doubles the lane's time for no better median.
_SECONDS_PER_BENCHMARK = "0.5"


class BenchDriver:
    """Makes bench trials; a case's journey is the path of a benchmark file below *root*."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def duration(self, case: Case) -> float:
        """Return about how long one trial takes, in seconds."""
        benchmark_file(self._root, case.journey)
        return _USUAL_DURATION

    def trial(self, order: Order, watch: Watch) -> Trial:
        """Run the order's benchmark file once, in a process of its own."""
        output = order.folder / "benchmark.json"
        started_at, began = datetime.now(UTC), time.monotonic()
        environment = {
            "LAUNCHLAB_RELEASE": order.subject.release,
            "LAUNCHLAB_URL": order.subject.url,
            "PYTHONHASHSEED": str(order.seed),
        }
        command = _command(benchmark_file(self._root, order.case.journey), output)
        with Child(command, log=order.folder / "pytest.log", environment=environment) as child:
            caveats = _wait(child, order.deadline, watch)
        readings = _readings(output)
        if not readings and not caveats:
            caveats = (_NOTHING,)
        return Trial(
            case=order.case,
            index=order.index,
            started_at=started_at,
            duration=time.monotonic() - began,
            readings=readings,
            caveats=caveats,
            artifacts=tuple(path.name for path in (output, order.folder / "pytest.log") if path.exists()),
        )


def benchmark_file(root: Path, path: str) -> Path:
    """Return the benchmark file *path* below *root*.  Raises UsageError when there is none."""
    found = (root / path).resolve()
    if not found.is_file():
        raise UsageError(f"there is no benchmark file {path!r} in {root}.  Name a pytest-benchmark file.")
    return found


def _command(path: Path, output: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "pytest", str(path), "--quiet"),
        # The project's own options (coverage, parallel runs) would be measured along.
        *("--override-ini", "addopts="),
        # Locust's pytest plugin would import Locust, which monkey-patches the interpreter.
        *("-p", "no:locust", "-p", "no:cacheprovider"),
        *("--benchmark-only", "--benchmark-json", str(output)),
        *("--benchmark-max-time", _SECONDS_PER_BENCHMARK),
    ]


def _wait(child: Child, deadline: float, watch: Watch) -> tuple[Caveat, ...]:
    began = time.monotonic()
    while not child.wait(_POLL):
        elapsed = time.monotonic() - began
        watch.progress(Progress(share=min(1.0, elapsed / _USUAL_DURATION), line="timing rounds"))
        if watch.stopping():
            return (Caveat(code="interrupted", advice="stopped by the user.", fatal=True),)
        if elapsed > deadline:
            advice = f"the benchmarks did not end within {deadline:.0f} s.\n{child.tail()}"
            return (Caveat(code="benchmark-hung", advice=advice, fatal=True),)
    if child.status != 0:
        advice = f"pytest ended with status {child.status}.  Its last lines:\n{child.tail()}"
        return (Caveat(code="benchmark-failed", advice=advice, fatal=True),)
    return ()


_NOTHING = Caveat(
    code="no-benchmark",
    advice="the file holds no benchmark: a test that takes the `benchmark` fixture is one.",
    fatal=True,
)


def _readings(path: Path) -> dict[str, float]:
    """Read pytest-benchmark's report; without a benchmark it writes none, stopped or out of disk half."""
    try:
        report: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    readings = {}
    for benchmark in report["benchmarks"]:
        readings[key_of("time_median", benchmark["name"])] = float(benchmark["stats"]["median"])
        readings[key_of("time_minimum", benchmark["name"])] = float(benchmark["stats"]["min"])
    return readings
