"""The pages without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.tourapp.conftest import Visitor


class Reader:
    """Asks one app for pages and files."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor

    def get(self, path: str, **parameters: str) -> httpx.Response:
        """Send a GET with these query parameters, if there are any."""
        return self._visitor.get(path, params=parameters or None)


@pytest.fixture
def open_with(visit_with: Callable[..., Visitor]) -> Iterator[Callable[..., Reader]]:
    """Open the app with these defects, each as strong as usual."""
    with ExitStack() as opened:

        def make(*defects: str) -> Reader:
            return Reader(opened.enter_context(visit_with(*defects)))

        yield make


@pytest.fixture
def app(open_with: Callable[..., Reader]) -> Reader:
    return open_with()
