"""Starts the subject, or finds it already running, and makes sure that it answers."""

from __future__ import annotations

import http.client
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.engine import allowlist
from lab.engine.process import Child
from lab.kernel.errors import UnreachableError, UsageError
from lab.kernel.model import Subject

# Between two looks at a subject that is starting.
_POLL = 0.05
# One answer of a health check; a subject that takes longer cannot be measured anyway.
_ANSWER = 5.0


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it could lead off the allow-list."""

    def redirect_request(self, *_arguments: object) -> None:
        """Decline."""


_OPENER = urllib.request.build_opener(_Stay)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the subject comes from.

    Either *url*, where it already runs as the release that the user names, or *command*, which
    starts one of *releases* here; ``{python}``, ``{port}`` and ``{release}`` are filled in.
    *ready* is the path that answers 200 once it serves, within *start_timeout* seconds; the command
    runs in *folder*.
    """

    name: str
    ready: str = "/"
    url: str | None = None
    command: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    start_timeout: float = 30.0
    folder: Path | None = None

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
def serving(source: Source, releases: Sequence[str], logs: Path) -> Iterator[Served]:
    """Yield a healthy subject for each of *releases*; what was started ends with the context.

    Raises RefusedError, UnreachableError, or UsageError for a release that cannot be had.
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
                child, url = stack.enter_context(_started(source, release, logs))
                children[release] = child
            else:
                allowlist.check(source.url, source.allow)
                url = source.url.rstrip("/")
                _answer(url + source.ready, source)
            subjects[release] = Subject(name=source.name, release=release, url=url)
        yield Served(subjects=subjects, children=children)


@contextmanager
def _started(source: Source, release: str, logs: Path) -> Iterator[tuple[Child, str]]:
    if not source.can_start(release):
        raise UsageError.unknown("release", release, source.releases)
    port = _free_port()
    filled = {"python": sys.executable, "port": str(port), "release": release}
    command = [part.format(**filled) for part in source.command]
    log = logs / f"subject-{len(list(logs.glob('subject-*')))}.log"
    with Child(command, log=log, folder=source.folder) as child:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url + source.ready, source, child)
        yield child, url


def _wait_until_ready(url: str, source: Source, child: Child) -> None:
    deadline = time.monotonic() + source.start_timeout
    while time.monotonic() < deadline and child.running:
        if _status(url) == 200:  # noqa: PLR2004
            return
        time.sleep(_POLL)
    state = "did not become ready" if child.running else f"ended with status {child.status}"
    raise UnreachableError(f"{source.name} {state} at {url}.  Its last lines:\n{child.tail()}")


def _answer(url: str, source: Source) -> None:
    status = _status(url)
    if status != 200:  # noqa: PLR2004
        said = "does not answer" if status is None else f"answers {status}"
        raise UnreachableError(f"{source.name} {said} at {url}.  Start it, or correct the address.")


def _status(url: str) -> int | None:
    """Return the status that *url* answers with itself, redirects not followed; None for no answer."""
    try:
        with _OPENER.open(url, timeout=_ANSWER) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, http.client.HTTPException):
        return None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
