"""The rates that a history promises, on as many series as a test has time for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scipy.special import bdtr, bdtrc

from calibration.history import Claim, claims, curve

# A test may fail where all is well once in so many seeds.
DOUBT = 1e-4


@pytest.fixture(scope="module")
def seen() -> list[Claim]:
    return claims(scale=0.05)


def asked(rows: list[Claim]) -> Iterator[tuple[Claim, str, float]]:
    for row in rows:
        if row.asked:
            sign, share = row.asked.split()
            yield row, sign, float(share)


def test_every_rate_that_is_asked_for_is_kept_as_far_as_chance_tells(seen: list[Claim]) -> None:
    rows = list(asked(seen))
    assert len(rows) == 6
    for row, sign, share in rows:
        hits = round(row.seen * row.n)
        chance = bdtrc(hits - 1, row.n, share) if sign == "<=" else bdtr(hits, row.n, share)
        assert chance >= DOUBT or (sign == "<=" and hits == 0), row


def test_the_same_seed_gives_the_same_table() -> None:
    assert curve(scale=0.02, levels=[0.05]) == curve(scale=0.02, levels=[0.05])


def test_a_stricter_threshold_trades_steps_for_false_changes() -> None:
    loose, strict = (curve(scale=0.03, levels=[level])[0] for level in (0.2, 0.01))
    assert loose.false >= strict.false
    assert loose.found >= strict.found


def test_a_plain_t_window_is_wrong_far_more_often(seen: list[Claim]) -> None:
    by_name = {row.name: row.seen for row in seen}
    ours = "a false change in 100 runs, AR(1) 0.5"
    assert by_name[f"a plain t-window: {ours}"] > 5 * max(by_name[ours], 0.05)
