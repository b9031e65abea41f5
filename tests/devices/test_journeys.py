"""Page journeys are known by name, one a module, and say what they do in words of their own."""

from __future__ import annotations

import pytest

from devices.driver import DevicesDriver
from devices.journey import journey_names, journey_of
from devices.screen import part, role
from lab.kernel.model import Case, Lane

NAMES = ["download-offline", "list-to-detail", "map-animation", "scroll", "tour", "tours"]


def test_every_module_of_journeys_is_a_page_journey_of_its_name() -> None:
    assert journey_names() == NAMES
    assert [journey_of(name).name for name in NAMES] == NAMES


@pytest.mark.parametrize(
    ("name", "path"),
    [("tours", "/"), ("tour", "/tours/1"), ("map-animation", "/tours/1/map"), ("/prices", "/prices")],
)
def test_a_journey_opens_a_page_first(name: str, path: str) -> None:
    assert journey_of(name).path == path


def test_a_journey_is_its_path_and_all_that_its_module_says() -> None:
    path, source = journey_of("download-offline").content

    assert path == "/tours/1"
    assert source.startswith('"""Taking a tour along')
    assert "go_offline" in source
    assert journey_of("/prices").content == ("/prices", "")


def test_a_part_is_selected_by_the_name_that_the_page_gives_it() -> None:
    assert part("tour-link") == '[data-journey="tour-link"]'


def test_a_role_is_selected_with_its_name_whatever_stands_in_it() -> None:
    assert role("button", "Sign in") == 'role=button[name="Sign in"]'
    assert role("button", 'Say "hi" \\') == r'role=button[name="Say \"hi\" \\"]'


def test_a_walk_makes_a_visit_as_much_longer_as_the_journey_says() -> None:
    def duration(journey: str) -> float:
        case = Case(lane=Lane.DEVICES, journey=journey, phone="pixel-7", network="4g", variant="cold")
        return DevicesDriver.duration(DevicesDriver.__new__(DevicesDriver), case)

    assert duration("scroll") - duration("tours") == pytest.approx(journey_of("scroll").duration)
