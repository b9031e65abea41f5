"""The stand-in app without a network: real pages, real files, an API that only remembers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from tests.tourapp.web.standin import create_standin
from tourapp.web.flaws import USUAL_STRENGTHS


class Reader:
    """Asks one app for pages and files."""

    def __init__(self, app: Starlette, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tours.test")

    def get(self, path: str, **parameters: str) -> httpx.Response:
        """Send a GET with these query parameters, if there are any."""
        return self._runner.run(self._client.get(path, params=parameters or None))


@pytest.fixture(scope="session")
def open_standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Reader]]:
    """Open the app with these defects, each as strong as usual; its catalogue is made once."""
    folder: Path = tmp_path_factory.mktemp("standin")
    with asyncio.Runner() as runner:
        yield lambda *flaws: Reader(
            create_standin(folder, {name: USUAL_STRENGTHS[name] for name in flaws}), runner
        )


@pytest.fixture(scope="session")
def app(open_standin: Callable[..., Reader]) -> Reader:
    return open_standin()
