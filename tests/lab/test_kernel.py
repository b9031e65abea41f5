"""The kernel: units, histograms on HdrHistogram's index, records that survive."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from lab.kernel import record
from lab.kernel.errors import ExitCode, RecordError, UnwritableError, UsageError
from lab.kernel.histogram import EXCEEDANCES, HIGHEST_MICROSECONDS, Histogram, bucket_of, index_of
from lab.kernel.metrics import METRICS, key_of, metric_of, split
from lab.kernel.model import Lane, Run, Trial, Validity
from lab.kernel.units import Unit, parse, show, show_range
from lab.kernel.verdict import Outcome
from tests.builders import LOAD, SPOILT, VISIT, a_run, a_trial

microseconds = st.integers(0, HIGHEST_MICROSECONDS)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("200 ms", Unit.SECOND, 0.2),
        ("1s", Unit.SECOND, 1.0),
        ("10 MB", Unit.BYTE, 10_000_000),
        ("99.95 %", Unit.RATIO, 0.9995),
        ("3", Unit.COUNT, 3.0),
    ],
)
def test_quantities_are_read_into_base_units(text: str, unit: Unit, value: float) -> None:
    assert parse(text, unit) == pytest.approx(value)


@pytest.mark.parametrize("text", ["200", "200 MB", "fast", "-1 ms", "1e3 ms", "nan s", ""])
def test_what_is_no_quantity_is_refused_with_the_accepted_units(text: str) -> None:
    with pytest.raises(ValueError, match="1 ms"):
        parse(text, Unit.SECOND)


def test_values_are_shown_with_three_digits_and_the_unit_that_fits() -> None:
    assert [show(v, Unit.SECOND) for v in (0.0000123, 0.4071, 1.256)] == ["12.3 µs", "407 ms", "1.26 s"]
    assert show(21_123, Unit.BYTE) == "21.1 kB"
    assert show(0.002, Unit.RATIO) == "0.2 %"
    assert show_range(0.008, 0.014, Unit.SECOND) == "8 to 14 ms"
    assert show_range(0.40201, 0.40209, Unit.SECOND) == "402 ms"


@given(microseconds)
def test_a_value_lies_in_the_bucket_of_its_index(value: int) -> None:
    low, width = bucket_of(index_of(value))
    assert low <= value < low + width
    # Three significant digits: a bucket is at most a thousandth of its values wide.
    assert width <= max(1, low / 1000)


@given(microseconds)
def test_the_index_is_hdrhistograms_own(value: int) -> None:
    hdr = HdrHistogram(1, HIGHEST_MICROSECONDS, 3)
    low, width = bucket_of(index_of(value))
    assert hdr.get_lowest_equivalent_value(value) == low
    assert hdr.get_highest_equivalent_value(value) == low + width - 1


def test_what_takes_longer_than_an_hour_counts_as_an_hour() -> None:
    assert index_of(10 * HIGHEST_MICROSECONDS) == index_of(HIGHEST_MICROSECONDS)


@given(st.lists(microseconds, min_size=1), st.lists(microseconds))
def test_merging_counts_what_was_counted_apart(one: list[int], other: list[int]) -> None:
    def histogram(values: list[int]) -> Histogram:
        counts: dict[int, int] = {}
        for value in values:
            counts[index_of(value)] = counts.get(index_of(value), 0) + 1
        return Histogram.of(counts)

    merged, whole = Histogram.merged([histogram(one), histogram(other)]), histogram(one + other)
    assert merged.indices.tolist() == whole.indices.tolist()
    assert merged.counts.tolist() == whole.counts.tolist()


def test_a_percentile_exists_only_with_ten_values_above_it() -> None:
    counts = {index_of(value): 1 for value in range(1, 201)}
    assert Histogram.of(counts).quantile(0.95) == pytest.approx(190e-6)
    del counts[index_of(200)]
    assert Histogram.of(counts).quantile(0.95) is None
    assert EXCEEDANCES == 10


def test_mean_and_median_are_within_a_thousandth() -> None:
    values = [1000 + 37 * step for step in range(1001)]
    histogram = Histogram.of({index_of(value): 1 for value in values})
    spread = Histogram.merged([Histogram.of({index_of(value): 1}) for value in values])
    assert spread.size == 1001 >= histogram.size
    assert spread.mean() == pytest.approx(sum(values) / len(values) / 1e6, rel=1e-3)
    assert spread.quantile(0.5) == pytest.approx(values[500] / 1e6, rel=1e-3)


def test_a_readings_key_carries_its_endpoint() -> None:
    key = key_of("response_p95", "GET /api/tours/{id}")
    assert split(key) == ("response_p95", "GET /api/tours/{id}")
    assert metric_of(key) is METRICS["response_p95"]


def test_an_unknown_metric_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="response_p95"):
        metric_of("respones_p95")


def test_readings_are_finite() -> None:
    with pytest.raises(ValueError, match="finite"):
        a_trial(readings={"response_mean": math.inf})


def test_a_fatal_caveat_makes_a_trial_invalid() -> None:
    assert a_trial(caveats=(SPOILT,)).validity is Validity.INVALID
    assert not a_trial(caveats=(SPOILT,)).sound


def test_different_cases_have_different_file_names() -> None:
    assert LOAD.slug != VISIT.slug
    odd = [
        LOAD.__class__(lane=Lane.BENCH, journey=name) for name in ("a/b.py", "a-b.py", "../etc/passwd", "É")
    ]
    assert len({case.slug for case in odd}) == len(odd)
    assert not any("/" in case.slug or case.slug.startswith(".") for case in odd)


def test_the_worst_outcome_wins_and_nothing_judged_is_no_pass() -> None:
    assert Outcome.worst([Outcome.PASSED, Outcome.FAILED, Outcome.INVALID]) is Outcome.FAILED
    assert Outcome.worst([]) is Outcome.INCONCLUSIVE


def test_every_outcome_has_its_exit_code() -> None:
    assert {outcome.name: int(ExitCode.of(outcome)) for outcome in Outcome} == {
        "PASSED": 0,
        "FAILED": 3,
        "INCONCLUSIVE": 4,
        "INVALID": 5,
        "NOT_COMPARABLE": 5,
    }


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    trial = a_trial(case=VISIT, readings={"fcp": 0.4}, caveats=(SPOILT,))
    record.write(tmp_path / "deep" / "trial.json", trial)
    assert record.read(tmp_path / "deep" / "trial.json", Trial) == trial
    run = a_run([trial])
    record.write(tmp_path / "run.json", run)
    assert record.read(tmp_path / "run.json", Run) == run


def test_a_damaged_record_is_an_error_that_names_file_and_field(tmp_path: Path) -> None:
    path = tmp_path / "trial.json"
    record.write(path, a_trial())
    content = json.loads(path.read_text())
    content["trial"]["duration"] = "long"
    path.write_text(json.dumps(content))
    with pytest.raises(RecordError, match=r"trial\.json is damaged at trial\.duration"):
        record.read(path, Trial)


def test_what_cannot_be_written_is_named_with_the_reason_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    taken = tmp_path / "trial.json"
    taken.mkdir()
    with pytest.raises(UnwritableError, match=r"cannot write .*trial\.json: Is a directory.*--store"):
        record.write(taken, a_trial())
    assert list(tmp_path.iterdir()) == [taken]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": "x", "trial": {}}'])
def test_what_is_no_record_is_an_error_and_not_skipped(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trial.json"
    path.write_text(text)
    with pytest.raises(RecordError):
        record.read(path, Trial)


def test_a_record_of_a_newer_format_asks_for_an_update(tmp_path: Path) -> None:
    path = tmp_path / "trial.json"
    path.write_text('{"format": 99, "kind": "trial", "trial": {}}')
    with pytest.raises(RecordError, match="format 99"):
        record.read(path, Trial)
