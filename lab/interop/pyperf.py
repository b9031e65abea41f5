"""pyperf's JSON: every worker process that has values is a trial of its benchmark.  Pure.

Each benchmark is a case of its own, because its processes are not those of the others.  What a process
did to warm up or to calibrate is left out, as pyperf leaves it out of its own figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean, median
from typing import Any, Literal

from pydantic import Field

from lab.interop.foreign import MOST_TRIALS, Account, Amount, Count, ForeignFile, Moment, Name, Section, known
from lab.kernel.model import Case, Lane, Trial

# What a benchmark is called that has no name: pyperf allows it where a file holds one only.
_UNNAMED = "benchmark"


class _Metadata(Section):
    """What pyperf knows of a process; it stands at the highest level on which it is common."""

    name: Name = _UNNAMED
    unit: Literal["second", "byte", "integer"] = "second"
    date: Moment | None = None
    duration: Amount = 0.0
    cpu_model_name: Name | None = None
    cpu_count: Count | None = None
    platform: Name | None = None
    python_implementation: Name | None = None
    python_version: Name | None = None
    perf_version: Name | None = None
    hostname: Name | None = None


class _Process(Section):
    metadata: dict[str, Any] = Field(default_factory=dict)
    values: list[Amount] = Field(default_factory=list)


class _Benchmark(Section):
    metadata: dict[str, Any] = Field(default_factory=dict)
    runs: list[_Process]


class _Suite(Section):
    metadata: dict[str, Any] = Field(default_factory=dict)
    benchmarks: list[_Benchmark]


def read(file: ForeignFile) -> Account:
    """Return what *file* says.  Raises ForeignFileError for what pyperf does not write."""
    trials: list[Trial] = []
    facts: dict[str, str] = {}
    host: str | None = None
    for metadata, process, index in _processes(file, file.read(_Suite)):
        if trials and _facts(metadata) != facts:
            raise file.fault(
                f"benchmark {metadata.name!r}", "was not all run in one environment; import each alone"
            )
        facts, host = _facts(metadata), metadata.hostname
        trials.append(_trial(file, metadata, process, index))
    if not 1 <= len(trials) <= MOST_TRIALS:
        raise file.fault(
            "benchmarks", f"hold {len(trials)} processes with values; accepted: 1 to {MOST_TRIALS}"
        )
    return Account(trials=tuple(trials), facts=facts, circumstances=known({"host": host}))


def _processes(file: ForeignFile, suite: _Suite) -> Iterator[tuple[_Metadata, _Process, int]]:
    """Yield each process that has values, with all that is known of it and its number in its benchmark."""
    names: set[str] = set()
    for number, benchmark in enumerate(suite.benchmarks):
        name = _UNNAMED
        for index, process in enumerate(each for each in benchmark.runs if each.values):
            told = {**suite.metadata, **benchmark.metadata, **process.metadata}
            metadata = file.read(_Metadata, told, f"benchmarks.{number}.metadata")
            name = metadata.name
            if index == 0 and name in names:
                raise file.fault(f"benchmarks.{number}", f"has the name {name!r} of an earlier one")
            yield metadata, process, index
        names.add(name)


def _trial(file: ForeignFile, metadata: _Metadata, process: _Process, index: int) -> Trial:
    return Trial(
        case=Case(lane=Lane.BENCH, journey=metadata.name),
        index=index,
        started_at=metadata.date or file.written_at,
        duration=metadata.duration,
        readings=_readings(metadata.unit, process.values),
    )


def _readings(unit: str, values: list[float]) -> dict[str, float]:
    match unit:
        case "byte":
            return {"bytes_median": median(values)}
        case "integer":
            return {"count_median": median(values)}
        case _:
            return {"time_median": median(values), "time_minimum": min(values), "time_mean": fmean(values)}


def _facts(metadata: _Metadata) -> dict[str, str]:
    told = {
        "cpu": metadata.cpu_model_name,
        "cores": metadata.cpu_count,
        "platform": metadata.platform,
        "python": metadata.python_version,
        "implementation": metadata.python_implementation,
        "pyperf": metadata.perf_version,
    }
    return known(told)
