"""Our session beside Locust's own and that of requests, at a real server, within a patched interpreter."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.patched.calls import CALLS, OF_LOCUST, OF_REQUESTS
from tests.scenarios.patched.sites import ECHOES, differences, serving, told

HERE = Path(__file__).parent / "patched"


def names(file: str, prefix: str) -> list[str]:
    """Return the functions of *file*, which cannot be imported here: Locust would patch this process."""
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    return [
        each.name for each in tree.body if isinstance(each, ast.FunctionDef) and each.name.startswith(prefix)
    ]


@pytest.fixture(scope="module")
def sites() -> Iterator[list[str]]:
    with serving(ECHOES) as addresses:
        yield addresses


@pytest.fixture(scope="module")
def outcomes(sites: list[str]) -> dict[str, Any]:
    return told("calls", sites)


@pytest.fixture(scope="module")
def played(sites: list[str]) -> dict[str, Any]:
    return told("scenes", sites)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_comes_to_the_same_as_with_locusts_own_session(outcomes: dict[str, Any], name: str) -> None:
    assert differences(outcomes[name], "fast").keys() == {key for call, key in OF_LOCUST if call == name}
    assert "raised" not in outcomes[name]["lean"]


@pytest.mark.parametrize("name", CALLS)
def test_a_call_comes_to_the_same_as_with_requests_but_for_what_is_its_own(
    outcomes: dict[str, Any], name: str
) -> None:
    assert differences(outcomes[name], "requests").keys() <= OF_REQUESTS


@pytest.mark.parametrize("name", names("scenes.py", "scene_"))
def test_a_scene_goes_well(played: dict[str, Any], name: str) -> None:
    assert played[name] is None, played[name]
