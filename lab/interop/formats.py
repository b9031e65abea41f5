"""By what a file of another tool is recognised, and who reads it.  Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lab.interop import k6, lighthouse, locust, pyperf, pytest_benchmark
from lab.interop.foreign import Account, ForeignFile
from lab.interop.tool import Tool
from lab.kernel.errors import ForeignFileError

READERS: Mapping[Tool, Callable[[ForeignFile], Account]] = {
    Tool.PYPERF: pyperf.read,
    Tool.PYTEST_BENCHMARK: pytest_benchmark.read,
    Tool.K6: k6.read,
    Tool.LIGHTHOUSE: lighthouse.read,
    Tool.LOCUST: locust.read,
}
ACCEPTED = (
    "JSON of pyperf or pytest-benchmark, k6's --summary-export or the data of handleSummary, "
    "Lighthouse's report or a .lighthouseci folder, Locust's --json"
)


def recognised(file: ForeignFile) -> Tool:
    """Return the tool that writes such a file.  Raises ForeignFileError with those that are known."""
    match file.body:
        case {"lighthouseVersion": _}:
            return Tool.LIGHTHOUSE
        case {"machine_info": _, "benchmarks": _}:
            return Tool.PYTEST_BENCHMARK
        case {"benchmarks": _, "version": _}:
            return Tool.PYPERF
        case {"metrics": _}:
            return Tool.K6
        case list() if all(_is_locusts(entry) for entry in file.body):
            return Tool.LOCUST
        case {"format": _, "kind": _}:
            raise ForeignFileError(
                f"{file.name} is of launchlab itself; 'launchlab baseline import' takes it."
            )
        case _:
            raise ForeignFileError(f"{file.name} is of no tool that is known here.  Accepted: {ACCEPTED}.")


def _is_locusts(entry: Any) -> bool:
    return isinstance(entry, dict) and "num_requests" in entry
