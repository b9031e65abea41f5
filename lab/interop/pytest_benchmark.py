"""pytest-benchmark's JSON: the file is one process, so one trial of each benchmark file in it.  Pure.

Rounds share their process's memory layout, hash seed and caches, so they are no trials.  Cases and readings
are those of our own bench lane: the benchmark file is the journey, and a benchmark what a reading is of.
"""

from __future__ import annotations

from pydantic import Field

from lab.interop.foreign import Account, Amount, Count, ForeignFile, Moment, Name, Section, known
from lab.kernel.metrics import key_of
from lab.kernel.model import Case, Caveat, Lane, Trial


class _Processor(Section):
    brand_raw: Name | None = None
    count: Count | None = None


class _Machine(Section):
    node: Name | None = None
    machine: Name | None = None
    system: Name | None = None
    release: Name | None = None
    python_implementation: Name | None = None
    python_version: Name | None = None
    cpu: _Processor = Field(default_factory=_Processor)


class _Commit(Section):
    id: Name | None = None
    dirty: bool | None = None


class _Stats(Section):
    median: Amount
    min: Amount
    mean: Amount
    total: Amount = 0.0


class _Benchmark(Section):
    name: Name
    fullname: Name
    stats: _Stats


class _Report(Section):
    machine_info: _Machine
    commit_info: _Commit = Field(default_factory=_Commit)
    benchmarks: list[_Benchmark] = Field(min_length=1)
    at: Moment | None = Field(default=None, alias="datetime")
    version: Name | None = None


_UNCOMMITTED = Caveat(
    code="uncommitted-changes",
    advice="the code had changes that no commit holds, so its release names only what they were made on.",
)


def read(file: ForeignFile) -> Account:
    """Return what *file* says.  Raises ForeignFileError for what pytest-benchmark does not write."""
    report = file.read(_Report)
    by_journey: dict[str, list[_Benchmark]] = {}
    for benchmark in report.benchmarks:
        by_journey.setdefault(benchmark.fullname.partition("::")[0], []).append(benchmark)
    trials = tuple(_trial(file, report, journey, held) for journey, held in by_journey.items())
    commit = report.commit_info
    return Account(
        trials=trials,
        facts=_facts(report),
        circumstances=known({"host": report.machine_info.node}),
        caveats=(_UNCOMMITTED,) if commit.dirty else (),
        # Outside of a repository it says "unversioned" or "unknown".
        commit=commit.id if commit.id not in ("", "unversioned", "unknown") else None,
    )


def _trial(file: ForeignFile, report: _Report, journey: str, held: list[_Benchmark]) -> Trial:
    readings: dict[str, float] = {}
    for benchmark in held:
        # A class in between keeps two benchmarks of one name apart.
        name = benchmark.name
        if key_of("time_median", name) in readings:
            name = benchmark.fullname.partition("::")[2] or name
        if key_of("time_median", name) in readings:
            raise file.fault("benchmarks", f"hold {benchmark.fullname!r} twice")
        readings[key_of("time_median", name)] = benchmark.stats.median
        readings[key_of("time_minimum", name)] = benchmark.stats.min
        readings[key_of("time_mean", name)] = benchmark.stats.mean
    return Trial(
        case=Case(lane=Lane.BENCH, journey=journey),
        index=0,
        started_at=report.at or file.written_at,
        duration=sum(benchmark.stats.total for benchmark in held),
        readings=readings,
    )


def _facts(report: _Report) -> dict[str, str]:
    machine = report.machine_info
    told = {
        "cpu": machine.cpu.brand_raw or machine.machine,
        "cores": machine.cpu.count,
        "system": machine.system,
        "kernel": machine.release,
        "python": machine.python_version,
        "implementation": machine.python_implementation,
        "pytest-benchmark": report.version,
    }
    return known(told)
