"""50,000 users over several processes and addresses of loopback, counted by the servers that they ask.

``nox -s proof -- load/test_masses.py``
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from lab.kernel.model import Trial, Validity
from profiles.profile import Profile
from scenarios.engine.frames import Kind
from scenarios.truth.ledger import Truth
from tests.proof.load import harness
from tests.proof.load.harness import abandoned, counted, show, truth, two_cores

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
RAMP, WARM_UP, HOLD = 60.0, 10.0, 60.0
CONNECTS = 1.02
# Trials, of which one has to be valid: other work on the machine only ever spoils one.
TRIALS = 3


def test_fifty_thousand_users_are_connected_and_every_request_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    valid = False
    for number in range(TRIALS):
        folder = tmp_path / f"{number}"
        trial, known = walked(folder)
        answers, opened = sum(each.answers for each in known), sum(each.opened for each in known)
        said, unknown = counted(folder, Kind.SERVICE).size, abandoned(folder)
        show(
            capsys,
            f"{trial.validity.value}: {said} requests answered and {unknown} abandoned, {answers} served, "
            f"{opened} connections; {', '.join(caveat.code for caveat in trial.caveats)}",
        )
        assert 0 <= answers - said <= unknown
        # A connection is opened for a request, so every user made one at least.
        assert USERS <= opened <= CONNECTS * USERS
        valid = trial.validity is Validity.VALID
        if valid:
            break
    assert valid, "no valid trial"


def walked(folder: Path) -> tuple[Trial, list[Truth]]:
    folder.mkdir()
    with ExitStack() as stack:
        servers = [
            stack.enter_context(truth(folder / f"server-{number}", "--host", f"127.0.0.{number}"))
            for number in range(1, SERVERS + 1)
        ]
        addresses = [server.url for server in servers]
        locustfile = harness.written(folder, LOCUSTFILE.format(addresses=addresses))
        profile = Profile(name="masses", users=USERS, ramp=RAMP, warm_up=WARM_UP, hold=HOLD, trials=1)
        trial = harness.ours(locustfile, servers[0].url, profile, folder)
        return trial, [server.truth() for server in servers]
