"""Which browser is used, and how one is had: with executables that only say their version."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from devices import chromium, equipment
from devices.chromium import Origin
from lab.kernel.errors import DriverError, UsageError


def a_browser(path: Path, says: str = "Chromium 156.0.1.2", code: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def world(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": str(tmp_path / "bin"),
        "HOME": str(tmp_path),
        "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "registry"),
    }


def playwrights(tmp_path: Path) -> Path:
    revision = chromium._playwright_revision()  # noqa: SLF001  (the folder's name depends on the version)
    return tmp_path / "registry" / f"chromium-{revision}" / "chrome-linux64" / "chrome"


def test_without_any_browser_there_is_none(world: dict[str, str]) -> None:
    assert chromium.find(world) is None


def test_the_named_browser_comes_first(tmp_path: Path, world: dict[str, str]) -> None:
    a_browser(playwrights(tmp_path))
    named = a_browser(tmp_path / "mine", says="Google Chrome 157.1.2.3 beta")

    found = chromium.find({**world, chromium.VARIABLE: str(named)})

    assert found == chromium.Chromium(path=named, origin=Origin.NAMED, version="157.1.2.3")


def test_a_named_browser_that_is_missing_is_an_error_and_not_replaced(
    tmp_path: Path, world: dict[str, str]
) -> None:
    a_browser(playwrights(tmp_path))

    with pytest.raises(UsageError, match=r"LAUNCHLAB_CHROMIUM names '/no/such/browser'"):
        chromium.find({**world, chromium.VARIABLE: "/no/such/browser"})


def test_a_named_file_that_is_no_browser_is_an_error(tmp_path: Path, world: dict[str, str]) -> None:
    named = a_browser(tmp_path / "mine", says="hello")

    with pytest.raises(UsageError, match="does not answer --version"):
        chromium.find({**world, chromium.VARIABLE: str(named)})


def test_playwrights_own_comes_before_an_installed_one(tmp_path: Path, world: dict[str, str]) -> None:
    own = a_browser(playwrights(tmp_path))
    a_browser(tmp_path / "bin" / "chromium")

    found = chromium.find(world)

    assert found is not None
    assert (found.path, found.origin) == (own, Origin.PLAYWRIGHT)


def test_an_installed_chrome_comes_before_an_installed_chromium(
    tmp_path: Path, world: dict[str, str]
) -> None:
    a_browser(tmp_path / "bin" / "chromium")
    chrome = a_browser(tmp_path / "bin" / "google-chrome")

    found = chromium.find(world)

    assert found is not None
    assert (found.path, found.origin) == (chrome, Origin.INSTALLED)


def test_a_stub_that_only_tells_how_to_install_is_passed_over(tmp_path: Path, world: dict[str, str]) -> None:
    a_browser(tmp_path / "bin" / "chromium", says="requires the chromium snap 1.0", code=1)
    real = a_browser(tmp_path / "bin" / "chromium-browser")

    found = chromium.find(world)

    assert found is not None
    assert found.path == real


def test_installing_goes_on_to_the_next_way_and_returns_what_it_brought(
    tmp_path: Path, world: dict[str, str]
) -> None:
    ready = a_browser(tmp_path / "ready")
    (tmp_path / "bin").mkdir()
    ways = [
        [["/bin/false"]],
        [["/bin/true"], ["/bin/cp", str(ready), str(tmp_path / "bin" / "chromium")]],
    ]

    assert equipment.install(world, ways).path == tmp_path / "bin" / "chromium"


def test_an_install_that_fails_says_what_to_type(world: dict[str, str]) -> None:
    with pytest.raises(DriverError, match=r"/bin/false --now"):
        equipment.install(world, [[["/bin/false", "--now"]]])


def test_the_systems_package_needs_its_tool_and_its_rights(tmp_path: Path, world: dict[str, str]) -> None:
    own = ((sys.executable, "-m", "playwright", "install", "chromium"),)
    assert equipment.ways_to_install(world, user=0) == (own,)

    a_browser(tmp_path / "bin" / "apt-get")
    assert equipment.ways_to_install(world, user=0)[1][1] == (
        "apt-get",
        "install",
        "-y",
        "libatomic1",
        "chromium",
    )
    assert equipment.ways_to_install(world, user=1000)[1][0] == ("sudo", "-n", "apt-get", "update")


def test_the_environment_of_this_process_is_the_default() -> None:
    assert chromium.find(os.environ) == chromium.find()


def test_without_playwrights_process_no_browser_can_be_driven(tmp_path: Path, world: dict[str, str]) -> None:
    a_browser(tmp_path / "bin" / "chromium")
    driving = {**world, "PLAYWRIGHT_NODEJS_PATH": str(a_browser(tmp_path / "node", says="v24.0.0"))}
    broken = {**world, "PLAYWRIGHT_NODEJS_PATH": str(a_browser(tmp_path / "broken", code=127))}
    assert equipment.find(driving) is not None
    assert equipment.find(broken) is None
    assert not equipment.connector_starts(broken)
