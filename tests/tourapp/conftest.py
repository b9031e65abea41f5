"""A tour app without a network: real databases in a temporary folder, a clock and a pause that tests own."""

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import pytest
from starlette.routing import BaseRoute

from tests.tourapp.promises import Promises
from tourapp.__main__ import cache_folder
from tourapp.media.library import ensure_library
from tourapp.registry.defect import defect_of
from tourapp.registry.releases import Release
from tourapp.serving.app import create_app
from tourapp.settings import Settings
from tourapp.store.database import ensure_catalogue, ensure_logbook

# By release, since reading the document for each app would take most of the time of these tests.
PROMISES: dict[Release, Promises] = {}


# What a body that is sent as bytes is called.
LABEL = {"content-type": "application/json"}


class Visitor:
    """Sends requests to one open app, and owns its time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.pauses: list[float] = []
        self.now = 1_000_000.0
        self._runner = asyncio.Runner()
        self._app = create_app(settings, pause=self._pause, clock=lambda: self.now)
        self._lifespan = self._app.router.lifespan_context(self._app)
        # An exception of a handler is raised here, so no test can take a 500 for an answer.
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self._app), base_url="http://tours.test"
        )

    def __enter__(self) -> Self:
        self._runner.run(self._lifespan.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._client.aclose())
        self._runner.run(self._lifespan.__aexit__(kind, error, trace))
        self._runner.close()

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request, and hold the answer against the document of the API."""
        answer = self._runner.run(self._client.request(method, path, **options))
        self._hold(answer)
        return answer

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """The routes of the app."""
        return self._app.routes

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Send a GET."""
        return self.ask("GET", path, **options)

    def ask_together(self, *requests: Mapping[str, Any]) -> Sequence[httpx.Response]:
        """Send requests at the same moment; each holds the arguments of `ask`."""

        async def all_of_them() -> Sequence[httpx.Response]:
            return await asyncio.gather(*(self._client.request(**each) for each in requests))

        answers = self._runner.run(all_of_them())
        for answer in answers:
            self._hold(answer)
        return answers

    def _hold(self, answer: httpx.Response) -> None:
        # A defect breaks promises: that is what it is for.
        if not self._settings.defects:
            self._promises().hold(answer)

    def _promises(self) -> Promises:
        """Return what the document promises, which is the same for every app of a release."""
        release = self._settings.release
        if release not in PROMISES:
            headers = {"accept-encoding": "identity"}
            document = self._runner.run(self._client.get("/openapi.json", headers=headers)).json()
            PROMISES[release] = Promises(document)
        return PROMISES[release]

    def log_in(self, number: int = 1) -> dict[str, str]:
        """Return the headers of a walker who has logged in."""
        answer = self.ask(
            "POST",
            "/api/login",
            json={"email": f"walker-{number:04}@example.org", "password": f"tour-{number:04}"},
        )
        return {"authorization": f"Bearer {answer.json()['token']}"}


def error_of(answer: httpx.Response) -> str:
    """Return what a problem document says of this case."""
    assert answer.headers["content-type"] == "application/problem+json"
    message = json.loads(answer.content)["detail"]
    assert isinstance(message, str)
    return message


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("catalogue") / "tours.sqlite"
    ensure_catalogue(path, seed=1)
    return path


@pytest.fixture(scope="session")
def new_logbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("logbook") / "logbook.sqlite"
    ensure_logbook(path)
    return path


@pytest.fixture(scope="session")
def media() -> Path:
    """Return the library that the servers under test share as well: it takes seconds to make."""
    folder = cache_folder() / "media"
    ensure_library(folder)
    return folder


@pytest.fixture
def logbook(tmp_path: Path, new_logbook: Path) -> Path:
    path = tmp_path / "logbook.sqlite"
    shutil.copy(new_logbook, path)
    return path


@pytest.fixture
def settings(catalogue: Path, media: Path, logbook: Path) -> Settings:
    return Settings(catalogue=catalogue, media=media, logbook=logbook)


@pytest.fixture
def visit(settings: Settings) -> Iterator[Visitor]:
    with Visitor(settings) as visitor:
        yield visitor


@pytest.fixture
def visit_with(settings: Settings) -> Callable[..., Visitor]:
    """Make a visitor of an app with defects such as "errors" or "errors=0.2", to be entered by the test."""

    def make(*defects: str, release: Release = Release.V1_0) -> Visitor:
        strengths = dict(defect_of(defect) for defect in defects)
        return Visitor(replace(settings, release=release, defects=strengths))

    return make
