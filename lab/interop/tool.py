"""Which tools' files can be read.  Pure, and quick to import: the command line asks for it."""

from __future__ import annotations

import enum


class Tool(enum.StrEnum):
    """A tool whose JSON can be read."""

    PYPERF = "pyperf"
    PYTEST_BENCHMARK = "pytest-benchmark"
    K6 = "k6"
    LIGHTHOUSE = "lighthouse"
    LOCUST = "locust"
