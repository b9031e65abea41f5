"""The page and the pictures are of what is counted now."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from calibration import page
from calibration.claims import claims
from calibration.curves import NOISES, Point
from calibration.picture import Theme, svg
from calibration.rates import Rate
from calibration.rivals import RULES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "calibration.md").read_text(encoding="utf-8")


def test_the_page_has_a_row_for_every_claim_with_its_goal_and_as_many_gates() -> None:
    rows = {tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in PAGE.splitlines()}
    told = {(row[0], row[1], row[3]) for row in rows if len(row) > 4}
    claimed = {(claim.name, page.goal_of(claim.goal), f"{claim.gates:,}") for claim in claims()}
    assert claimed - told == set(), "run nox -s calibrate"


def test_the_page_has_a_row_for_the_rule_of_every_tool() -> None:
    assert [rule for rule in RULES if f"| {rule} |" not in PAGE] == []


def test_the_page_begins_with_what_is_simulated() -> None:
    assert PAGE.startswith(page.opening())


@pytest.mark.parametrize("theme", Theme)
def test_a_picture_has_a_curve_for_every_noise_and_fetches_nothing(theme: Theme) -> None:
    half = Rate(hits=1, count=2)
    seen = [Point(cv=cv, change=change, blocked=half, passed=half) for cv in NOISES for change in (0.0, 0.1)]
    drawn = svg(seen, (0.02, 0.05), theme)
    ET.fromstring(drawn)  # noqa: S314  (our own converter wrote it)
    assert all(f"{cv:.1%}" in drawn for cv in NOISES)
    assert "href" not in drawn


def test_missed_goals_stand_out() -> None:
    claim = next(claim for claim in claims() if claim.goal)
    (section,) = page.groups([page.Row(claim=claim, seen=Rate(hits=500, count=1000))])
    assert "**missed**" in section
    assert io.StringIO(section).readline() == f"## {claim.group}\n"
