"""The page journeys that ship, walked on the tour app as its users meet it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices import artifacts, equipment
from devices.driver import DevicesDriver
from devices.journey import journey_names
from lab.kernel.model import Trial
from tests.devices.builders import Onlooker, an_order
from tests.tourapp.servers import started

pytestmark = pytest.mark.end_to_end

# Much more than the longest journey takes on a machine swamped with work.
_DEADLINE = 100.0
# RFC 9110, section 15.5.
_FIRST_ERROR_STATUS = 400


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with started() as (_, address):
        yield address


@pytest.fixture(scope="module")
def driver() -> Iterator[DevicesDriver]:
    browser = equipment.find()
    if browser is None:
        pytest.skip("no Chromium or Chrome on this machine, so nothing can be visited")
    with DevicesDriver(browser) as driver:
        yield driver


def soundly_walked(driver: DevicesDriver, folder: Path, address: str, journey: str) -> Trial:
    """Walk until a visit is sound or its journey broke; a busy machine may cost a visit or two."""
    told: list[str] = []
    for _ in range(3):
        order = an_order(folder, address, journey=journey, deadline=_DEADLINE)
        trial = driver.trial(order, Onlooker())
        if trial.sound:
            return trial
        told += [caveat.advice for caveat in trial.caveats if caveat.fatal]
        if any(caveat.code == "visit-broken" for caveat in trial.caveats):
            break
    raise AssertionError("\n".join(told))


@pytest.mark.parametrize("journey", journey_names())
def test_a_page_journey_is_walked_to_its_end(
    driver: DevicesDriver, address: str, tmp_path: Path, journey: str
) -> None:
    trial = soundly_walked(driver, tmp_path, address, journey)

    assert trial.readings["fcp"] > 0
    assert trial.readings["transfer"] > 0
    seen = artifacts.from_json((tmp_path / "visit.json").read_text(encoding="utf-8"))
    assert not [each for each in seen.transfers if (each.status or 0) >= _FIRST_ERROR_STATUS]
