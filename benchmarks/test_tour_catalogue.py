"""The tour app's questions to its catalogue, without the network.

The bench lane passes the release under test in LAUNCHLAB_RELEASE; this suite times the code that
all releases share, so it shows what does *not* change between them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tourapp.store.catalogue import Catalogue
from tourapp.store.database import ensure_catalogue, open_catalogue

SEED = 1


@pytest.fixture(scope="module")
def catalogue() -> Iterator[Catalogue]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalogue.sqlite"
        ensure_catalogue(path, SEED)
        connection = open_catalogue(path)
        yield Catalogue(connection)
        connection.close()


def test_first_page_of_a_city(benchmark: BenchmarkFixture, catalogue: Catalogue) -> None:
    page = benchmark(catalogue.page, city="Lisbon", language=None, after=0, limit=20)
    assert page.cards


def test_search_of_a_word(benchmark: BenchmarkFixture, catalogue: Catalogue) -> None:
    assert benchmark(catalogue.search, "harbour", 20)
