"""Options that change a profile: what they mean, what they refuse, and the name of the new load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.kernel.errors import UsageError
from lab.kernel.model import Case, Lane
from profiles import loader
from profiles.capacity import MOST_RATE, MOST_USERS
from profiles.changes import changed
from profiles.profile import Profile

SMOKE = Profile(name="smoke", users=10, ramp=1.0, warm_up=1.0, hold=5.0, trials=1)
STREAM = Profile(name="stream", users=80, ramp=1.0, warm_up=1.0, hold=5.0, trials=3, rate=50.0)


def slug(profile: Profile) -> str:
    return Case(lane=Lane.LOAD, journey="hit", profile=profile.name).slug


def test_without_options_nothing_changes() -> None:
    assert changed(SMOKE) == SMOKE
    assert changed(SMOKE, users=10, duration="5 s") == SMOKE
    assert changed(STREAM, rate="50") == changed(STREAM, rate="50", users=80) == STREAM


@pytest.mark.parametrize("rate", ["50", "50 /s", "50/s", " 50.0 /s "])
def test_a_rate_makes_the_load_open(rate: str) -> None:
    load = changed(SMOKE, rate=rate)
    assert (load.rate, load.users, load.hold) == (50.0, 50, 5.0)
    assert (load.ramp, load.warm_up, load.trials) == (1.0, 1.0, 1)


@pytest.mark.parametrize("duration", ["120", "120 s", "120s", "2min", "2 min"])
def test_a_duration_is_the_steady_time(duration: str) -> None:
    load = changed(SMOKE, duration=duration)
    assert (load.hold, load.ramp, load.rate) == (120.0, 1.0, None)


@pytest.mark.parametrize(
    ("rate", "users"), [("0.5", 10), ("10", 10), ("10.2", 11), ("5000", 5000), ("160000", MOST_USERS)]
)
def test_a_rate_alone_brings_the_users_of_one_second_within_bounds(rate: str, users: int) -> None:
    assert changed(SMOKE, rate=rate).users == users


@pytest.mark.parametrize(
    ("base", "options", "name"),
    [
        (SMOKE, {"rate": "50"}, "smoke, 50 /s"),
        (SMOKE, {"rate": "50", "users": 50}, "smoke, 50 /s"),
        (SMOKE, {"rate": "50", "users": 10}, "smoke, 50 /s, 10 users"),
        (SMOKE, {"rate": "50", "duration": "30s"}, "smoke, 50 /s, 30 s"),
        (SMOKE, {"users": 20, "duration": "0.5 min"}, "smoke, 20 users, 30 s"),
        (STREAM, {"duration": "1 min"}, "stream, 60 s"),
        (STREAM, {"users": 20}, "stream, 20 users"),
        (STREAM, {"rate": "1234.567"}, "stream, 1234.567 /s"),
    ],
)
def test_the_name_says_what_is_different(base: Profile, options: dict[str, Any], name: str) -> None:
    assert changed(base, **options).name == name


def test_another_load_is_another_case() -> None:
    loads = [
        SMOKE,
        changed(SMOKE, rate="50"),
        changed(SMOKE, rate="50.001"),
        changed(SMOKE, users=50),
        changed(SMOKE, rate="50", duration="50"),
    ]
    assert len({slug(load) for load in loads}) == len(loads)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"rate": "0"}, "--rate is 0.0; accepted: greater than 0"),
        ({"rate": "-5"}, "--rate is '-5'; accepted: a quantity like '1 /s'"),
        ({"rate": "nan"}, "--rate is 'nan'"),
        ({"rate": "200000"}, f"--rate is '200000 /s'; accepted: less than or equal to {MOST_RATE}"),
        ({"rate": "50 s"}, "'1 /s'"),
        ({"users": 0}, "--users is 0"),
        ({"users": MOST_USERS + 1}, f"accepted: less than or equal to {MOST_USERS}"),
        ({"duration": "soon"}, "--duration is 'soon'; accepted: a quantity like '1 us', '1 ms', '1 s'"),
        ({"duration": "0 s"}, "--duration is"),
        ({"duration": "25 h"}, "less than or equal to 86400"),
        ({"duration": "0.5 s"}, "no whole second"),
        ({"rate": "0.1", "duration": "3"}, "no arrival is due"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(options: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError) as caught:
        changed(SMOKE, **options)
    assert "the command line" in str(caught.value)
    assert told in str(caught.value)


def test_a_profile_file_may_hold_a_rate(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("rate = '50 /s'\nusers = 60\nhold = '10 s'")
    assert loader.load("mine", [tmp_path]).rate == 50.0


@pytest.mark.parametrize(
    ("rate", "told"),
    [("0 /s", "rate is"), ("50", "'1 /s'"), ("160001 /s", f"{MOST_RATE}"), ("0.05 /s", "no arrival is due")],
)
def test_a_rate_in_a_file_is_checked(tmp_path: Path, rate: str, told: str) -> None:
    (tmp_path / "mine.toml").write_text(
        f"rate = '{rate}'\nusers = 60\nramp = '1 s'\nwarm_up = '1 s'\nhold = '9 s'"
    )
    with pytest.raises(UsageError) as caught:
        loader.load("mine", [tmp_path])
    assert "mine.toml" in str(caught.value)
    assert told in str(caught.value)
