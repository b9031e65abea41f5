"""``launchlab doctor --load``: both generators on this machine, and the server's own log beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands import launchlab

pytestmark = pytest.mark.end_to_end

USERS = 40


def test_the_doctor_holds_both_generators_to_the_servers_own_log(tmp_path: Path) -> None:
    ended = launchlab("doctor", "--load", "--users", f"{USERS}", "--duration", "3", "--json", folder=tmp_path)
    assert ended.returncode in (0, 5), ended.stderr
    told = json.loads(ended.stdout)
    plain, ours = told["generators"]
    assert plain["reported"]["name"].startswith("plain Locust")
    assert ours["reported"]["name"].startswith("launchlab")
    for each in (plain, ours):
        # The server keeps to what it was told: 20 ms, however late a generator saw it.
        assert each["served"]["p50"] >= 0.020
        assert each["connections"] >= USERS
    # A busy machine may spoil the latencies, and is told so; few users keep their connections in any case.
    assert [check["well"] for check in told["checks"] if check["name"] == "connections stay open"] == [True]
    assert told["exit_code"] == ended.returncode
    assert (ended.returncode == 0) is all(check["well"] for check in told["checks"])


def test_json_without_load_is_refused_with_the_way_out(tmp_path: Path) -> None:
    ended = launchlab("doctor", "--json", folder=tmp_path)
    assert ended.returncode == 2
    assert "--load" in ended.stderr
