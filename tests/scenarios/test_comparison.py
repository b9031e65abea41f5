"""A generator held to the truth: which seconds count, and what is too far from them."""

from __future__ import annotations

import pytest

from lab.kernel.histogram import index_of
from lab.kernel.model import Caveat
from scenarios.truth.comparison import Comparison, Figures, Reported, compare, steady
from scenarios.truth.ledger import Second, Stamps, Truth

TRUE = Figures(p50=0.020, p95=0.021, p99=0.220, rate=1_500.0)


def an_account(*answers: int, took: float = 0.020, opened: int = 10) -> Truth:
    """Return one with so many *answers* in each second from 100 on."""
    index = index_of(int(took * 1e6))
    seconds = tuple(
        Second(second=100 + place, busy=0.1, opened=0, served={("/", 200): {index: count}} if count else {})
        for place, count in enumerate(answers)
    )
    return Truth(
        stamps=Stamps.KERNEL, opened=opened, asked=sum(answers), refused=0, stalls=(), seconds=seconds
    )


def a_comparison(figures: Figures = TRUE, *, connections: int = 10) -> Comparison:
    reported = Reported(name="ours", figures=figures)
    return Comparison(users=10, reported=reported, served=TRUE, connections=connections, busiest=0.1)


def test_the_steady_seconds_are_the_last_whole_ones_in_which_something_was_answered() -> None:
    window = steady(an_account(0, 5, 300, 301, 302, 40, 0, 0), 3)
    assert [second.answers for second in window.seconds] == [300, 301, 302]


def test_what_is_served_is_counted_over_the_steady_seconds_and_connections_over_all() -> None:
    reported = Reported(name="ours", figures=TRUE)
    comparison = compare(reported, an_account(5, 600, 600, 1, opened=12), users=10, seconds=2)
    assert comparison.served.rate == 600
    assert comparison.served.p99 == pytest.approx(0.020, rel=0.001)
    assert comparison.connections == 12
    assert not comparison.keeps_connections


@pytest.mark.parametrize(
    ("figures", "agrees"),
    [
        (TRUE, True),
        (Figures(p50=0.0249, p95=0.0259, p99=0.2309, rate=1_500.0), True),
        (Figures(p50=0.0251, p95=0.021, p99=0.220, rate=1_500.0), False),
        (Figures(p50=0.020, p95=0.021, p99=0.232, rate=1_500.0), False),
        (Figures(p50=0.020, p95=0.021, p99=0.208, rate=1_500.0), False),
        (Figures(p50=0.020, p95=0.021, p99=None, rate=1_500.0), False),
    ],
)
def test_a_percentile_may_be_off_by_5_ms_or_5_percent_and_has_to_be_there(
    figures: Figures, *, agrees: bool
) -> None:
    assert a_comparison(figures).agrees is agrees


def test_one_connection_a_user_is_kept_and_one_in_fifty_may_be_lost() -> None:
    assert a_comparison(connections=10).keeps_connections
    assert not a_comparison(connections=11).keeps_connections


def test_a_generator_with_a_fatal_doubt_does_not_believe_itself() -> None:
    late = Caveat(code="generator-late", advice="put on less", fatal=True)
    assert not Reported(name="ours", figures=TRUE, caveats=(late,)).sound
    assert Reported(name="ours", figures=TRUE).sound
