"""How late a sleep ends where little else happens: as gevent does it, and with the alarm.

``nox -s proof -- load/test_sleeps.py``
"""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import mean

import pytest

from tests.proof.load.harness import show

pytestmark = [pytest.mark.proof, pytest.mark.end_to_end, pytest.mark.timeout(120)]

# In a process of its own, with a hub that has nothing else to do; the two take turns.
SLEEPS = """
import json, random, time
import gevent
from scenarios.engine import alarm

late = {"gevent": [], "alarm": []}
for _ in range(1_000):
    for name, sleep in (("gevent", gevent.sleep), ("alarm", alarm.sleep)):
        seconds = random.uniform(0.001, 0.01)
        began = time.perf_counter()
        sleep(seconds)
        late[name].append(time.perf_counter() - began - seconds)
print(json.dumps(late))
"""


def test_sleeps_end_in_a_fraction_of_the_time_that_they_were_late(capsys: pytest.CaptureFixture[str]) -> None:
    told = subprocess.run([sys.executable, "-c", SLEEPS], check=True, capture_output=True, text=True)
    late = json.loads(told.stdout)
    show(capsys, *(f"{name:8} {1e6 * mean(values):6.0f} µs late on average" for name, values in late.items()))
    assert mean(late["alarm"]) < mean(late["gevent"]) / 2
