"""Numbers in words that only a page needs; the shared sentences are in ``lab.kernel.words``."""

from __future__ import annotations

import enum

from lab.kernel.metrics import METRICS, Better, Metric, Origin, Scale, split, title_of
from lab.kernel.model import Lane
from lab.kernel.units import Unit, number, show, show_range
from lab.kernel.verdict import Change, Finding, Interval
from reports.text import plain, sentence

# From twice the limit on, or from three times the baseline, a factor reads better than a percentage.
_LIMIT_AS_FACTOR = 2
_CHANGE_AS_FACTOR = 3
# Where the words for the headroom change: a fifth is a comfortable reserve, a twentieth is none.
_COMFORTABLE = 0.2
_NARROW = 0.05


class Direction(enum.Enum):
    """Where a reading went, whatever its better direction is."""

    WORSE = "worse"
    BETTER = "better"
    UNCLEAR = "no clear change"
    SAME = "unchanged"


def metric_for(key: str) -> Metric:
    """Return the metric of *key*; a reading that this launchlab does not know is a bare number."""
    name, _ = split(key)
    return METRICS.get(name) or Metric(name=name, title=plain(name), lane=Lane.LOAD, unit=Unit.COUNT)


def title(key: str) -> str:
    """Return the title of a reading, first letter a capital."""
    name, _ = split(key)
    return sentence(plain(title_of(key) if name in METRICS else key))


def origin(key: str) -> str:
    """Say so where a value is modelled: it was computed, and no instrument saw it."""
    return "estimated (model, not measured)" if metric_for(key).origin is Origin.MODELLED else ""


def certainty(interval: Interval, unit: Unit) -> str:
    """Write an interval and what stands behind it: ``95 %: 398 to 415 ms, 9 trials``."""
    if interval.size <= 1:
        return "one trial: no interval"
    if interval.low == interval.high:
        return f"the same in all {interval.size} trials"
    span = show_range(max(interval.low, 0.0), interval.high, unit)
    return f"{interval.confidence:.0%}: {span}, {interval.size} trials".replace("%:", " %:")


def headroom(measured: Interval, limit: float, better: Better) -> str:
    """Write how far a measurement is from its limit: ``54 % left, comfortable``."""
    worst = measured.high if better is Better.LOWER else measured.low
    if limit <= 0:
        return "none: the limit is zero"
    share = 1 - measured.center / limit if better is Better.LOWER else measured.center / limit - 1
    if share < 0:
        return _excess(measured.center, limit, better)
    if (worst > limit) if better is Better.LOWER else (worst < limit):
        return f"{_rounded(share)} left, uncertain: the interval crosses the limit"
    word = "comfortable" if share >= _COMFORTABLE else "narrow" if share >= _NARROW else "hardly any"
    return f"{_rounded(share)} left, {word}"


def direction(change: Change, better: Better) -> Direction:
    """Say whether a change helps or hurts, as far as its interval knows."""
    low, high = change.absolute.low, change.absolute.high
    if low == high == 0:
        return Direction.SAME
    if low <= 0 <= high:
        return Direction.UNCLEAR
    return Direction.WORSE if (low > 0) is (better is Better.LOWER) else Direction.BETTER


def proportion(change: Change) -> str:
    """Write a change as a share of the baseline: ``4 to 7 %``, or ``66 to 68 times the baseline``."""
    if change.ratio is None or change.ratio.low == change.ratio.high == 1:
        return ""
    low, high = change.ratio.low, change.ratio.high
    if low <= 1 <= high:
        return f"from {_rounded(1 - low)} less to {_rounded(high - 1)} more"
    if high >= _CHANGE_AS_FACTOR:
        return f"{_span(low, high)} times the baseline"
    near, far = sorted((abs(low - 1), abs(high - 1)))
    return f"{_span(100 * near, 100 * far)} %"


def smallest(finding: Finding) -> str:
    """Write the smallest change that the run would have found: ``4.1 %``, or in the metric's unit."""
    if finding.smallest_change is None:
        return "unknown"
    metric = metric_for(finding.reading)
    relative = finding.change.ratio is not None if finding.change else metric.scale is Scale.RATIO
    return _rounded(finding.smallest_change) if relative else show(finding.smallest_change, metric.unit)


def chance(p_value: float) -> str:
    """Write a p-value no finer than it is worth."""
    least = 0.001
    return f"p < {least}" if p_value < least else f"p = {number(float(f'{p_value:.2g}'))}"


def _excess(value: float, limit: float, better: Better) -> str:
    if better is Better.HIGHER:
        return f"none: short by {_rounded(1 - value / limit)}"
    if value >= _LIMIT_AS_FACTOR * limit:
        return f"none: {_brief(value / limit)} times the limit"
    return f"none: over by {_rounded(value / limit - 1)}"


def _span(low: float, high: float) -> str:
    first, second = _brief(low), _brief(high)
    return first if first == second else f"{first} to {second}"


def _rounded(share: float) -> str:
    return f"{_brief(100 * share)} %"


def _brief(value: float) -> str:
    """Write two digits: shares of noisy values carry no more."""
    return number(value if abs(value) > 99 else float(f"{value:.2g}"))  # noqa: PLR2004 (1,234 stays whole)
