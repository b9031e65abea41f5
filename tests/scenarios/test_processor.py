"""What a generator needs of a processor is measured, and idling is not."""

from __future__ import annotations

import threading
import time

import pytest

from scenarios.engine.processor import needed


def test_computing_counts_and_idling_does_not() -> None:
    # The figures are those of the main thread, in which tests run.
    before, computed = needed(), time.process_time()
    while time.process_time() < computed + 0.2:
        pass
    after = needed()
    assert after - before >= 0.15
    threading.Event().wait(0.2)
    assert needed() - after == pytest.approx(0, abs=0.1)
