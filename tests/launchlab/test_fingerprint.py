"""What a lane adds to the fingerprint: its own method and instruments, and what its cases stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from lab.kernel.errors import UsageError
from lab.kernel.model import Case, Environment, Lane, fact_of
from launchlab.fingerprint import Loads, facts_of
from profiles import loader
from scenarios.engine.generator import Client, Generator

LOAD = Case(lane=Lane.LOAD, journey="browse", profile="demo")
VISIT = Case(lane=Lane.DEVICES, journey="tours", phone="pixel-7", network="4g")
BENCH = Case(lane=Lane.BENCH, journey="test_words.py")
DEMO = Loads(profiles={"demo": loader.load("demo")})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "test_words.py").write_text("def test_words(benchmark):\n    benchmark(str.split, 'a b')\n")
    return tmp_path


def differing(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_each_lane_that_is_measured_says_how_and_with_what(root: Path) -> None:
    facts = facts_of([LOAD, VISIT, BENCH], root, DEMO)
    assert facts["load: locust"] == version("locust")
    assert facts["devices: playwright"] == version("playwright")
    assert facts["bench: pytest-benchmark"] == version("pytest-benchmark")
    for lane in Lane:
        assert facts[f"{lane.value}: method"].isdigit()
    for case in (LOAD, VISIT, BENCH):
        assert len(facts[fact_of(case, "workload")]) == 12
    assert set(facts_of([LOAD], root, DEMO)) == {
        "load: method",
        "load: locust",
        "load browse at demo: workload",
    }


def test_launchlabs_own_version_is_no_fact(root: Path) -> None:
    # What counts is how it measures; most releases leave that alone.
    assert "launchlab" not in "".join(facts_of([LOAD, VISIT, BENCH], root, DEMO))


def test_an_edited_profile_is_another_load_and_the_same_visits(root: Path) -> None:
    cases, profile = [LOAD, VISIT, BENCH], DEMO.profiles["demo"]
    longer = replace(profile, hold=profile.hold + 1)
    edited = facts_of(cases, root, Loads(profiles={"demo": longer}))
    assert differing(facts_of(cases, root, DEMO), edited) == {fact_of(LOAD, "workload")}


def test_a_case_is_the_same_in_a_plan_of_its_own(root: Path) -> None:
    together, alone = facts_of([LOAD, VISIT], root, DEMO), facts_of([LOAD], root, DEMO)
    assert Environment(facts=together).of(LOAD) == Environment(facts=alone).of(LOAD)


def test_another_client_is_another_load(root: Path) -> None:
    other = replace(DEMO, generator=Generator(client=Client.GEVENTHTTPCLIENT))
    differ = differing(facts_of([LOAD], root, DEMO), facts_of([LOAD], root, other))
    assert differ == {fact_of(LOAD, "workload")}


def test_an_edited_benchmark_is_another_benchmark_and_the_same_load(root: Path) -> None:
    cases = [LOAD, BENCH]
    before = facts_of(cases, root, DEMO)
    (root / "test_words.py").write_text("def test_words(benchmark):\n    benchmark(str.split, 'a b c')\n")
    assert differing(before, facts_of(cases, root, DEMO)) == {fact_of(BENCH, "workload")}


def test_what_a_case_names_and_nobody_knows_is_refused(root: Path) -> None:
    with pytest.raises(UsageError, match=r"missing\.py"):
        facts_of([replace(BENCH, journey="missing.py")], root, DEMO)
    with pytest.raises(UsageError, match="pixel-99"):
        facts_of([replace(VISIT, phone="pixel-99")], root, DEMO)
