"""Numbers in the words of the page."""

from __future__ import annotations

import pytest

from lab.kernel.metrics import METRICS, Better
from lab.kernel.verdict import Change
from reports.wording import Direction, certainty, chance, direction, headroom, proportion, smallest, title
from tests.reports.builders import SEARCH, between, change, drift, finding, interval

SECOND = METRICS["response_mean"].unit


@pytest.mark.parametrize(
    ("measured", "limit", "better", "words"),
    [
        (0.1, 0.2, Better.LOWER, "50 % left, comfortable"),
        (0.18, 0.2, Better.LOWER, "10 % left, narrow"),
        (0.199, 0.2, Better.LOWER, "0.5 % left, uncertain: the interval crosses the limit"),
        (0.21, 0.2, Better.LOWER, "none: over by 5 %"),
        (0.6, 0.2, Better.LOWER, "none: 3 times the limit"),
        (750.0, 500.0, Better.HIGHER, "50 % left, comfortable"),
        (400.0, 500.0, Better.HIGHER, "none: short by 20 %"),
        (0.0, 0.0, Better.LOWER, "none: the limit is zero"),
    ],
)
def test_the_margin_says_how_much_is_left_and_how_that_feels(
    measured: float, limit: float, better: Better, words: str
) -> None:
    assert headroom(interval(measured), limit, better) == words


@pytest.mark.parametrize(
    ("moved", "better", "course"),
    [
        (change(0.008, 0.014), Better.LOWER, Direction.WORSE),
        (change(0.008, 0.014), Better.HIGHER, Direction.BETTER),
        (change(-0.014, -0.008), Better.LOWER, Direction.BETTER),
        (change(-0.001, 0.002), Better.LOWER, Direction.UNCLEAR),
        (change(0.0, 0.0, exact=True), Better.LOWER, Direction.SAME),
    ],
)
def test_a_change_helps_or_hurts_by_the_metrics_better_direction(
    moved: Change, better: Better, course: Direction
) -> None:
    assert direction(moved, better) is course


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        (change(0.008, 0.014), "4 to 7 %"),
        (change(-0.014, -0.008), "4 to 7 %"),
        (change(-0.002, 0.004), "from 1 % less to 2 % more"),
        (change(13.0, 13.4), "66 to 68 times the baseline"),
        (change(0.008, 0.014, old=None), ""),
        (change(0.0, 0.0), ""),
    ],
)
def test_a_change_is_put_in_proportion_to_its_baseline(moved: Change, words: str) -> None:
    assert proportion(moved) == words


def test_an_interval_says_what_stands_behind_it() -> None:
    assert certainty(between(0.398, 0.415), SECOND) == "95 %: 398 to 415 ms, 18 trials"
    assert certainty(interval(0.4, size=1), SECOND) == "one trial: no interval"
    assert certainty(interval(0.4, spread=0), SECOND) == "the same in all 9 trials"


def test_the_smallest_change_is_relative_only_where_a_ratio_means_something() -> None:
    assert smallest(finding(smallest_change=0.041)) == "4.1 %"
    assert smallest(finding(reading="error_ratio", smallest_change=0.0003)) == "0.03 %"
    assert smallest(drift(change=change(0.0, 0.1, old=None), smallest_change=0.012)) == "12 ms"
    assert smallest(finding(smallest_change=None)) == "unknown"


def test_a_p_value_is_no_finer_than_it_is_worth() -> None:
    assert (chance(0.0000012), chance(0.0123456)) == ("p < 0.001", "p = 0.012")


def test_a_reading_has_a_title_even_if_this_launchlab_does_not_know_it() -> None:
    assert title(SEARCH) == "Mean response time of GET /api/search"
    assert title("novelty{GET /}") == "Novelty{GET /}"
