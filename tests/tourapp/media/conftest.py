"""A library that is made in a moment: a second of each story, and one photograph."""

from pathlib import Path

import pytest

from tourapp.content.seed import STORIES
from tourapp.media.library import Library, Stock, ensure_library, open_library

SAMPLES = Stock(seconds=(1,) * len(STORIES), photographs=1)


@pytest.fixture
def samples() -> Stock:
    return SAMPLES


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the samples, for tests that only read them."""
    folder = tmp_path_factory.mktemp("media") / "library"
    ensure_library(folder, SAMPLES)
    return folder


@pytest.fixture(scope="session")
def library(made: Path) -> Library:
    return open_library(made, SAMPLES)
