"""The canary: fixed work that tells whether two sessions met the same machine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lab.engine import canary_timing, canary_workload
from lab.engine.canary import CANARY, VERSION, Likeness, between, compared
from lab.engine.gate import References, judge
from lab.kernel.model import Run, Sample
from lab.kernel.verdict import Finding, Margins, Outcome
from tests.builders import LOAD, START, VISIT, a_run, a_target, a_trial

CALM = (0.4340, 0.4345, 0.4350, 0.4360, 0.4355)


def session(seconds: Sequence[float], *, release: str, name: str, responses: Sequence[float] = ()) -> Run:
    """Return a run with a trial per value of *seconds*, the canary's."""
    slowness = responses or [0.100, 0.101, 0.099, 0.100, 0.101][: len(seconds)]
    trials = [
        a_trial(index, readings={"response_mean": response, CANARY: second})
        for index, (second, response) in enumerate(zip(seconds, slowness, strict=True))
    ]
    return a_run(trials, release=release, session=name, facts={"cpu": "test", CANARY: "1"})


def times(factor: float, values: Sequence[float] = CALM) -> tuple[float, ...]:
    return tuple(value * factor for value in values)


def likeness(old: Sequence[float], new: Sequence[float], margin: float = 0.02) -> Likeness | None:
    found = compared(Sample(values=tuple(old)), Sample(values=tuple(new)), margin)
    return found.likeness if found else None


@pytest.mark.parametrize("factor", [1.0, 1.004, 1 / 1.004])
def test_a_machine_that_works_as_fast_within_half_the_margin_is_comparable(factor: float) -> None:
    assert likeness(CALM, times(factor)) is Likeness.COMPARABLE


@pytest.mark.parametrize("factor", [1.05, 1 / 1.05])
def test_a_machine_that_works_slower_or_faster_is_different(factor: float) -> None:
    assert likeness(CALM, times(factor)) is Likeness.DIFFERENT
    assert likeness(CALM, times(factor), margin=0.2) is Likeness.COMPARABLE


def test_what_may_be_either_is_unsure() -> None:
    assert likeness(CALM, times(1.01)) is Likeness.UNSURE


def test_a_neighbour_who_disturbs_one_time_in_five_makes_no_other_machine() -> None:
    calm = [0.434 * (1 + 0.0005 * (number % 7)) for number in range(20)]
    disturbed = [value * (1.4 if number % 5 == 0 else 1) for number, value in enumerate(calm)]
    assert likeness(calm, disturbed) is Likeness.COMPARABLE


@pytest.mark.parametrize(("old", "new"), [((), CALM), (CALM, ()), (CALM[:2], CALM[:2])])
def test_without_enough_readings_it_says_nothing(old: Sequence[float], new: Sequence[float]) -> None:
    assert likeness(old, new) is None


def test_sides_that_change_places_mirror_the_ratio() -> None:
    old, new = Sample(values=CALM), Sample(values=times(1.03))
    there, back = compared(old, new, 0.02), compared(new, old, 0.02)
    assert there is not None
    assert back is not None
    assert there.ratio.low == pytest.approx(1 / back.ratio.high)


def drift(old: Run, new: Run) -> Finding:
    target = a_target(drift=Margins())
    (finding,) = judge(new, [target], References(accepted=(old,)), now=START + timedelta(days=1)).findings
    return finding


def test_a_drift_between_sessions_on_machines_of_another_speed_is_not_comparable() -> None:
    old = session(CALM, release="1.0", name="monday")
    new = session(times(1.05), release="1.1", name="tuesday")
    found = drift(old, new)
    assert found.outcome is Outcome.NOT_COMPARABLE
    assert "works at another speed: the same fixed work took" in found.reason
    assert "% longer (90 %)" in found.reason


def test_a_drift_between_sessions_on_machines_that_may_differ_says_so() -> None:
    old = session(CALM, release="1.0", name="monday")
    new = session(times(1.01), release="1.1", name="tuesday")
    found = drift(old, new)
    assert found.outcome is not Outcome.NOT_COMPARABLE
    assert any(note.startswith("CAVEAT: the machine may work at another speed") for note in found.notes)


def test_runs_of_one_session_met_the_machine_trial_about_trial_so_the_canary_says_nothing() -> None:
    old = session(CALM, release="1.0", name="monday")
    new = session(times(1.05), release="1.1", name="monday")
    assert between(old, new, 0.02) is None
    assert drift(old, new).outcome is Outcome.PASSED


def test_runs_without_a_canary_are_judged_as_ever() -> None:
    old = session(CALM, release="1.0", name="monday")
    trials = tuple(replace(trial, readings={"response_mean": 0.1}) for trial in old.trials)
    new = replace(session(CALM, release="1.1", name="tuesday"), trials=trials)
    assert between(old, new, 0.02) is None
    assert drift(old, new).notes == ()


def test_the_canary_is_never_used_to_rescale() -> None:
    old = session(CALM, release="1.0", name="monday")
    alike, slower = (session(times(factor), release="1.1", name="tuesday") for factor in (1.0, 1.01))
    assert drift(old, alike).change == drift(old, slower).change


def test_only_cases_that_both_runs_have_are_compared() -> None:
    old = session(CALM, release="1.0", name="monday")
    visits = [a_trial(index, case=VISIT, readings={CANARY: 9.0}) for index in range(5)]
    new = replace(session(CALM, release="1.1", name="tuesday"), trials=(*old.trials, *visits))
    found = between(old, new, 0.02)
    assert LOAD in old.cases
    assert found is not None
    assert found.likeness is Likeness.COMPARABLE


def test_the_work_takes_about_as_long_each_time_in_a_process_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "canary.log"
    first, second = canary_timing.heard(log), canary_timing.heard(log)
    assert first is not None
    assert second is not None
    # A neighbour who shares the core may double what all of the window takes.
    assert 1 / 3 < first / second < 3
    assert log.read_text().splitlines() == [f"{first:.9f}", f"{second:.9f}"]


def test_a_canary_that_fails_says_nothing_and_not_what_it_said_before(tmp_path: Path) -> None:
    log, program = tmp_path / "canary.log", tmp_path / "canary.py"
    log.write_text("0.5\n")
    program.write_text("raise SystemExit('no loopback here')\n")
    assert canary_timing.heard(log, program) is None


def test_another_workload_has_another_version() -> None:
    content = Path(canary_workload.__file__).read_bytes()
    # Where this fails: raise VERSION, then write the new digest here.
    assert (VERSION, hashlib.sha256(content).hexdigest()[:16]) == ("1", "2b6cdc86d4462254")
