"""The pages without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import httpx
import pytest

from tests.tourapp.conftest import Visitor
from tourapp.registry.defect import FAULTS, Defect
from tourapp.settings import Settings


class Reader:
    """Asks one app for pages and files."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor

    def get(self, path: str, **parameters: str) -> httpx.Response:
        """Send a GET with these query parameters, if there are any."""
        return self._visitor.get(path, params=parameters or None)


@pytest.fixture
def open_with(settings: Settings) -> Iterator[Callable[..., Reader]]:
    """Open the app with these defects, each as strong as usual."""
    with ExitStack() as opened:

        def make(*flaws: str) -> Reader:
            defects = {Defect(name): FAULTS[Defect(name)].strength for name in flaws}
            return Reader(opened.enter_context(Visitor(replace(settings, defects=defects))))

        yield make


@pytest.fixture
def app(open_with: Callable[..., Reader]) -> Reader:
    return open_with()
