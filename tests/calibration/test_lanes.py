"""A/A on recorded runs: what is told of runs between which nothing changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.lanes import halves, readings_of, strangers, told
from lab.kernel.errors import UsageError
from lab.kernel.model import Run
from lab.kernel.verdict import Outcome
from lab.store.records import Records
from tests.builders import a_run_of


def a_session(number: int, *, trials: int = 12, level: float = 1.0, release: str = "1.0") -> Run:
    values = level * np.exp(0.01 * np.random.default_rng(number).standard_normal(trials))
    run = a_run_of(values.tolist(), session=f"session-{number}", release=release)
    return replace(run, id=f"run-{number}")


def test_halves_of_a_run_share_its_session_and_its_rounds() -> None:
    # A ramp of the machine, which turns A B B A share out alike, and halves A A B B would not.
    ramp = a_run_of([1.0 + 0.01 * place for place in range(12)])
    (pairing,) = halves([ramp])
    (finding,) = pairing.verdict.findings
    assert finding.outcome is not Outcome.FAILED
    assert finding.change is not None
    assert finding.change.absolute.center == pytest.approx(0, abs=1e-3)
    assert finding.change.absolute.size == 6


def test_every_pair_of_sessions_is_held_against_each_other_once() -> None:
    runs = [a_session(number) for number in range(4)]
    assert len(list(strangers(runs))) == 6


def test_sessions_that_differ_by_more_than_their_trials_tell_are_shown(tmp_path: Path) -> None:
    records = Records(tmp_path)
    for number, level in enumerate((1.0, 1.1, 0.9)):
        run = a_session(number, level=level)
        records.save_run(run)
        for trial in run.trials:
            records.save_trial(run.id, trial)
    lines = list(told(tmp_path, records.runs()))
    assert lines[0] == "halves of one run, as if in turns: 0 of 3 gates with an alarm"
    assert "3 passed" in lines[1]
    assert "holds 1 in 0 of 3" in lines[-1]


def test_runs_of_several_releases_are_refused(tmp_path: Path) -> None:
    records = Records(tmp_path)
    for number, release in enumerate(("1.0", "1.1")):
        records.save_run(a_session(number, release=release))
    with pytest.raises(UsageError, match=r"of one release, not of 1\.0, 1\.1"):
        list(told(tmp_path, records.runs()))


def test_a_run_that_is_too_short_to_be_halved_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be halved"):
        list(halves([a_session(1, trials=3)]))


def test_readings_that_do_not_compare_by_ratio_are_left_out() -> None:
    run = a_run_of([0.0, 0.1, 0.0], key="error_ratio")
    assert readings_of(run) == ()
