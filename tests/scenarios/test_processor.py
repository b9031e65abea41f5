"""What a generator needs of a processor: computing, and waiting for one to compute."""

from __future__ import annotations

import time

import pytest

from scenarios.engine.processor import needed, told_in


def test_computing_and_waiting_for_a_processor_both_count() -> None:
    assert told_in("1500000000 500000000 42\n") == 2.0


def test_a_kernel_that_keeps_no_statistics_tells_nothing() -> None:
    assert told_in("0 0 0\n") is None


@pytest.mark.parametrize("text", ["", "1 2", "1 2 3 4", "one two three"])
def test_another_text_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        told_in(text)


def test_a_process_that_computes_needs_a_processor() -> None:
    # The figures are those of the main thread, in which tests run.
    before, computed = needed(), time.process_time()
    while time.process_time() < computed + 0.2:
        pass
    assert needed() - before >= 0.15
