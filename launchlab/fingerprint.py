"""What lanes and cases add to a run's fingerprint: how a lane measures, with what, and what a case does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from devices import method as devices_method
from devices.catalogue import network_of, phone_of
from devices.journey import journey_of as page_journey_of
from lab.kernel.model import Case, Lane, fact_of
from lab.lanes import bench
from profiles.profile import Profile
from scenarios import method as load_method
from scenarios.driver import sources_of
from scenarios.engine.generator import Generator

_METHODS: Mapping[Lane, tuple[int, tuple[str, ...]]] = {
    Lane.LOAD: (load_method.METHOD, load_method.INSTRUMENTS),
    Lane.DEVICES: (devices_method.METHOD, devices_method.INSTRUMENTS),
    Lane.BENCH: (bench.METHOD, bench.INSTRUMENTS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loads:
    """What loads are made of: the *profiles* that cases name, a user's own *locustfiles*, the *generator*."""

    profiles: Mapping[str, Profile] = field(default_factory=dict)
    locustfiles: Mapping[str, Path] = field(default_factory=dict)
    generator: Generator = field(default_factory=Generator)


def facts_of(cases: Sequence[Case], root: Path, loads: Loads) -> dict[str, str]:
    """Return the facts of *cases* and of the lanes that they need; *root* is where benchmark paths begin.

    The workload of a case is a digest of what its names stand for: names alone do not tell an edit.  Raises
    UsageError for an unknown name.
    """
    facts = {}
    for lane in dict.fromkeys(case.lane for case in cases):
        method, instruments = _METHODS[lane]
        facts[fact_of(lane, "method")] = str(method)
        facts.update({fact_of(lane, name): version(name) for name in instruments})
    return {**facts, **{fact_of(case, "workload"): _workload(case, root, loads) for case in cases}}


def _workload(case: Case, root: Path, loads: Loads) -> str:
    content = repr(list(_content(case, root, loads)))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _content(case: Case, root: Path, loads: Loads) -> Iterator[object]:
    if case.profile:
        yield loads.profiles[case.profile]
    if case.phone:
        yield phone_of(case.phone)
    if case.network:
        yield network_of(case.network)
    match case.lane:
        case Lane.LOAD:
            yield sources_of(case.journey, loads.locustfiles)
            # Another client measures otherwise.
            yield loads.generator.client.value
        case Lane.DEVICES:
            yield page_journey_of(case.journey).content
        case Lane.BENCH:
            yield bench.benchmark_file(root, case.journey).read_bytes()
