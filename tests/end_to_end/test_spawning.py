"""Users who come and go under real Locust: its counts and events stay right, and nobody is held up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.end_to_end

# A process of its own, because Locust monkey-patches the one that imports it.  It walks the steps that
# are given, and prints what it saw at the end of each.  Its watch notes the most processor time that
# passed between two looks at the hub: other processes cannot lengthen that.
CROWD = """
from gevent import monkey

monkey.patch_all()
import gc, json, sys, time

import gevent
from locust import User, constant, events, task
from locust.env import Environment

from scenarios.engine.spawning import SmoothDispatcher, take_over

order = json.loads(sys.argv[1])
finished, cut = 0, 0
first, farewells = {}, 0


class Common(User):
    weight = 3
    wait_time = constant(order["pause"])

    def on_stop(self):
        global farewells
        if "farewell" in order:
            gevent.sleep(order["farewell"])
            farewells += 1
            if farewells % 2:
                raise RuntimeError("no farewell")

    @task
    def work(self):
        global finished, cut
        first.setdefault(self, time.perf_counter())
        try:
            gevent.sleep(order["busy"])
            finished += 1
        except gevent.GreenletExit:
            cut += 1
            raise


class Rare(Common):
    weight = 1


# What collecting garbage costs is another matter.
gc.disable()
take_over()
complete = []
environment = Environment(
    user_classes=[Common, Rare], dispatcher_class=SmoothDispatcher, stop_timeout=order.get("grace")
)
environment.events.spawning_complete.add_listener(lambda user_count, **_others: complete.append(user_count))
runner = environment.create_local_runner()
longest = 0.0
seen = []


def watch():
    global longest
    before = time.process_time()
    while True:
        gevent.sleep(0.001)
        now = time.process_time()
        longest, before = max(longest, now - before), now


watching = gevent.spawn(watch)
for users, rate, seconds in order["steps"]:
    counts, begun = [], time.perf_counter()
    runner.start(users, rate)
    while time.perf_counter() - begun < seconds or len(complete) == len(seen):
        gevent.sleep(0.05)
        counts.append((time.perf_counter() - begun, sum(runner.user_classes_count.values())))
    seen.append({"there": runner.user_count, "classes": runner.user_classes_count, "counts": counts})
watching.kill()
left = {"finished": finished, "cut": cut}
quitting = time.perf_counter()
runner.quit()
left["quitting"] = time.perf_counter() - quitting
left["at_end"] = runner.user_count
left["farewells"] = farewells
left["first"] = sorted(first.values())
print(json.dumps({"seen": seen, "complete": complete, "longest": longest, **left}))
"""


def walked(folder: Path, **order: Any) -> dict[str, Any]:
    script = folder / "crowd.py"
    script.write_text(CROWD)
    ended = subprocess.run(
        [sys.executable, str(script), json.dumps(order)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def test_users_come_evenly_with_their_weights_and_go_again(tmp_path: Path) -> None:
    found = walked(tmp_path, pause=0.2, busy=0.01, steps=[[400, 200.0, 2.5], [100, 300.0, 1.5]])
    up, down = found["seen"]
    assert (up["there"], up["classes"]) == (400, {"Common": 300, "Rare": 100})
    assert (down["there"], down["classes"]) == (100, {"Common": 75, "Rare": 25})
    assert found["complete"] == [400, 100]
    assert found["at_end"] == 0
    # Two hundred a second, four at a time: never far from the line, and never ahead of it.
    ramp = [(moment, count) for moment, count in up["counts"] if 0.1 < moment < 1.9]
    assert all(count <= 200 * moment + 8 for moment, count in ramp)
    assert len({count for _, count in ramp}) > 15


def test_thousands_come_quickly_and_hold_the_hub_up_for_milliseconds_only(tmp_path: Path) -> None:
    found = walked(tmp_path, pause=1.0, busy=0.01, steps=[[5000, 2500.0, 3.0]])
    assert found["seen"][0]["classes"] == {"Common": 3750, "Rare": 1250}
    # Some three milliseconds; Locust's own way takes sixty at a time here.
    assert found["longest"] < 0.03


def test_whoever_is_sent_away_ends_its_task_first(tmp_path: Path) -> None:
    found = walked(tmp_path, pause=0.0, busy=0.7, steps=[[50, 500.0, 0.3], [0, 500.0, 1.5]])
    assert found["seen"][1]["there"] == 0
    assert (found["finished"], found["cut"]) == (50, 0)


def test_but_is_not_waited_for_longer_than_its_grace(tmp_path: Path) -> None:
    found = walked(tmp_path, pause=0.0, busy=60.0, grace=0.5, steps=[[50, 500.0, 0.3], [20, 500.0, 1.5]])
    # The ramp down is over at once, and those who are sent away are not replaced.
    assert [count for _, count in found["seen"][1]["counts"]][-1] == 20
    assert found["seen"][1]["there"] == 20
    assert (found["finished"], found["cut"]) == (0, 30)


def test_at_the_end_all_go_together_and_each_on_stop_runs_even_where_others_raise(tmp_path: Path) -> None:
    found = walked(tmp_path, pause=0.0, busy=60.0, farewell=0.5, steps=[[50, 500.0, 0.5]])
    assert (found["farewells"], found["at_end"]) == (50, 0)
    # One after the other they would take 25 seconds.
    assert 0.5 <= found["quitting"] < 5


def test_users_of_plain_locust_do_not_begin_all_in_the_same_moment(tmp_path: Path) -> None:
    # They come within five milliseconds, and begin within a hundred.
    found = walked(tmp_path, pause=0.0, busy=60.0, steps=[[50, 10_000.0, 1.0]])
    first = found["first"]
    assert len(first) == 50
    assert first[-1] - first[0] > 0.03
    # No step begins as one: of the ten who come together at most, few share a millisecond.
    assert len({int(moment * 1000) for moment in first}) > 15
