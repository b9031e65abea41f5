"""50,000 users over several processes and addresses of loopback, counted by the servers that they ask.

``nox -s proof -- load/test_masses.py``
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from lab.kernel.model import Validity
from profiles.capacity import MOST_USERS
from profiles.profile import Profile
from scenarios.engine.frames import Kind
from tests.proof.load import harness
from tests.proof.load.harness import counted, show, truth, two_cores

pytestmark = [pytest.mark.proof, pytest.mark.end_to_end, pytest.mark.timeout(900), two_cores]

# Each user keeps to one server.  An address has some 28,000 ports for those who connect to it, and a server
# holds as many connections as it may open files.
LOCUSTFILE = """
import itertools
from locust import between
from launchlab.load import LoadUser, task

ADDRESSES = itertools.cycle({addresses})

class Visitor(LoadUser):
    # Each asks at least once in 30 s.
    wait_time = between(15, 29)

    def on_start(self):
        self.address = next(ADDRESSES)

    @task
    def ask(self):
        self.client.get(f"{{self.address}}/", name="/")
"""
USERS = 50_000
SERVERS = 4
RAMP, HOLD = 60.0, 60.0
CONNECTS = 1.02


@pytest.mark.skipif(MOST_USERS < USERS, reason=f"a trial carries at most {MOST_USERS} users yet")
def test_fifty_thousand_users_are_connected_and_every_request_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as stack:
        servers = [
            stack.enter_context(truth(tmp_path / f"server-{number}", "--host", f"127.0.0.{number}"))
            for number in range(1, SERVERS + 1)
        ]
        locustfile = harness.written(
            tmp_path, LOCUSTFILE.format(addresses=[server.url for server in servers])
        )
        profile = Profile(name="masses", users=USERS, ramp=RAMP, warm_up=0.0, hold=HOLD, trials=1)
        trial = harness.ours(locustfile, servers[0].url, profile, tmp_path / "ours")
        known = [server.truth() for server in servers]
    answers, opened = sum(each.answers for each in known), sum(each.opened for each in known)
    said = counted(tmp_path / "ours", Kind.SERVICE).size
    show(capsys, f"{trial.validity.value}: {said} requests, {answers} served, {opened} connections")
    assert trial.validity is Validity.VALID
    # What was on its way when the window closed was served and is not told.
    assert 0 <= answers - said <= USERS * 0.001
    assert opened <= CONNECTS * USERS
