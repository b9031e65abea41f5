"""Was the steady window steady?  Pure.

A clear trend of the mean response time or of the throughput says that the load was still settling, or
that the subject changes under it; the readings are then averages over what never was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab.kernel.model import Caveat
from lab.stats.trend import LEAST, Trend, trend
from scenarios.window import Window

# A change over the window by less of its level moves its mean by less than a tenth.
_NOTICED = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a figure went, of so many *seconds* that have it; without a *trend* they were too few."""

    seconds: int
    trend: Trend | None

    @property
    def note(self) -> str | None:
        """Why it was not tested, if it was not."""
        if self.trend is not None:
            return None
        return f"too short to test for a trend: {self.seconds} s, {LEAST} s needed"

    @property
    def noticed(self) -> bool:
        """Whether its trend is clear, and large enough to matter."""
        found = self.trend
        return found is not None and found.clear and abs(found.change) > _NOTICED * found.level


def courses_of(window: Window) -> dict[str, Course]:
    """Return the course of each figure that ought to be steady, by name."""
    return {
        "response_time": _course([second.mean for second in window.seconds if second.mean is not None]),
        "throughput": _course([float(second.answers) for second in window.seconds]),
    }


def caveats(window: Window) -> Iterator[Caveat]:
    """Yield a caveat where there is no steady second, and one for each figure with a clear trend."""
    if not window.seconds:
        yield Caveat(code="no-steady-window", advice=_why_none(window))
    for name, course in courses_of(window).items():
        found = course.trend
        if found is not None and course.noticed:
            changed = f"{'rose' if found.change > 0 else 'fell'} by {abs(found.change) / found.level:.0%}"
            yield Caveat(
                code="not-steady",
                advice=f"{name.replace('_', ' ')} {changed} within the steady window: warm up longer, or "
                "hold longer to see where it ends.",
            )


def _why_none(window: Window) -> str:
    if not window.length:
        return "the profile has no whole second in which the load is steady; give it a longer hold."
    return (
        f"the load ended before its steady window, which begins {window.profile.seconds.start} s after its "
        "start; let it run on."
    )


def _course(values: Sequence[float]) -> Course:
    return Course(seconds=len(values), trend=trend(values))
