"""Starts the subject, or finds it already running, and makes sure that it answers."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab.engine import allowlist
from lab.engine.allowlist import Entry, Permit
from lab.engine.health import status_of
from lab.engine.names import addresses_of
from lab.engine.process import Child
from lab.engine.secrets import Headers
from lab.kernel.errors import UnreachableError, UsageError
from lab.kernel.model import Subject

# Between two looks at a subject that is starting.
_POLL = 0.05
# Where what is started here answers.
_HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the subject comes from.

    Either *url*, where it already runs as the release that the user names, or *command*, which
    starts one of *releases* here; ``{python}``, ``{port}`` and ``{release}`` are filled in.
    Without *releases* the command starts what lies here, as the release that the user names.
    *ready* is the path that answers 200 once it serves, within *start_timeout* seconds; the command
    runs in *folder*.  *headers* go with every request.  *insecure* lets it show any certificate when it is
    asked whether it serves.
    """

    name: str
    ready: str = "/"
    url: str | None = None
    command: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    allow: tuple[Entry, ...] = ()
    start_timeout: float = 30.0
    folder: Path | None = None
    headers: Headers = field(default_factory=Headers)
    insecure: bool = False

    def can_start(self, release: str) -> bool:
        """Whether *release* can be started here, next to others."""
        return bool(self.command) and release in self.releases


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The subjects that answer, by release, and the processes behind those that were started here."""

    subjects: Mapping[str, Subject]
    children: Mapping[str, Child]

    def check(self) -> None:
        """Raise UnreachableError when a subject that was started here has ended."""
        for release, child in self.children.items():
            if not child.running:
                raise UnreachableError(
                    f"release {release} ended with status {child.status} in the middle of the session; "
                    f"finished trials are kept.  Its last lines:\n{child.tail()}"
                )


@contextmanager
def serving(
    source: Source,
    releases: Sequence[str],
    logs: Path,
    stopping: Callable[[], bool] = lambda: False,
    permit: Permit | None = None,
) -> Iterator[Served]:
    """Yield a healthy subject for each of *releases*; what was started ends with the context.

    *permit* holds the addresses that the source's own were checked to be; without one it is checked now.

    Raises RefusedError, UnreachableError, or UsageError for a release that cannot be had, and
    KeyboardInterrupt when *stopping* says so while one is starting.
    """
    if source.url is not None and len(releases) > 1:
        raise UsageError(
            f"{source.url} is one release; comparing {' and '.join(releases)} there would compare it with "
            "itself.  Give the subject a command that starts a release."
        )
    with ExitStack() as stack:
        children: dict[str, Child] = {}
        subjects: dict[str, Subject] = {}
        for release in releases:
            if source.url is None:
                child, url = stack.enter_context(_started(source, release, logs, stopping))
                children[release] = child
            else:
                allowed = permit or allowlist.check(source.url, source.allow, addresses_of)
                url = source.url.rstrip("/")
                _answer(url + source.ready, source, allowed)
            subjects[release] = Subject(name=source.name, release=release, url=url)
        yield Served(subjects=subjects, children=children)


@contextmanager
def _started(
    source: Source, release: str, logs: Path, stopping: Callable[[], bool]
) -> Iterator[tuple[Child, str]]:
    if source.releases and release not in source.releases:
        raise UsageError.unknown("release", release, source.releases)
    port = _free_port()
    filled = {"{python}": sys.executable, "{port}": str(port), "{release}": release}
    command = [_filled(part, filled) for part in source.command]
    log = logs / f"subject-{len(list(logs.glob('subject-*')))}.log"
    with Child(command, log=log, folder=source.folder) as child:
        url = f"http://{_HERE}:{port}"
        _wait_until_ready(url + source.ready, source, child, stopping)
        yield child, url


def _filled(part: str, values: Mapping[str, str]) -> str:
    """Fill in what is known; other braces are the command's own (JSON, say)."""
    for name, value in values.items():
        part = part.replace(name, value)
    return part


def _wait_until_ready(url: str, source: Source, child: Child, stopping: Callable[[], bool]) -> None:
    deadline = time.monotonic() + source.start_timeout
    said = ""
    while time.monotonic() < deadline and child.running:
        if stopping():
            raise KeyboardInterrupt
        status, said = status_of(url, [_HERE], source.headers.revealed())
        if status == 200:  # noqa: PLR2004
            return
        time.sleep(_POLL)
    state = f"did not become ready ({said})" if child.running else f"ended with status {child.status}"
    raise UnreachableError(f"{source.name} {state} at {url}.  Its last lines:\n{child.tail()}")


def _answer(url: str, source: Source, permit: Permit) -> None:
    status, said = status_of(url, permit.addresses, source.headers.revealed(), insecure=source.insecure)
    if status != 200:  # noqa: PLR2004
        raise UnreachableError(
            f"{source.name} at {url}: {said}.  "
            "Start it, or correct the address, or `ready` in launchlab.toml."
        )


def _free_port() -> int:
    with socket.create_server((_HERE, 0)) as probe:
        return int(probe.getsockname()[1])
