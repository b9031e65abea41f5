"""Phones, networks and journeys are known by name, and wrong files are explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from devices import catalogue
from devices.journey import journey_of
from lab.kernel.errors import UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pixel-7.toml").write_text((catalogue.PHONES / "pixel-7.toml").read_text(encoding="utf-8"))
    return tmp_path


def changed(folder: Path, old: str, new: str) -> Path:
    path = folder / "pixel-7.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_every_phone_and_network_that_ships_is_sound() -> None:
    assert [catalogue.phone_of(name).name for name in catalogue.phone_names()] == ["pixel-7"]
    assert [catalogue.network_of(name).name for name in catalogue.network_names()] == [
        "4g",
        "slow-4g",
        "wifi",
    ]


def test_a_network_is_in_base_units() -> None:
    network = catalogue.network_of("4g")

    assert (network.download, network.round_trip) == (1_125_000.0, 0.085)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"unknown phone 'pixel-70'\.  Known: pixel-7\."):
        catalogue.phone_of("pixel-70")
    with pytest.raises(UsageError, match=r"unknown network '5g'\.  Known: 4g, slow-4g, wifi\."):
        catalogue.network_of("5g")
    with pytest.raises(
        UsageError,
        match=r"unknown page journey 'tuor'\.  Known: any path, such as /prices, download-offline, "
        r"list-to-detail, map-animation, scroll, tour, tours\.",
    ):
        journey_of("tuor")


def test_a_wrong_value_is_named_with_its_file_key_and_what_is_accepted(folder: Path) -> None:
    with pytest.raises(
        UsageError, match=r"pixel-7\.toml: cpu_slowdown is 0\.5; accepted: greater than or equal to 1"
    ):
        catalogue.phone_of("pixel-7", changed(folder, "cpu_slowdown = 4.0", "cpu_slowdown = 0.5"))


def test_an_unknown_key_is_named_with_the_known_ones(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"slowdown is not a key here; accepted: title, user_agent"):
        catalogue.phone_of("pixel-7", changed(folder, "cpu_slowdown =", "slowdown = 1\ncpu_slowdown ="))


def test_a_missing_key_is_named(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"pixel-7\.toml: screen\.page_height is missing"):
        catalogue.phone_of("pixel-7", changed(folder, "page_height = 839", ""))


def test_a_rate_without_its_unit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "networks.toml"
    path.write_text('[tin]\ntitle = "tin cans"\ndownload = 9\nupload = "1 kbit/s"\nround_trip = "1 s"\n')

    with pytest.raises(
        UsageError, match=r"networks\.toml: tin\.download is 9; accepted: a quantity like '1 kbit/s'"
    ):
        catalogue.network_of("tin", path)


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "brick.toml").write_text("title = ")

    with pytest.raises(UsageError, match=r"brick\.toml is not TOML"):
        catalogue.phone_of("brick", tmp_path)
