"""Loads in stages: what a file may say, which stage counts, and when everything takes place."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from lab.kernel.errors import UsageError
from profiles import loader
from profiles.capacity import (
    MOST_RATE,
    RATE_OF_ONE_PROCESS,
    USERS_OF_ONE_PROCESS,
    enough_users,
    processes_for,
)
from profiles.changes import changed
from profiles.profile import Profile, Recording, Spacing, Stage

STEPS = """
trials = 2
[[stages]]
name = "few"
users = 40
rate = "10 /s"
ramp = "2 s"
hold = "3 s"
[[stages]]
name = "many"
rate = "30 /s"
ramp = "4 s"
warm_up = "1 s"
hold = "5 s"
[[stages]]
name = "few-again"
rate = "10 /s"
ramp = "0.5 s"
hold = "4.5 s"
"""
PACED = """
[[stages]]
name = "slow"
users = 40
pace = "10 s"
hold = "10 s"
[[stages]]
name = "fast"
users = 100
pace = "2 s"
ramp = "5 s"
hold = "10 s"
"""


def loaded(folder: Path, text: str) -> Profile:
    (folder / "mine.toml").write_text(text)
    return loader.load("mine", [folder])


def test_the_short_form_is_a_load_of_one_stage(tmp_path: Path) -> None:
    profile = loaded(tmp_path, "users = 20\nrate = '50 /s'\nramp = '1.5 s'\nwarm_up = '1 s'\nhold = '4 s'")
    assert profile == Profile(name="mine", users=20, ramp=1.5, warm_up=1.0, hold=4.0, trials=3, rate=50.0)
    assert (profile.stages, profile.seconds, profile.arrivals) == ((profile,), range(3, 6), 150)
    assert (profile.steady_from, profile.duration) == (2.5, 6.5)


def test_a_profile_without_a_rate_is_closed() -> None:
    profile = Profile(name="x", users=20, ramp=1.0, warm_up=1.0, hold=4.0, trials=1)
    assert (profile.schedule, profile.arrivals, profile.highest_rate) == (None, 0, None)


def test_users_come_up_evenly_and_go_the_same_way(tmp_path: Path) -> None:
    profile = loaded(
        tmp_path,
        PACED.replace('ramp = "5 s"\nhold = "10 s"', 'ramp = "5 s"\nhold = "5 s"')
        + ('[[stages]]\nname = "gone"\nusers = 50\nramp = "10 s"\nhold = "1 s"'),
    )
    moments = (0.0, 9.9, 10.0, 12.5, 15.0, 20.0, 25.0, 30.5, 99.0)
    assert [profile.users_at(moment) for moment in moments] == [40, 40, 40, 70, 100, 100, 75, 50, 50]


def test_the_hold_on_the_highest_level_counts_and_the_others_are_around_it(tmp_path: Path) -> None:
    profile = loaded(tmp_path, STEPS)
    assert (profile.stage, profile.rate, profile.users, profile.trials) == ("many", 30.0, 40, 2)
    assert [stage.name for stage in (*profile.before, *profile.after)] == ["few", "few-again"]
    assert (profile.steady_from, profile.seconds, profile.duration) == (10.0, range(10, 15), 20.0)
    assert [(span.name, span.begins, span.reached, span.seconds) for span in profile.spans] == [
        ("few", 0.0, 2.0, range(2, 5)),
        ("many", 5.0, 9.0, range(10, 15)),
        ("few-again", 15.0, 15.5, range(16, 20)),
    ]


def test_of_equal_holds_the_last_counts(tmp_path: Path) -> None:
    assert loaded(tmp_path, STEPS.replace('"30 /s"', '"10 /s"')).stage == "few-again"
    assert loaded(tmp_path, STEPS + "[[stages]]\nname = 'over'\nrate = '90 /s'\nhold = '0 s'").stage == "many"


def test_the_file_may_say_which_stage_counts(tmp_path: Path) -> None:
    profile = loaded(tmp_path, 'steady = "few"\n' + STEPS)
    assert (profile.stage, profile.rate, profile.seconds) == ("few", 10.0, range(2, 5))
    assert (profile.most_users, profile.highest_rate) == (40, 30.0)


def test_arrivals_begin_when_the_first_users_are_there_and_follow_each_ramp(tmp_path: Path) -> None:
    schedule = loaded(tmp_path, STEPS).schedule
    assert schedule is not None
    # 3 s at 10; 4 s from 10 to 30, 6 s at 30; half a second down to 10 and 4.5 s there.
    assert [schedule.before(moment) for moment in (2.0, 5.0, 9.0, 15.0, 15.5)] == [0, 30, 110, 290, 300]
    assert schedule.total == 345


def test_what_a_stage_leaves_out_is_as_before_with_enough_users_for_its_rate(tmp_path: Path) -> None:
    text = STEPS.replace('"30 /s"', '"300 /s"\narrivals = "poisson"')
    few, many, again = loaded(tmp_path, text).stages
    assert [stage.users for stage in (few, many, again)] == [40, enough_users(300.0), enough_users(300.0)]
    assert [stage.spacing for stage in (few, many, again)] == [
        Spacing.CONSTANT,
        Spacing.POISSON,
        Spacing.POISSON,
    ]


def test_a_pace_asks_for_the_rate_of_all_its_users_together(tmp_path: Path) -> None:
    profile = loaded(tmp_path, PACED)
    assert (profile.stage, profile.pace, profile.highest_rate) == ("fast", 2.0, 50.0)
    assert profile.schedule is None


def test_a_recorded_rate_is_walked_again(tmp_path: Path) -> None:
    (tmp_path / "rate.csv").write_text("seconds,arrivals per second\n100,20\n102,0\n104,50\n")
    profile = loaded(tmp_path, "users = 9\nreplay = 'rate.csv'\nramp = '1 s'\nhold = '6 s'")
    # The last line holds for as long as the one before it.
    assert profile.recording == Recording(steps=((0.0, 20.0), (2.0, 0.0), (4.0, 50.0), (6.0, 0.0)))
    assert (profile.rate, profile.arrivals) == (50.0, 140)
    schedule = profile.schedule
    assert schedule is not None
    assert [schedule.before(moment) for moment in (1.0, 3.0, 5.0, 7.0)] == [0, 40, 40, 140]


def test_an_edited_recording_is_another_load(tmp_path: Path) -> None:
    text = "users = 9\nreplay = 'rate.csv'\nhold = '4 s'"
    seen = set()
    for rate in (20, 21):
        (tmp_path / "rate.csv").write_text(f"0,20\n2,{rate}\n")
        # What the digest of a workload is made of.
        seen.add(repr(loaded(tmp_path, text)))
    assert len(seen) == 2


def test_a_profile_survives_the_way_to_another_process(tmp_path: Path) -> None:
    (tmp_path / "rate.csv").write_text("0,20\n2,50\n")
    replayed = loaded(tmp_path, "users = 9\nreplay = 'rate.csv'\nhold = '4 s'\narrivals = 'poisson'")
    for profile in (loaded(tmp_path, STEPS), loaded(tmp_path, PACED), replayed):
        assert Profile.of(json.loads(json.dumps(asdict(profile)))) == profile


def test_poisson_arrivals_are_those_of_the_trials_seed(tmp_path: Path) -> None:
    profile = loaded(tmp_path, "users = 9\nrate = '50 /s'\narrivals = 'poisson'\nhold = '10 s'")
    schedules = [replace(profile, seed=seed).schedule for seed in (1, 1, 2)]
    first, again, other = ([schedule.due(n) for n in range(99)] for schedule in schedules if schedule)
    assert first == again != other


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "users = 5\nhold = '5 s'\n[[stages]]\nname = 'x'\nhold = '5 s'",
            "users is not a key here; accepted: stages",
        ),
        ("stages = []", "stages is []"),
        (
            STEPS.replace('name = "many"', 'name = "few"'),
            "stages.1.name is 'few'; accepted: a name of its own",
        ),
        ("steady = 'noon'\n" + STEPS, "steady is 'noon'; accepted: few, many, few-again"),
        (STEPS.replace("users = 40", "users = 0"), "stages.0.users is 0"),
        (STEPS.replace('"30 /s"', '"fast"'), "stages.1.rate is 'fast'; accepted: a quantity like '1 /s'"),
        (
            STEPS.replace('"30 /s"', '"30 /s"\narrivals = "random"'),
            "stages.1.arrivals is 'random'; accepted: 'constant' or",
        ),
        (STEPS.replace('"30 /s"', '"30 /s"\npace = "3 s"'), "stages.1.pace is 3 s beside a rate"),
        (STEPS.replace('"30 /s"', '"30 /s"\nreplay = "x.csv"'), "stages.1.replay is 'x.csv' beside a rate"),
        (
            PACED.replace('pace = "2 s"', 'rate = "9 /s"'),
            "stages.1.rate is set, and the stage before has none",
        ),
        (
            PACED.replace('"10 s"\nhold', '"10 s"\narrivals = "poisson"\nhold', 1),
            "stages.0.arrivals is 'poisson' without",
        ),
        (PACED.replace("users = 40\n", ""), "stages.0.users is missing"),
        (
            STEPS.replace('hold = "5 s"', 'hold = "23 h"').replace('"3 s"', '"2 h"'),
            "accepted: at most 86400 s",
        ),
        ("users = 5\npace = '0 s'\nhold = '5 s'", "pace is '0 s'"),
        ("users = 5\nreplay = 'gone.csv'\nhold = '5 s'", "gone.csv cannot be read"),
    ],
)
def test_what_does_not_fit_is_refused_with_file_key_and_value(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        loaded(tmp_path, text)
    assert told in str(caught.value)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("0,5\n1,x\n", "rate.csv: line 2 is '1,x'; accepted: seconds,arrivals per second"),
        ("0,5\n1\n", "rate.csv: line 2 is '1'"),
        ("t,rate\n0,5\n0,6\n", "rate.csv: line 3 is 0 s; accepted: later than 0 s"),
        ("0,5\n1,-2\n", "line 2 is '1,-2'; accepted: a rate from 0"),
        ("0,5\n1,nan\n", "line 2 is '1,nan'"),
        (f"0,5\n1,{MOST_RATE + 1}\n", f"accepted: a rate from 0 to {MOST_RATE}"),
        ("0,5\n", "holds 1 lines; accepted: at least 2"),
        ("0,0\n1,0\n2,0\n3,0\n", "holds no rate above 0"),
        ("0,5\n1,5\n", "the recording is 2 s long, and warm_up and hold are 4 s"),
    ],
)
def test_a_recording_that_cannot_be_walked_is_refused(tmp_path: Path, rows: str, told: str) -> None:
    (tmp_path / "rate.csv").write_text(rows)
    with pytest.raises(UsageError) as caught:
        loaded(tmp_path, "users = 9\nreplay = 'rate.csv'\nhold = '4 s'")
    assert told in str(caught.value)


def test_options_change_the_steady_time_of_stages_and_not_the_height_of_one(tmp_path: Path) -> None:
    profile = loaded(tmp_path, STEPS)
    longer = changed(profile, duration="60 s")
    assert (longer.hold, longer.duration, longer.name) == (60.0, 75.0, "mine, 60 s")
    for options in ({"users": 9}, {"rate": "9"}):
        with pytest.raises(UsageError, match="'mine' has 3 stages"):
            changed(profile, **options)


def test_a_rate_takes_the_place_of_a_pace_or_a_recording(tmp_path: Path) -> None:
    paced = loaded(tmp_path, "users = 9\npace = '2 s'\nhold = '4 s'")
    assert changed(paced, rate="5").pace is None
    (tmp_path / "rate.csv").write_text("0,20\n2,50\n")
    replayed = loaded(tmp_path, "users = 9\nreplay = 'rate.csv'\nhold = '4 s'")
    assert changed(replayed, rate="5").recording is None
    with pytest.raises(UsageError, match="the recording is 4 s long"):
        changed(replayed, duration="5 s")


def test_a_load_needs_as_many_processes_as_its_height_asks_for() -> None:
    profile = Profile(name="x", users=10, ramp=1.0, warm_up=0.0, hold=5.0, trials=1)
    crowd = Stage(name="crowd", users=3 * USERS_OF_ONE_PROCESS, ramp=1.0, warm_up=0.0, hold=5.0)
    assert processes_for(profile) == 1
    assert processes_for(replace(profile, after=(crowd,))) == 3
    assert processes_for(replace(profile, users=USERS_OF_ONE_PROCESS + 1)) == 2
    assert processes_for(replace(profile, rate=RATE_OF_ONE_PROCESS * 1.5)) == 2
    # A process without a user would leave its share of the arrivals to nobody.
    assert processes_for(replace(profile, users=1, rate=RATE_OF_ONE_PROCESS * 3.0)) == 1


def test_an_open_load_takes_no_more_processes_than_each_stage_has_users() -> None:
    few = Stage(name="few", users=2, ramp=1.0, warm_up=0.0, hold=5.0, rate=10.0)
    profile = Profile(name="x", users=40, ramp=1.0, warm_up=0.0, hold=5.0, trials=1, rate=90.0, before=(few,))
    assert processes_for(profile, 2) == 2
    with pytest.raises(UsageError, match=r"--processes 3, but stage 'few' has 2 users.*2 or less"):
        processes_for(profile, 3)
    # Who pauses between tasks leaves nothing to others, so a process may have no users for a while.
    closed = replace(profile, rate=None, before=(replace(few, rate=None),))
    assert processes_for(closed, 3) == 3
    assert processes_for(closed, 64) == 40


@pytest.mark.parametrize("name", loader.names())
def test_every_shipped_profile_can_be_walked_and_gives_the_reason_of_its_numbers(name: str) -> None:
    profile = loader.load(name)
    assert len(profile.seconds) >= 1
    text = (loader.SHIPPED / f"{name}.toml").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert text.count("\n# ") >= 1


def test_the_launch_profile_holds_what_the_launch_plan_promises() -> None:
    profile = loader.load("launch-10k")
    assert (profile.users, profile.rate, len(profile.seconds)) == (10_000, 3000.0, 60)
    assert profile.arrivals == 180_000
    assert loader.load("stress").rate == 3000.0
