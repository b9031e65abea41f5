"""Evidence in, readings and caveats out."""

from __future__ import annotations

import pytest

from devices import artifacts, soundness
from devices.artifacts import Ending, Failure, Fault, Paint, Throttle
from devices.metrics import paint, transfer
from lab.kernel import metrics
from lab.kernel.errors import RecordError
from tests.devices.builders import a_document, a_transfer, a_visit, recorded


def codes(visit: artifacts.Artifacts) -> list[str]:
    return [caveat.code for caveat in soundness.caveats_of(visit)]


def test_a_recorded_visit_reads_as_it_was_seen() -> None:
    readings = paint.read(recorded()).joined(transfer.read(recorded()))

    assert readings.values["ttfb"] == pytest.approx(0.085, abs=0.02)
    assert readings.values["fcp"] == pytest.approx(0.17, abs=0.05)
    assert readings.values["transfer"] == sum(one.size for one in recorded().transfers)
    assert readings.values["transfers"] == 3
    assert readings.caveats == ()
    assert codes(recorded()) == []


def test_every_reading_is_a_metric_of_the_kernel() -> None:
    readings = paint.read(recorded()).joined(transfer.read(recorded()))

    assert all(metrics.metric_of(key) for key in readings.values)


def test_the_record_of_a_visit_reads_back_as_it_was_written() -> None:
    assert artifacts.from_json(artifacts.to_json(recorded())) == recorded()


def test_a_damaged_or_newer_record_of_a_visit_is_refused_by_name() -> None:
    text = artifacts.to_json(recorded())

    with pytest.raises(RecordError, match=r"visit\.url"):
        artifacts.from_json(text.replace('"url"', '"lru"', 1))
    with pytest.raises(RecordError, match="format 99"):
        artifacts.from_json(text.replace('"format": 1', '"format": 99', 1))


def test_the_first_byte_is_that_of_the_last_redirect() -> None:
    visit = a_visit(
        transfers=(
            a_transfer(answered=0.09, status=302),
            a_transfer(started=0.09, answered=0.18),
            a_transfer(document=False, answered=0.5),
        )
    )

    assert paint.read(visit).values["ttfb"] == 0.18


def test_first_paint_counts_from_the_activation_of_a_prerendered_page() -> None:
    assert paint.read(a_visit(document=a_document(activation_start=0.1))).values["fcp"] == pytest.approx(
        0.072
    )
    assert paint.read(a_visit(document=a_document(activation_start=0.2))).values["fcp"] == 0.0


def test_a_presented_frame_has_a_grain_of_four_milliseconds() -> None:
    handed_over = (Paint(name="first-contentful-paint", start=0.1664, painted=None),)

    assert paint.read(a_visit()).resolutions == {"fcp": 0.004}
    assert paint.read(a_visit(document=a_document(paints=handed_over))).resolutions == {"fcp": 0.0001}


def test_a_page_that_was_hidden_before_it_painted_has_no_first_paint() -> None:
    readings = paint.read(a_visit(document=a_document(hidden_at=0.1)))

    assert "fcp" not in readings.values
    assert [(caveat.code, caveat.fatal) for caveat in readings.caveats] == [("hidden-page", True)]
    assert "fcp" in paint.read(a_visit(document=a_document(hidden_at=0.2))).values


def test_failures_and_redirects_count_as_transfers_and_cache_hits_do_not() -> None:
    visit = a_visit(
        transfers=(
            a_transfer(size=200, status=302),
            a_transfer(size=1000),
            a_transfer(size=300, fault="net::ERR_CONNECTION_RESET"),
            a_transfer(size=5000, cached=True),
        )
    )

    assert transfer.read(visit).values == {"transfer": 1500.0, "transfers": 3.0}


def test_an_error_page_is_no_measurement_of_the_page() -> None:
    assert codes(a_visit(document=a_document(status=404))) == ["http-status"]


def test_a_visit_that_ends_elsewhere_is_no_measurement_of_the_subject() -> None:
    assert codes(a_visit(document=a_document(url="http://other.test/"))) == ["left-subject"]
    assert codes(a_visit(document=a_document(url="http://subject.test:80/login"))) == []


def test_a_page_without_text_or_image_never_painted() -> None:
    assert codes(a_visit(document=a_document(paints=()))) == ["never-painted"]


def test_a_throttle_that_slows_nothing_is_noticed() -> None:
    assert codes(a_visit(throttle=Throttle(rate=4, slowed=1.0e6, free=1.1e6))) == ["throttle-missing"]
    assert codes(a_visit(throttle=Throttle(rate=4, slowed=0.5e6, free=2.1e6))) == []
    assert codes(a_visit(throttle=Throttle(rate=1, slowed=1.0e6, free=1.0e6))) == []


@pytest.mark.parametrize("ending", Ending)
def test_a_failed_visit_is_out_of_the_statistics_with_advice(ending: Ending) -> None:
    failure = Failure(ending=ending, step="load", detail="no answer")

    (caveat,) = soundness.caveats_of(a_visit(failure=failure, document=None, transfers=()))

    assert caveat.fatal
    assert caveat.code == f"visit-{ending.value.replace(' ', '-')}"
    assert caveat.advice


def test_a_journey_that_broke_is_told_with_its_name_its_step_and_what_was_missing() -> None:
    failure = Failure(ending=Ending.BROKEN, step="3 (see #done)", detail="the page has no such element")

    (caveat,) = soundness.caveats_of(a_visit(failure=failure, journey="download-offline"))

    assert "the journey 'download-offline'" in caveat.advice
    assert "at step 3 (see #done): the page has no such element" in caveat.advice


def test_what_the_walk_and_service_workers_asked_in_vain_is_told_like_what_the_page_did() -> None:
    refused = "net::ERR_NAME_NOT_RESOLVED"
    walked = a_transfer(url="http://walk.test/", document=False, fault=refused)
    asked = Fault(url="http://worker.test/", fault=refused)

    (caveat,) = soundness.caveats_of(a_visit(walked=(walked,), worker_faults=(asked,)))

    assert caveat.code == "blocked-hosts"
    assert "walk.test, worker.test" in caveat.advice


def test_what_is_walked_later_is_no_part_of_the_transfer() -> None:
    visit = a_visit(walked=(a_transfer(size=5000),))

    assert transfer.read(visit).values == {"transfer": 1000.0, "transfers": 1.0}


def test_unrest_is_a_doubt_and_not_a_reason_to_drop_the_trial() -> None:
    caveats = soundness.caveats_of(a_visit(settled=False, quiet=False))

    assert [(caveat.code, caveat.fatal) for caveat in caveats] == [
        ("browser-restless", False),
        ("still-loading", False),
    ]
