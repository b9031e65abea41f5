"""Our session and Locust's own through the nginx of deploy/: the same calls come to the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fronts import front
from tests.scenarios.patched.sites import echoing, flat, told

pytestmark = pytest.mark.end_to_end

# Where ours differs on purpose; see tests/scenarios/test_session.py.
OF_LOCUST = {("params", "url")}


def test_through_nginx_a_call_comes_to_the_same_as_with_locusts_own_session(tmp_path: Path) -> None:
    with echoing() as (site, other), front(tmp_path, site.removeprefix("http://")) as nginx:
        outcomes: dict[str, Any] = told("calls", [nginx.address, other])
        logged = {entry.get("status") for entry in nginx.log()}
    assert logged
    for name, outcome in outcomes.items():
        ours, theirs = flat(outcome["lean"]), flat(outcome["fast"])
        for key in {*ours, *theirs}:
            assert (name, key) in OF_LOCUST or ours.get(key) == theirs.get(key), (name, key, ours, theirs)
