"""A session as it is recorded: releases in turn, whole spare rounds, planned looks, a canary a trial."""

from __future__ import annotations

import itertools
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from lab.engine.canary import CANARY
from lab.engine.plan import Order
from lab.engine.runner import Watch
from lab.engine.subject import Source
from lab.kernel.model import Case, Lane, Plan, PlannedCase, Run, Trial
from lab.kernel.verdict import Finding, Outcome, Question, Verdict
from lab.store.store import Store
from launchlab.looking import Looking, Looks
from launchlab.measuring import Rig, at_the_end, measure
from tests.builders import LOAD, SPOILT, START
from tests.fakes import ScriptedClock, ScriptedObserver

SERVER = ("{python}", "-m", "http.server", "{port}", "--bind", "127.0.0.1")
SOURCE = Source(name="shop", command=SERVER, releases=("1.0", "1.1"))


@dataclass
class AskingDriver:
    """Asks the subject once a trial, and times it; the rounds in *spoilt* are INVALID for release 1.1."""

    spoilt: Sequence[int] = ()
    orders: list[Order] = field(default_factory=list)

    def trial(self, order: Order, _watch: Watch) -> Trial:
        self.orders.append(order)
        started_at, began = datetime.now(UTC), time.perf_counter()
        with urllib.request.urlopen(order.subject.url) as answer:  # noqa: S310  (a server that this test started)
            answer.read()
        seconds = time.perf_counter() - began
        bad = order.index in self.spoilt and order.subject.release == "1.1"
        return Trial(
            case=order.case,
            index=order.index,
            started_at=started_at,
            duration=seconds,
            readings={"response_mean": seconds, "throughput": 1.0},
            caveats=(SPOILT,) if bad else (),
        )

    def duration(self, _case: Case) -> float:
        return 0.1


def session(
    folder: Path,
    *,
    trials: int,
    looks: tuple[int, ...] = (),
    spoilt: Sequence[int] = (),
    decided: Callable[[Mapping[str, Run]], bool] = at_the_end,
    stop_after: int | None = None,
) -> dict[str, Run]:
    """Measure two releases of a real server, and return what is on record about them."""
    plan = Plan(cases=(PlannedCase(case=LOAD, trials=trials),), releases=("1.0", "1.1"), seed=1, looks=looks)
    store = Store.at(folder)
    rig = Rig(source=SOURCE, drivers={Lane.LOAD: AskingDriver(spoilt)}, facts={})
    runs = measure(plan, rig, store, ScriptedObserver(stop_after), decided=decided)
    return {release: store.records.load_run(run.id) for release, run in runs.items()}


def order_of(runs: Mapping[str, Run]) -> list[tuple[int, str]]:
    """Return (round, release) of all trials, in the order in which they were made."""
    made = [(trial, release) for release, run in runs.items() for trial in run.trials]
    return [(trial.index, release) for trial, release in sorted(made, key=lambda one: one[0].started_at)]


def mirrored(rounds: int) -> list[tuple[int, str]]:
    sides = itertools.cycle((("1.0", "1.1"), ("1.1", "1.0")))
    return [(index, release) for index in range(rounds) for release in next(sides)]


def test_the_record_of_a_session_shows_that_the_releases_took_turns_a_b_b_a(tmp_path: Path) -> None:
    runs = session(tmp_path, trials=4)
    assert order_of(runs) == [
        (0, "1.0"),
        (0, "1.1"),
        (1, "1.1"),
        (1, "1.0"),
        (2, "1.0"),
        (2, "1.1"),
        (3, "1.1"),
        (3, "1.0"),
    ]
    assert len({run.session for run in runs.values()}) == 1


def test_a_spare_round_is_whole_and_follows_the_others_in_the_record(tmp_path: Path) -> None:
    runs = session(tmp_path, trials=3, spoilt=[1])
    assert order_of(runs) == mirrored(4)
    assert not any(run.partial for run in runs.values())
    sound = {release: [t.index for t in run.trials if t.sound] for release, run in runs.items()}
    assert sound == {"1.0": [0, 1, 2, 3], "1.1": [0, 2, 3]}


def test_each_trial_has_the_canarys_seconds_beside_its_own(tmp_path: Path) -> None:
    runs = session(tmp_path, trials=2)
    seconds = [trial.readings[CANARY] for run in runs.values() for trial in run.trials]
    assert len(seconds) == 4
    assert all(0 < value < 0.1 for value in seconds)
    assert {run.environment.facts[CANARY] for run in runs.values()} == {"1"}


def test_without_looks_nobody_is_asked_whether_it_is_decided(tmp_path: Path) -> None:
    def decided(_runs: Mapping[str, Run]) -> bool:
        raise AssertionError("there is no look before the end")

    assert not session(tmp_path, trials=1, decided=decided)["1.1"].partial


def test_a_session_that_is_not_decided_goes_on_with_the_same_subjects_to_its_last_look(
    tmp_path: Path,
) -> None:
    seen = []

    def decided(runs: Mapping[str, Run]) -> bool:
        seen.append({release: (len(run.trials), run.partial, run.look) for release, run in runs.items()})
        return False

    runs = session(tmp_path, trials=1, looks=(1, 2, 3), decided=decided)
    assert seen == [dict.fromkeys(runs, (1, False, 1)), dict.fromkeys(runs, (2, False, 2))]
    assert order_of(runs) == mirrored(3)
    assert len({run.subject.url for run in runs.values()}) == 2
    assert [(run.look, run.partial, run.plan.looks) for run in runs.values()] == [(3, False, (1, 2, 3))] * 2


def test_a_session_that_is_decided_ends_at_that_look_and_is_whole(tmp_path: Path) -> None:
    runs = session(tmp_path, trials=1, looks=(1, 2, 3), decided=lambda runs: len(runs["1.1"].trials) >= 2)
    assert order_of(runs) == mirrored(2)
    assert [(run.look, run.partial, run.plan.looks) for run in runs.values()] == [(2, False, (1, 2, 3))] * 2


def test_spare_rounds_belong_to_their_stretch_and_the_next_goes_on_after_them(tmp_path: Path) -> None:
    runs = session(tmp_path, trials=1, looks=(1, 2), spoilt=[0], decided=lambda _runs: False)
    assert order_of(runs) == mirrored(3)
    assert not runs["1.1"].partial


def test_stopping_between_two_looks_keeps_what_is_measured_and_marks_it_partial(tmp_path: Path) -> None:
    runs = session(tmp_path, trials=1, looks=(1, 2), decided=lambda _runs: False, stop_after=3)
    assert order_of(runs) == mirrored(2)[:3]
    assert {release: run.partial for release, run in runs.items()} == {"1.0": True, "1.1": False}


def verdict(outcome: Outcome, to_settle: int | None = None) -> Verdict:
    finding = Finding(
        target="the API is quick",
        question=Question.LIMIT,
        outcome=outcome,
        reason="",
        reading="response_mean",
        trials_to_settle=to_settle,
    )
    return Verdict(run="run", release="1.1", baselines=(), findings=(finding,), judged_at=START)


@pytest.mark.parametrize(
    ("found", "elapsed", "said"),
    [
        (verdict(Outcome.INCONCLUSIVE, 4), 30, "look 1: inconclusive, so more trials"),
        (verdict(Outcome.INCONCLUSIVE, 4), 70, "the 50 s that are left have no room for another"),
        (verdict(Outcome.INCONCLUSIVE), 30, "inconclusive, which more trials would not change"),
        (verdict(Outcome.FAILED, 4), 30, "failed, which more trials would not change"),
        (verdict(Outcome.PASSED), 30, "passed, which more trials would not change"),
    ],
)
def test_a_look_says_what_it_saw_and_goes_on_only_where_trials_and_time_can_help(
    found: Verdict, elapsed: float, said: str
) -> None:
    clock, to, gone_on = ScriptedClock(), Console(width=200, record=True, quiet=False), []
    looking = Looking(budget=120, judge=lambda _runs: found, alpha=0.01)
    looks = Looks(looking, to, lambda: gone_on.append(True), clock)
    clock.now = elapsed
    ends = looks.decided({})
    assert said in to.export_text()
    assert ends is not said.endswith("so more trials")
    assert bool(gone_on) is not ends
