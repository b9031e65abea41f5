"""Thousands of made-up calls, judged by the API's own document."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tourapp.inquiry import findings

pytestmark = [pytest.mark.proof, pytest.mark.end_to_end, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_api_keeps_what_its_document_promises(tmp_path: Path, seed: int) -> None:
    found = findings(tmp_path, seed=seed, examples=300)
    assert not found, found
