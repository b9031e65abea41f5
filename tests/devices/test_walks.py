"""Page journeys walked with a real browser, on a site with a service worker that may be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from devices import artifacts
from devices.artifacts import Artifacts
from devices.driver import DevicesDriver
from lab.kernel.model import Trial
from tests.devices.builders import Onlooker, an_order
from tests.devices.pwa import Fault, Pwa, serving

pytestmark = pytest.mark.end_to_end

# Enough for any walk on these pages; what is waited for in vain ends with it.
_DEADLINE = 30.0


def walked(driver: DevicesDriver, folder: Path, site: Pwa, journey: str) -> Trial:
    return driver.trial(an_order(folder, site.url, journey=journey, deadline=_DEADLINE), Onlooker())


def soundly_walked(driver: DevicesDriver, folder: Path, site: Pwa, journey: str) -> Trial:
    """Walk until a visit is sound; the product itself tells when the machine was too busy for one."""
    trials = (walked(driver, folder, site, journey) for _ in range(5))
    return next(trial for trial in trials if trial.sound)


def evidence(folder: Path) -> Artifacts:
    return artifacts.from_json((folder / "visit.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("journey", ["list-to-detail", "map-animation", "scroll", "download-offline"])
def test_a_journey_is_walked_to_its_end_and_its_first_page_read(
    driver: DevicesDriver, tmp_path: Path, journey: str
) -> None:
    with serving() as site:
        trial = soundly_walked(driver, tmp_path, site, journey)

    # 4g: 85 ms a round trip.  One transfer: the service worker's own are not counted yet.
    assert trial.readings["fcp"] >= 0.085
    assert trial.readings["transfers"] == 1
    assert {"visit.json", "page.jpg"} == set(trial.artifacts)
    assert evidence(tmp_path).journey == journey


def test_the_readings_are_those_of_the_page_that_was_opened_first(
    driver: DevicesDriver, tmp_path: Path
) -> None:
    with serving() as site:
        trial = soundly_walked(driver, tmp_path, site, "list-to-detail")
        size = len(site.body_of("/") or b"")

    seen = evidence(tmp_path)
    assert size < trial.readings["transfer"] < size + 300
    assert [transfer.url for transfer in seen.transfers] == [f"{site.url}/"]
    assert [transfer.url for transfer in seen.walked] == [f"{site.url}/tours/1"]
    assert seen.document is not None
    assert seen.document.url == f"{site.url}/"


def test_a_marked_interaction_lies_in_the_page_and_in_the_evidence(
    driver: DevicesDriver, tmp_path: Path
) -> None:
    with serving() as site:
        soundly_walked(driver, tmp_path, site, "map-animation")

    seen = evidence(tmp_path)
    (mark,) = seen.marks
    assert mark.name == "map-animation"
    # The animation takes 0.7 s, and begins after the first page was read.
    assert mark.ended - mark.started >= 0.7
    assert seen.document is not None
    assert mark.started > seen.document.load_end


def test_what_was_downloaded_is_opened_without_asking_the_subject_again(
    driver: DevicesDriver, tmp_path: Path
) -> None:
    with serving() as site:
        soundly_walked(driver, tmp_path, site, "download-offline")

    assert site.asked.count("/tours/1/play") == 1
    assert site.asked.count("/media/1.wav") == 1


@pytest.mark.parametrize(
    ("journey", "fault", "step", "reason"),
    [
        ("list-to-detail", Fault.COVERED, "2 (tap", "intercepts pointer events"),
        ("list-to-detail", Fault.NO_TITLE, "3 (see", "no such element"),
        ("list-to-detail", Fault.AWAY, "3 (see", "led off the subject, to http://localhost"),
        ("scroll", Fault.SHORT_LIST, "3 (scroll to the end)", "nothing to scroll"),
        ("download-offline", Fault.TOUR_NOT_KEPT, "8 (open /tours/1)", "net::ERR_"),
        ("download-offline", Fault.OTHER_KEPT, "9 (see", "it says 'Another one'"),
        ("download-offline", Fault.SOUND_NOT_KEPT, "11 (play", "it does not play"),
    ],
)
def test_a_journey_that_cannot_be_walked_makes_its_trial_invalid_and_names_the_step(
    driver: DevicesDriver, tmp_path: Path, journey: str, fault: Fault, step: str, reason: str
) -> None:
    with serving(fault) as site:
        trial = walked(driver, tmp_path, site, journey)

    (broken,) = (caveat for caveat in trial.caveats if caveat.code == "visit-broken")
    assert broken.fatal
    assert f"the journey '{journey}'" in broken.advice
    assert f"at step {step}" in broken.advice
    assert reason in broken.advice
    assert trial.readings == {}
    assert (tmp_path / "page.jpg").read_bytes().startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("journey", "fault", "step"),
    [
        ("map-animation", Fault.ENDLESS_MAP, "3 (see"),
        ("download-offline", Fault.ENDLESS_DOWNLOAD, "4 (see"),
        ("scroll", Fault.ENDLESS_LIST, "3 (scroll to the end)"),
    ],
)
def test_what_never_ends_is_ended_at_the_deadline_and_names_the_step(
    driver: DevicesDriver, tmp_path: Path, journey: str, fault: Fault, step: str
) -> None:
    with serving(fault) as site:
        trial = driver.trial(an_order(tmp_path, site.url, journey=journey, deadline=8.0), Onlooker())

    (late,) = (caveat for caveat in trial.caveats if caveat.code == "visit-timed-out")
    assert f"during {step}" in late.advice
    assert not trial.sound
    assert trial.readings == {}


def test_a_service_worker_reaches_only_what_is_allowed_and_is_told_of(
    driver: DevicesDriver, tmp_path: Path
) -> None:
    with serving(Fault.WORKER_ASKS_ELSEWHERE) as site:
        trial = soundly_walked(driver, tmp_path, site, "download-offline")

    (blocked,) = (caveat for caveat in trial.caveats if caveat.code == "blocked-hosts")
    assert "elsewhere.test" in blocked.advice
