"""Our session and Locust's own through the nginx of deploy/: the same calls come to the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fronts import front
from tests.scenarios.patched.calls import OF_LOCUST
from tests.scenarios.patched.sites import ECHOES, differences, serving, told

pytestmark = pytest.mark.end_to_end


def test_through_nginx_a_call_comes_to_the_same_as_with_locusts_own_session(tmp_path: Path) -> None:
    with serving(ECHOES) as (site, other), front(tmp_path, site.removeprefix("http://")) as nginx:
        outcomes: dict[str, Any] = told("calls", [nginx.address, other])
        logged = {entry.get("status") for entry in nginx.log()}
    assert logged
    for name, outcome in outcomes.items():
        different = differences(outcome, "fast")
        assert different.keys() == {key for call, key in OF_LOCUST if call == name}, (name, different)
