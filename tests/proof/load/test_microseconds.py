"""Where each microsecond of a request goes, with 50 users without a think time on one core.

``nox -s proof -- load/test_microseconds.py``; py-spy looks at the generator 500 times a second, and stops it
for none of its looks.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from profiles.profile import Profile
from tests.proof.load import harness
from tests.proof.load.harness import OURS, Pace, nginx, on, pace, show, two_cores
from tests.proof.load.test_pace import LOCUSTFILE, USERS

pytestmark = [pytest.mark.proof, pytest.mark.end_to_end, pytest.mark.timeout(300), two_cores]

# A sample belongs to the first part of these that its innermost frame is of, or else the frame around it.
PARTS = {
    "send(2), with the loopback's own work": r"\._sent \(scenarios/client/connection",
    "waiting: the switch to the hub and back, the watcher": r"\._wait \(scenarios/client/connection",
    "recvmsg(2), the kernel's stamp, parsing, body": (
        r"\._(receive|arrival) |scenarios/(client/(reading|answer)|stamps)\."
    ),
    "the client: agent, pool, head, cookies": r"scenarios/client/",
    "FastHttpSession's API and the response object": (
        r"scenarios/engine/(session|responses|flight)\.|fasthttp\."
    ),
    "the recorder, Locust's statistics in batches, garbage": (
        r"scenarios/engine/(recorder|cells|frames|hooks|bookkeeping|garbage|sockets)\.|locust/stats\."
    ),
    "the pause between two tasks, and when the next was meant to begin": (
        r"scenarios/engine/(users|pauses|alarm|beats)\.|sleep \(gevent|TaskSet\.wait "
    ),
    "gevent's hub: epoll_wait(2), dispatch": r"Hub\.run \(gevent/",
    "Locust's loop over tasks, the journey's own lines": r"locust/user/|locustfile\.py",
}
SETTLE, SECONDS = 2.0, 4
LOOKS = 500
# How many of the samples the parts have to name, for a table that tells where the time goes.
NAMED = 0.9


def test_where_each_microsecond_of_a_request_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen, samples = watched(tmp_path)
    by_part = shares(samples)
    lines = [f"{seen.rate:.0f} requests/s, {1e6 * seen.effort:.1f} us of a core each, of which:"]
    lines += [f"{1e6 * seen.effort * share:6.1f} us  {part}" for part, share in by_part]
    lines.append(f"{1e6 * seen.effort * (1 - sum(share for _, share in by_part)):6.1f} us  not told apart")
    show(capsys, *lines)
    assert sum(share for _, share in by_part) >= NAMED


def test_a_sample_belongs_to_the_innermost_part_that_is_known() -> None:
    around = "TaskSet.run (locust/user/task.py:1);Agent._ask (scenarios/client/agent.py:2)"
    assert shares([f"{around};copy (copy.py:3) 3", "main (worker.py:1) 1"]) == [
        ("the client: agent, pool, head, cookies", 0.75)
    ]


def watched(folder: Path) -> tuple[Pace, list[str]]:
    """Return what a generator carried, and then py-spy's samples of it: ``outermost;...;innermost times``."""
    profile = Profile(name="pace", users=USERS, ramp=1.0, warm_up=1.0, hold=2 * SECONDS + 4.0, trials=1)
    with nginx(folder) as light, ThreadPoolExecutor(1) as aside:
        trial = aside.submit(
            harness.ours, harness.written(folder, LOCUSTFILE), light.url, profile, folder / "ours"
        )
        seen = pace(light, OURS, settle=SETTLE, seconds=SECONDS)
        busiest = max(harness.children(OURS), key=lambda process: process.cpu_times().user)
        samples = spied(busiest.pid, folder / "samples")
        assert trial.result().readings["error_ratio"] == 0
    return seen, samples


def spied(pid: int, result: Path) -> list[str]:
    """Return py-spy's samples of a process over some seconds."""
    program = shutil.which("py-spy")
    assert program, "py-spy is not installed: it belongs to what the tests need"
    options = ["--nonblocking", "--format", "raw", "--rate", str(LOOKS), "--duration", str(SECONDS)]
    with on(harness.cores()[0]):
        told = subprocess.run(
            [program, "record", *options, "--pid", str(pid), "--output", str(result)],
            capture_output=True,
            text=True,
            check=False,
        )
    if told.returncode:
        pytest.skip(f"py-spy may not look into a process here: {told.stderr.strip()}")
    return result.read_text(encoding="utf-8").splitlines()


def shares(samples: Iterable[str]) -> list[tuple[str, float]]:
    """Return the share of each part in the samples, largest first; what is of no part is left out."""
    counts: Counter[str | None] = Counter()
    for sample in samples:
        stack, _, times = sample.rpartition(" ")
        counts[part_of(stack.split(";"))] += int(times)
    return [(part, count / counts.total()) for part, count in counts.most_common() if part]


def part_of(frames: list[str]) -> str | None:
    """Return the part of the innermost frame that is of one."""
    for frame in reversed(frames):
        for part, pattern in PARTS.items():
            if re.search(pattern, frame):
                return part
    return None
