"""Runs in the Bencher Metric Format, which its published schema describes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from lab.kernel.model import Run
from reports.exports import bencher
from tests.builders import SPOILT, a_run, a_run_of, a_trial

# https://bencher.dev/docs/reference/bencher-metric-format
SCHEMA = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": {name: {"type": "number"} for name in ("value", "lower_value", "upper_value")},
            "required": ["value"],
            "additionalProperties": False,
        },
    },
}


def written(run: Run) -> dict[str, Any]:
    benchmarks: dict[str, Any] = json.loads(bencher.text(run))
    jsonschema.validate(benchmarks, SCHEMA)
    return benchmarks


def test_a_reading_is_a_measure_with_the_interval_over_trials() -> None:
    measure = written(a_run_of([0.1, 0.11, 0.12]))["load: browse at demo"]["response_mean"]
    assert measure["value"] == pytest.approx(0.11)
    # t[0.975] with 2 degrees of freedom is 4.3027; the standard error 0.01/sqrt(3).
    assert measure["upper_value"] - measure["value"] == pytest.approx(4.3027 * 0.01 / 3**0.5, rel=1e-4)
    assert measure["value"] - measure["lower_value"] == pytest.approx(
        measure["upper_value"] - measure["value"]
    )


def test_a_single_trial_has_a_value_and_no_interval() -> None:
    assert written(a_run_of([0.1])) == {"load: browse at demo": {"response_mean": {"value": 0.1}}}


def test_an_invalid_trial_is_in_no_value() -> None:
    trials = [a_trial(0), replace(a_trial(1, readings={"response_mean": 9.0}), caveats=(SPOILT,))]
    assert written(a_run(trials))["load: browse at demo"]["response_mean"] == {"value": 0.1}


def test_an_endpoint_is_a_benchmark_of_its_own_and_cannot_mute_an_alert() -> None:
    run = a_run_of([0.1, 0.2], key="response_mean{GET /x-bencher-ignore}")
    (name,) = written(run)
    assert name == "load: browse at demo {GET /x-bencher-ignore}"
    assert not name.endswith("-bencher-ignore")


def test_names_are_as_long_as_bencher_takes_them_and_act_on_no_terminal() -> None:
    run = a_run_of([0.1], key="k6_" + "x" * 90 + "{\x1b[31m##[error]" + "y" * 3000 + "}")
    ((name, measures),) = written(run).items()
    assert len(name) <= 1024
    assert [len(measure) for measure in measures] == [64]
    text = bencher.text(run)
    assert text.isascii()
    assert "##" not in text
    assert "\x1b" not in text
