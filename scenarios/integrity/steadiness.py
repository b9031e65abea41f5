"""Was the steady window steady?  Pure.

A clear trend of the mean response time or of the throughput says that the load was still settling, or
that the subject changes under it; the readings are then averages over what never was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.kernel.model import Caveat
from lab.stats.trend import Trend, trend
from scenarios.window import Window

# A change over the window by less of its level moves its mean by less than a tenth.
_NOTICED = 0.2


def caveats(window: Window) -> Iterator[Caveat]:
    """Yield a caveat for each figure with a clear trend; none for a window too short to tell."""
    if not window.length:
        yield Caveat(
            code="no-steady-window",
            advice="the profile has no whole second in which the load is steady; give it a longer hold.",
        )
    means = [second.mean for second in window.seconds if second.mean is not None]
    answers = [float(second.answers) for second in window.seconds]
    for name, found in (("response time", _noticed(means)), ("throughput", _noticed(answers))):
        if found is not None:
            changed = f"{'rose' if found.change > 0 else 'fell'} by {abs(found.change) / found.level:.0%}"
            yield Caveat(
                code="not-steady",
                advice=f"{name} {changed} within the steady window: warm up longer, or hold longer to see "
                "where it ends.",
            )


def _noticed(values: Sequence[float]) -> Trend | None:
    """Return the trend of *values* if it is clear and large enough to matter."""
    found = trend(values)
    noticed = found is not None and found.clear and abs(found.change) > _NOTICED * found.level
    return found if noticed else None
