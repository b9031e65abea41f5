"""Real visits with a real browser to a site that says exactly what it sends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from devices import artifacts
from devices.driver import DevicesDriver, visit_of
from lab.engine.runner import Driver
from lab.kernel.errors import UsageError
from lab.kernel.model import Trial
from tests.devices.builders import Onlooker, an_order
from tests.devices.conftest import Site

# What BaseHTTPRequestHandler adds to a body here: status, server, date, type and length.
_HEADERS = range(120, 220)


def visit(driver: Driver, folder: Path, url: str, deadline: float = 30.0) -> Trial:
    return driver.trial(an_order(folder, url, deadline=deadline), Onlooker())


def sound_visit(driver: Driver, folder: Path, url: str) -> Trial:
    """Visit until a visit is sound; the product itself tells when the machine was too busy for one."""
    trials = (visit(driver, folder, url) for _ in range(5))
    return next(trial for trial in trials if trial.sound)


def codes(trial: Trial) -> list[str]:
    return [caveat.code for caveat in trial.caveats]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"journey": "tuor"}, "unknown page journey"),
        ({"phone": "brick"}, "unknown phone"),
        ({"network": "pigeon"}, "unknown network"),
        ({"variant": "lukewarm"}, "unknown variant of a visit"),
        ({"phone": None}, "names no phone"),
    ],
)
def test_an_order_for_what_does_not_exist_is_refused_before_any_browser_starts(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        visit_of(an_order(tmp_path, "http://subject.test", **changes))


def test_a_visit_goes_to_the_journeys_path_of_the_subject(tmp_path: Path) -> None:
    assert (
        visit_of(an_order(tmp_path, "http://subject.test/", journey="tour")).url
        == "http://subject.test/tours/1"
    )


@pytest.mark.end_to_end
def test_a_visit_counts_the_bytes_that_the_site_sent(
    driver: DevicesDriver, site: Site, tmp_path: Path
) -> None:
    trial = sound_visit(driver, tmp_path, site.url)

    bodies = len(site.bodies["/"]) + len(site.bodies["/code.js"])
    assert trial.readings["transfers"] == 2
    assert (trial.readings["transfer"] - bodies) // 2 in _HEADERS


@pytest.mark.end_to_end
def test_a_visit_waits_one_round_trip_of_the_line_for_the_first_byte(
    driver: DevicesDriver, site: Site, tmp_path: Path
) -> None:
    trial = sound_visit(driver, tmp_path, site.url)

    # 4g: 85 ms a round trip; the page and its script need one each before anything can be shown.
    assert 0.085 <= trial.readings["ttfb"] < 0.3
    assert trial.readings["fcp"] >= 0.17


@pytest.mark.end_to_end
def test_a_script_that_blocks_for_400_ms_delays_the_first_paint_by_as_much(
    driver: DevicesDriver, site: Site, tmp_path: Path
) -> None:
    trial = sound_visit(driver, tmp_path, f"{site.url}/slow")

    assert trial.readings["fcp"] >= 0.4 + 2 * 0.085
    assert trial.readings["fcp"] < 1.5


@pytest.mark.end_to_end
def test_what_a_page_fetches_after_it_has_loaded_is_counted(
    driver: DevicesDriver, site: Site, tmp_path: Path
) -> None:
    trial = sound_visit(driver, tmp_path, f"{site.url}/late")

    assert trial.readings["transfers"] == 2
    assert trial.readings["transfer"] > len(site.bodies["/code.js"])


@pytest.mark.end_to_end
def test_a_visit_leaves_its_evidence_and_a_picture_in_its_folder(
    driver: DevicesDriver, site: Site, tmp_path: Path
) -> None:
    trial = sound_visit(driver, tmp_path, site.url)

    seen = artifacts.from_json((tmp_path / "visit.json").read_text(encoding="utf-8"))
    assert trial.artifacts == ("visit.json", "page.jpg")
    assert (tmp_path / "page.jpg").read_bytes().startswith(b"\xff\xd8")
    assert seen.command_line.count("--host-resolver-rules=") == 1
    assert seen.throttle is not None
    assert seen.throttle.free > 2 * seen.throttle.slowed


@pytest.mark.end_to_end
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/nowhere", "http-status"),
        ("/away", "left-subject"),
        ("/empty", "never-painted"),
    ],
)
def test_a_wrong_page_keeps_its_trial_out_of_the_statistics(
    driver: DevicesDriver, site: Site, tmp_path: Path, path: str, code: str
) -> None:
    trial = visit(driver, tmp_path, site.url + path)

    assert code in codes(trial)
    assert not trial.sound


@pytest.mark.end_to_end
def test_a_subject_that_does_not_answer_is_named(driver: DevicesDriver, tmp_path: Path) -> None:
    # Port 9 of the loopback: "discard", which nobody runs any more.
    trial = visit(driver, tmp_path, "http://127.0.0.1:9")

    assert codes(trial) == ["visit-unreachable"]
    assert trial.readings == {}


@pytest.mark.end_to_end
def test_a_page_that_hangs_is_ended_at_the_deadline_and_the_next_visit_is_sound(
    driver: DevicesDriver, site: Site, tmp_path: Path
) -> None:
    trial = visit(driver, tmp_path, f"{site.url}/hang", deadline=4.0)

    assert codes(trial) == ["visit-timed-out"]
    assert trial.duration < 6.0
    assert "fcp" in sound_visit(driver, tmp_path, site.url).readings


@pytest.mark.end_to_end
def test_a_visit_ends_soon_when_the_user_stops_it(driver: DevicesDriver, site: Site, tmp_path: Path) -> None:
    trial = driver.trial(an_order(tmp_path, f"{site.url}/hang"), Onlooker(stop=True))

    assert codes(trial) == ["visit-stopped"]
    assert trial.duration < 5.0


@pytest.mark.end_to_end
@pytest.mark.usefixtures("browser")
def test_a_browser_that_does_not_start_is_the_drivers_error(tmp_path: Path) -> None:
    lab = _lab(tmp_path, "http://127.0.0.1:9", browser="/bin/false")
    _, complaint = lab.communicate(timeout=60)

    assert "DriverError: /bin/false does not start" in complaint


@pytest.mark.end_to_end
@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_browser_survives_the_end_of_the_lab(site: Site, tmp_path: Path, ending: signal.Signals) -> None:
    lab = _lab(tmp_path, f"{site.url}/hang")
    children = _browsers_of(lab.pid)
    lab.send_signal(ending)
    _, left = psutil.wait_procs(children, timeout=10)
    lab.communicate(timeout=10)

    assert left == []


# Playwright allows one context a thread, and a signal ends a process: a lab of its own for each.
_LAB = """
import sys
from pathlib import Path
from devices.chromium import Chromium, Origin, find
from devices.driver import DevicesDriver
from tests.devices.builders import Onlooker, an_order

folder, url, named = sys.argv[1:]
chromium = Chromium(path=Path(named), origin=Origin.NAMED, version="0") if named else find()
with DevicesDriver(chromium) as driver:
    driver.trial(an_order(Path(folder), url), Onlooker())
"""


def _lab(folder: Path, url: str, browser: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _LAB, str(folder), url, browser],
        cwd=Path(__file__).parents[2],
        stderr=subprocess.PIPE,
        text=True,
    )


def _browsers_of(process: int) -> list[psutil.Process]:
    """Return the children of *process* once a browser with its renderer is among them."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        children = psutil.Process(process).children(recursive=True)
        if any("--type=renderer" in argument for child in children for argument in _arguments(child)):
            return children
        time.sleep(0.05)
    raise AssertionError("no browser started within 20 seconds")


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
