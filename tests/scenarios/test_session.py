"""Our session beside Locust's own and that of requests, at a real server, within a patched interpreter."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.patched.calls import CALLS
from tests.scenarios.patched.sites import echoing, flat, told

HERE = Path(__file__).parent / "patched"

# Where requests differs from both; what it sends with text, forms and JSON is its own.
OF_REQUESTS = {"failed", "url", "asked.accept", "asked.content-type", "asked.content-length"}
# Where Locust's own differs from ours on purpose: its URL leaves the parameters out, requests' does not.
OF_LOCUST = {("params", "url")}


def names(file: str, prefix: str) -> list[str]:
    """Return the functions of *file*, which cannot be imported here: Locust would patch this process."""
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    return [
        each.name for each in tree.body if isinstance(each, ast.FunctionDef) and each.name.startswith(prefix)
    ]


@pytest.fixture(scope="module")
def sites() -> Iterator[list[str]]:
    with echoing() as addresses:
        yield addresses


@pytest.fixture(scope="module")
def outcomes(sites: list[str]) -> dict[str, Any]:
    return told("calls", sites)


@pytest.fixture(scope="module")
def played(sites: list[str]) -> dict[str, Any]:
    return told("scenes", sites)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_comes_to_the_same_as_with_locusts_own_session(outcomes: dict[str, Any], name: str) -> None:
    ours, theirs = flat(outcomes[name]["lean"]), flat(outcomes[name]["fast"])
    own = {key for call, key in OF_LOCUST if call == name}
    assert {key: ours[key] for key in ours if key not in own} == {
        key: theirs[key] for key in theirs if key not in own
    }
    assert "raised" not in ours


@pytest.mark.parametrize("name", CALLS)
def test_a_call_comes_to_the_same_as_with_requests_but_for_what_is_its_own(
    outcomes: dict[str, Any], name: str
) -> None:
    ours, theirs = flat(outcomes[name]["lean"]), flat(outcomes[name]["requests"])
    assert {key: ours[key] for key in ours if key not in OF_REQUESTS} == {
        key: theirs[key] for key in theirs if key not in OF_REQUESTS
    }


@pytest.mark.parametrize("name", names("scenes.py", "scene_"))
def test_a_scene_goes_well(played: dict[str, Any], name: str) -> None:
    assert played[name] is None, played[name]
