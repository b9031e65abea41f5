"""What other tools wrote, in our words: real files, and the faults of these formats that are known."""

from __future__ import annotations

from statistics import fmean, median

import pytest

from lab.kernel.errors import ForeignFileError
from lab.kernel.metrics import METRICS, Origin, metric_of
from lab.kernel.model import Lane, Validity
from tests.interop.files import WRITTEN, content, fixture, only, told


def test_every_pyperf_process_with_values_is_a_trial_of_its_benchmark() -> None:
    account = fixture("pyperf-1.json")
    by_benchmark = {name: [t for t in account.trials if t.case.journey == name] for name in ("join", "sort")}
    assert [len(trials) for trials in by_benchmark.values()] == [5, 5]
    assert [trial.index for trial in by_benchmark["join"]] == [0, 1, 2, 3, 4]
    values = content("pyperf-1.json")["benchmarks"][0]["runs"][0]["values"]
    first = by_benchmark["join"][0]
    assert first.case.lane is Lane.BENCH
    assert first.readings == {
        "time_median": median(values),
        "time_minimum": min(values),
        "time_mean": pytest.approx(fmean(values)),
    }
    assert f"{first.started_at:%H:%M:%S %Z}" == "04:20:15 UTC"


def test_a_pyperf_process_that_only_calibrated_is_left_out() -> None:
    runs = content("pyperf-1.json")["benchmarks"][1]["runs"]
    assert "values" not in runs[0]
    assert len(runs) == 6


def test_pyperf_keeps_what_is_common_at_the_top_so_a_lone_benchmark_has_its_name_there() -> None:
    body = content("pyperf-1.json")
    lone = body["benchmarks"][0]
    body["metadata"] |= lone.pop("metadata")
    body["benchmarks"] = [lone]
    assert {trial.case.journey for trial in told(body).trials} == {"join"}


def test_pyperf_says_where_it_ran() -> None:
    facts = fixture("pyperf-1.json").facts
    assert facts["cpu"] == "AMD EPYC"
    assert facts["cores"] == "2"
    assert facts["pyperf"] == "2.10.0"
    assert {"platform", "python"} <= facts.keys()


def test_sizes_and_counts_of_pyperf_are_no_times() -> None:
    for unit, key in (("byte", "bytes_median"), ("integer", "count_median")):
        body = content("pyperf-2.json")
        body["metadata"]["unit"] = unit
        assert {tuple(trial.readings) for trial in told(body).trials} == {(key,)}


def test_benchmarks_of_different_machines_are_no_run() -> None:
    body = content("pyperf-1.json")
    body["benchmarks"][1]["metadata"]["cpu_model_name"] = "another"
    with pytest.raises(ForeignFileError, match="not all run in one environment"):
        told(body)


def test_a_pytest_benchmark_file_is_one_trial_of_the_case_that_our_own_bench_lane_has() -> None:
    trial = only(fixture("pytest-benchmark-1.json"))
    stats = content("pytest-benchmark-1.json")["benchmarks"][0]["stats"]
    assert (trial.case.lane, trial.case.journey) == (Lane.BENCH, "test_words.py")
    assert trial.readings["time_median{test_join}"] == stats["median"]
    assert trial.readings["time_minimum{test_join}"] == stats["min"]
    assert len(trial.readings) == 6


def test_a_pytest_benchmark_file_names_its_commit_and_says_when_that_is_not_all() -> None:
    body = content("pytest-benchmark-1.json")
    assert told(body).commit == body["commit_info"]["id"]
    body["commit_info"]["dirty"] = True
    assert [caveat.code for caveat in told(body).caveats] == ["uncommitted-changes"]
    body["commit_info"] = {"id": "unversioned"}
    assert told(body).commit is None


def test_two_benchmarks_of_one_name_in_two_classes_stay_two() -> None:
    body = content("pytest-benchmark-1.json")
    body["benchmarks"][1] |= {"name": "test_join", "fullname": "test_words.py::TestMore::test_join"}
    keys = only(told(body)).readings.keys()
    assert {"time_median{test_join}", "time_median{TestMore::test_join}"} <= keys


def test_both_summaries_of_k6_say_the_same_although_thresholds_are_the_opposite_way_round() -> None:
    exported, handled = fixture("k6-export.json"), fixture("k6-data.json")
    assert only(exported).readings == only(handled).readings
    assert exported.caveats == handled.caveats


def test_true_means_crossed_in_an_exported_summary_of_k6() -> None:
    body = content("k6-export.json")
    assert body["metrics"]["http_req_duration"]["thresholds"] == {"p(95)<200": True, "avg<500": False}
    account = told(body)
    assert only(account).readings["thresholds_crossed"] == 1
    (crossed,) = [caveat for caveat in account.caveats if caveat.code == "threshold-crossed"]
    assert "http_req_duration: p(95)<200" in crossed.advice
    assert "avg<500" not in crossed.advice


def test_times_of_k6_are_those_of_the_answers_that_it_expected_and_in_seconds() -> None:
    readings = only(fixture("k6-data.json")).readings
    assert readings["response_mean"] == pytest.approx(0.1169)
    assert readings["response_p95"] == pytest.approx(0.2146)
    assert readings["k6_http_req_duration_of_all_p95"] == 220.7
    assert readings["response_mean{name:search}"] == pytest.approx(0.1505)
    assert readings["error_ratio"] == 0.01
    assert readings["requests"] == 500
    assert readings["checks_passed"] == 0.99
    assert readings["iteration_rate"] == 24.9


def test_what_k6_has_and_we_do_not_keeps_its_name_and_unit() -> None:
    readings = only(fixture("k6-data.json")).readings
    assert readings["k6_cart_size_p90"] == 6
    assert readings["k6_data_received_count"] == 2_400_000
    # Every statistic of the file is there: nothing is lost.
    metrics = content("k6-data.json")["metrics"].values()
    assert len(readings) == sum(len(metric["values"]) for metric in metrics) + 1


def test_a_percentile_of_too_few_requests_does_not_bear_our_name() -> None:
    body = content("k6-data.json")
    body["metrics"]["http_reqs"]["values"]["count"] = 150
    readings = only(told(body)).readings
    assert "response_p95" not in readings
    assert readings["k6_http_req_duration_p95"] == 214.6
    assert "response_p50" in readings


def test_a_share_of_failures_comes_with_the_number_behind_it_or_keeps_its_own_name() -> None:
    body = content("k6-data.json")
    del body["metrics"]["http_reqs"]
    readings = only(told(body)).readings
    assert (readings["error_ratio"], readings["requests"]) == (0.01, 500)
    body["metrics"]["http_req_failed"]["values"] = {"rate": 0.01}
    readings = only(told(body)).readings
    assert "error_ratio" not in readings
    assert readings["k6_http_req_failed_rate"] == 0.01


def test_failures_among_the_times_make_a_trial_of_k6_suspect() -> None:
    body = content("k6-data.json")
    assert only(told(body)).validity is Validity.SUSPECT
    del body["metrics"]["http_req_duration{name:search}"]
    assert only(told(body)).validity is Validity.VALID
    del body["metrics"]["http_req_duration{expected_response:true}"]
    assert [caveat.code for caveat in only(told(body)).caveats] == ["failures-timed"]


def test_a_summary_of_k6_without_a_duration_is_of_when_it_was_written() -> None:
    trial = only(fixture("k6-export.json"))
    assert (trial.started_at, trial.duration) == (WRITTEN, 0)


def test_a_locust_file_has_readings_of_each_endpoint_and_of_all_with_the_grain_of_its_rounding() -> None:
    trial = only(fixture("locust-1.json"))
    entries = content("locust-1.json")
    requests = sum(entry["num_requests"] for entry in entries)
    failed = sum(entry["num_failures"] for entry in entries)
    assert trial.readings["requests"] == requests
    assert trial.readings["error_ratio"] == failed / requests
    assert trial.readings["error_ratio{GET /nothing}"] == 1
    mean = sum(entry["total_response_time"] for entry in entries) / requests / 1000
    assert trial.readings["response_mean"] == pytest.approx(mean)
    assert trial.resolutions["response_p95"] == 0.001
    assert [caveat.code for caveat in trial.caveats] == ["failures-timed"]


def locust_of(times: dict[str, int]) -> list[dict[str, object]]:
    count = sum(times.values())
    total = sum(float(time) * times[time] for time in times)
    entry = {"name": "/", "method": "GET", "start_time": 1.0, "last_request_timestamp": 11.0}
    counts = {"num_requests": count, "num_failures": 0, "total_response_time": total}
    return [{**entry, **counts, "response_times": times}]


@pytest.mark.parametrize(("milliseconds", "grain"), [(99, 1), (150, 10), (3400, 100), (59000, 1000)])
def test_locust_knows_a_time_to_two_digits_and_a_reading_says_so(milliseconds: int, grain: int) -> None:
    trial = only(told(locust_of({str(milliseconds): 300})))
    assert trial.readings["response_p95"] == milliseconds / 1000
    assert trial.resolutions["response_p95"] == grain / 1000


def test_a_percentile_of_locust_needs_ten_requests_beyond_it() -> None:
    assert "response_p95" in only(told(locust_of({"10": 200}))).readings
    assert "response_p95" not in only(told(locust_of({"10": 199}))).readings


def test_a_percentile_of_locust_is_by_nearest_rank() -> None:
    trial = only(told(locust_of({"10": 190, "20": 110})))
    assert (trial.readings["response_p50"], trial.readings["response_p95"]) == (0.01, 0.02)


def test_what_lighthouse_simulated_is_never_called_measured() -> None:
    readings = only(fixture("lhr-1.json")).readings
    assert "fcp" not in readings
    paints = [key for key in readings if key.startswith("simulated_")]
    assert len(paints) == 4
    assert {metric_of(key).origin for key in paints} == {Origin.MODELLED}
    assert readings["transfer"] == 30907
    assert readings["lighthouse_performance"] == 99
    assert readings["lighthouse_accessibility"] == 100


def test_with_throttling_applied_lighthouse_measures() -> None:
    body = content("lhr-1.json")
    body["configSettings"]["throttlingMethod"] = "devtools"
    readings = only(told(body)).readings
    assert readings["lighthouse_lcp"] == pytest.approx(
        body["audits"]["largest-contentful-paint"]["numericValue"] / 1000
    )
    assert metric_of("lighthouse_lcp").origin is Origin.MEASURED


def test_a_report_of_lighthouse_without_a_page_is_an_invalid_trial() -> None:
    trial = only(fixture("lhr-broken.json"))
    assert trial.validity is Validity.INVALID
    assert "CHROME_INTERSTITIAL_ERROR" in trial.caveats[0].advice


def test_a_page_is_the_same_page_on_another_host_and_not_under_other_throttling() -> None:
    here, there = content("lhr-1.json"), content("lhr-2.json")
    there["requestedUrl"] = "https://staging.example/"
    assert only(told(here)).case == only(told(there)).case
    there["configSettings"]["throttling"]["rttMs"] = 40
    assert told(here).facts != told(there).facts


def test_every_reading_of_ours_that_a_file_brings_is_a_metric_or_says_whose_it_is() -> None:
    for name in ("pyperf-1", "pytest-benchmark-1", "k6-data", "locust-1", "lhr-1"):
        for trial in fixture(f"{name}.json").trials:
            for key in trial.readings:
                assert key.partition("{")[0] in METRICS or key.startswith(("k6_", "lighthouse_audit_"))
