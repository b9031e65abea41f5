"""Findings in words: the sentences that the command line and the reports share."""

from __future__ import annotations

from lab.kernel.metrics import Better, Metric
from lab.kernel.units import Unit, number, show, show_range
from lab.kernel.verdict import Change, Interval

_MORE_AND_LESS = {
    Unit.SECOND: ("slower", "faster"),
    Unit.BYTE: ("larger", "smaller"),
    Unit.RATIO: ("higher", "lower"),
    Unit.PER_SECOND: ("higher", "lower"),
    Unit.BYTE_PER_SECOND: ("higher", "lower"),
    Unit.RATIO_PER_SECOND: ("higher", "lower"),
    Unit.COUNT: ("more", "fewer"),
    Unit.SCORE: ("higher", "lower"),
}


def more_and_less(unit: Unit) -> tuple[str, str]:
    """Return the words for more and for less of *unit*: ``slower`` and ``faster``."""
    return _MORE_AND_LESS[unit]


def counted(count: int, noun: str) -> str:
    """Write a count of something: ``1 user``, ``20 users``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def percent(ratio: float) -> str:
    """Write a ratio as a percentage: 0.041 is ``4.1 %``."""
    return f"{number(100 * ratio)} %"


def measured(metric: Metric, value: Interval) -> str:
    """Write a measurement: ``407 ms (95 %: 398 to 415 ms)``."""
    centre = show(value.center, metric.unit)
    if value.low == value.high:
        return centre
    return f"{centre} ({percent(value.confidence)}: {show_range(max(value.low, 0), value.high, metric.unit)})"


def promise(metric: Metric, limit: float) -> str:
    """Write a limit: ``at most 200 ms``, or ``at least`` where more is better."""
    word = "at most" if metric.better is Better.LOWER else "at least"
    return f"{word} {show(limit, metric.unit)}"


def drift(metric: Metric, change: Change) -> str:
    """Write a change with how sure it is: ``slower by 8 to 14 ms (95 %)``."""
    if change.absolute.low == change.absolute.high == 0:
        return moved(metric, change)
    sure = "exactly" if change.exact else percent(change.absolute.confidence)
    return f"{moved(metric, change)} ({sure})"


def moved(metric: Metric, change: Change) -> str:
    """Write a change: ``slower by 8 to 14 ms``, or from what to what where it may be neither."""
    more, less = _MORE_AND_LESS[metric.unit]
    low, high = change.absolute.low, change.absolute.high
    if low == high == 0:
        return "unchanged"
    if low > 0:
        return f"{more} by {_span(low, high, metric)}"
    if high < 0:
        return f"{less} by {_span(-high, -low, metric)}"
    return f"between {show(-low, metric.unit)} {less} and {show(high, metric.unit)} {more}"


def _span(low: float, high: float, metric: Metric) -> str:
    if metric.unit is Unit.RATIO:
        # "higher by 0.2 %" would read as a proportion of what it was.
        return f"{number(100 * low)} to {number(100 * high)} percentage points"
    return show(low, metric.unit) if low == high else show_range(low, high, metric.unit)
