"""Project files and profiles: what they may say, and what an error tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.engine.allowlist import Entry
from lab.kernel.errors import UsageError
from lab.kernel.model import Lane
from lab.kernel.verdict import Margins
from launchlab import project
from profiles import loader
from profiles.profile import Profile

TARGET = '[[targets]]\nname = "x"\nreading = "fcp"\n'
SUBJECT = '[subject]\nname = "shop"\nrelease = "7"\nurl = "http://127.0.0.1:8000"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "launchlab.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_project_and_the_demos_are_sound() -> None:
    for path in (project.BUNDLED / "launchlab.toml", project.DEMO):
        loaded = project.load(path)
        assert {planned.case.lane for planned in loaded.cases} == set(Lane)
        assert loaded.targets


def test_quantities_are_read_in_the_unit_of_their_metric(tmp_path: Path) -> None:
    target = '[[targets]]\nname = "quick"\nreading = "fcp"\nlimit = "1 s"\n'
    drift = 'drift = { fail = "2 %", accept = "5 %" }\n'
    (loaded,) = project.load(written(tmp_path, SUBJECT + target + drift)).targets
    assert (loaded.limit, loaded.drift) == (1.0, Margins(fail=0.02, accept=0.05))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "subject"),
        (SUBJECT + 'colour = "red"', "subject.colour is not a key"),
        (SUBJECT.replace("url", "# url"), "either a url"),
        (SUBJECT + 'command = ["serve"]', "either a url"),
        (SUBJECT + 'ready = "health"', "subject.ready is 'health'; accepted: a path in ASCII"),
        (SUBJECT + 'ready = "/über"', "subject.ready is '/über'"),
        (SUBJECT + 'ready = "/a b"', "subject.ready is '/a b'"),
        (SUBJECT + 'ready = "/a\\n"', "subject.ready is"),
        (SUBJECT + 'ready = "/#up"', "subject.ready is '/#up'"),
        (SUBJECT + TARGET + 'drift = { fail = "5 %", accept = "2 %" }', "accept has to be at least fail"),
        (SUBJECT.replace('"7"', "7"), "subject.release is 7"),
        (SUBJECT + '[[targets]]\nname = "x"\nreading = "fpc"\nlimit = "1 s"', "fcp"),
        (SUBJECT + '[[targets]]\nname = "x"\nreading = "fcp"\nlimit = "1 MB"', "'1 ms'"),
        (SUBJECT + '[[targets]]\nname = "x"\nreading = "fcp"', "promises nothing"),
        (SUBJECT + "[plan]\nbench = [{ path = 1 }]", "plan.bench.0.path is 1"),
        (SUBJECT + '[plan]\nload = [{ journey = "browse", profile = "dmeo" }]', "demo"),
        (SUBJECT + '[plan]\nbench = [{ path = "a.py" }, { path = "a.py" }]', "'a.py' twice"),
        (SUBJECT + '[plan]\nload = [{ profile = "smoke" }]', "either a journey or a locustfile"),
        (SUBJECT + "start_timeout = 30", "start_timeout is 30; accepted: a quantity like '1 us'"),
        (SUBJECT + '[gate]\ninconclusive = "shrug"', "'block' or 'warn'"),
        (SUBJECT + "[[targets]]\nname = 'x'\nreading = 'battery_drain'\nlimit = '15 %'", "'1 %/h'"),
        ("[subject", "not TOML"),
        (
            'allow = ["http://staging"]\n' + SUBJECT,
            "allow.0 is 'http://staging'; accepted: a host name, an address",
        ),
        ("allow = [3]\n" + SUBJECT, "allow.0 is 3; accepted: a host, or { host ="),
        ('allow = "staging"\n' + SUBJECT, "allow is 'staging'"),
        ('allow = [{ host = "a.example", users = 0 }]\n' + SUBJECT, "allow.0.users is 0"),
        ('allow = [{ host = "a.example", rate = "5" }]\n' + SUBJECT, "allow.0.rate is '5'"),
        ('allow = [{ host = "a.example", rps = 5 }]\n' + SUBJECT, "allow.0.rps is not a key"),
        ('allow = [{ host = "a_b:80" }]\n' + SUBJECT, "allow.0.host is 'a_b:80'"),
        ("allow = [{ users = 5 }]\n" + SUBJECT, "allow.0.host is missing"),
    ],
)
def test_an_error_names_the_file_the_key_and_what_is_accepted(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        project.load(written(tmp_path, text))
    assert told in str(caught.value)


def test_the_allow_list_takes_hosts_and_tables_with_caps(tmp_path: Path) -> None:
    text = 'allow = ["Staging.example.org", { host = "10.0.0.0/8", users = 500, rate = "200 /s" }]\n'
    assert project.load(written(tmp_path, text + SUBJECT)).source.allow == (
        Entry(host="staging.example.org"),
        Entry(host="10.0.0.0/8", users=500, rate=200.0),
    )


def test_the_shipped_project_holds_the_whole_launch_plan() -> None:
    limits = {
        target.reading: target.limit for target in project.load(project.BUNDLED / "launchlab.toml").targets
    }
    assert limits == {
        "response_mean": 0.2,
        "response_mean{GET /api/search}": 0.2,
        "error_ratio": pytest.approx(0.0005),
        "fcp": 1.0,
        "transfer": 10e6,
        "tour_download": 10e6,
        "dropped_frames": 0.01,
        "battery_drain": pytest.approx(0.15 / 3600),
        "lighthouse_performance": 99.0,
    }


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://127.0.0.1:8000/", "HTTP://127.0.0.1:8000"])
def test_an_address_is_the_projects_own_however_it_is_written(tmp_path: Path, url: str) -> None:
    own = project.load(written(tmp_path, SUBJECT))
    assert project.is_own(own, url)
    assert project.release_of(own, url, None) == "7"
    assert project.source_of(own, url).name == "shop"


def test_another_address_has_neither_the_projects_release_nor_its_headers(tmp_path: Path) -> None:
    headers = 'headers = { Authorization = "env:NOBODY_SET_THIS" }\n'
    own = project.load(written(tmp_path, SUBJECT + headers))
    other = project.source_of(own, "http://127.0.0.1:9000")
    assert (other.name, other.headers.revealed()) == ("127.0.0.1:9000", {})
    assert project.release_of(own, "http://127.0.0.1:9000", None) == project.UNNAMED
    with pytest.raises(UsageError, match="NOBODY_SET_THIS"):
        project.source_of(own)


def test_a_project_file_that_is_not_there_is_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--project"):
        project.load(tmp_path / "missing.toml")


def test_every_shipped_profile_loads() -> None:
    assert {"smoke", "demo"} <= set(loader.names())
    assert all(loader.load(name).users > 0 for name in loader.names())


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="demo, demo-quick, flood, gate, launch-10k"):
        loader.load("smkoe")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("users = 0\nhold = '5 s'", "users is 0"),
        ("users = 1_000_000\nhold = '5 s'", "users is 1000000"),
        ("users = 5\nhold = '5'", "hold is '5'"),
        ("users = 5\nhold = '0 s'", "hold"),
        ("users = 5", "hold is missing"),
        ("users = 5\nramp = '0.5 s'\nhold = '1 s'", "no whole second"),
        ("users = 5\nhold = '5 s'\nspeed = 3", "speed is not a key here; accepted: rate, ramp"),
    ],
)
def test_a_bad_profile_names_file_key_and_value(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        loader.load("mine", [tmp_path])
    assert "mine.toml" in str(caught.value)
    assert told in str(caught.value)


def test_ones_own_profile_wins_over_a_shipped_one_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "smoke.toml").write_text("users = 3\nhold = '9 s'")
    assert loader.load("smoke", [tmp_path, loader.SHIPPED]).users == 3


def test_users_come_up_along_the_ramp_and_stay() -> None:
    profile = Profile(name="x", users=40, ramp=10.0, warm_up=2.0, hold=8.0, trials=1)
    assert [profile.users_at(t) for t in (0, 5, 10, 19)] == [1, 20, 40, 40]
    assert (profile.steady_from, profile.duration) == (12.0, 20.0)
