"""Does the generator add to what it measures?  A probe that does nothing else knows.  Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import bdtr

from lab.kernel.model import Caveat
from scenarios.engine.frames import Kind
from scenarios.integrity.probed import Probed
from scenarios.window import Window

# By how much the generator may be slower: a millisecond, which two processes differ by whenever a processor
# is not free at once, or a fifth, the least that a reader would call another figure.
_ALLOWED = 0.001
_SHARE_ALLOWED = 0.2
# One probe in a hundred that has no reason to may accuse.
_CONFIDENCE = 0.99
# Answers as large as the load's, within a fifth, or the probe asked for something else.
_SAME_SIZE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Bias:
    """The median service time of *endpoint* by the load and by the probe, in seconds.

    The true median of the probe is below *probe_upper* with 99 % confidence.
    """

    endpoint: str
    load: float
    probe: float
    probe_upper: float
    requests: int

    @property
    def added(self) -> float:
        """How many seconds the generator adds for certain."""
        return self.load - self.probe_upper

    def caveats(self) -> tuple[Caveat, ...]:
        """Return the caveat of a generator that adds too much."""
        if self.added <= max(_ALLOWED, _SHARE_ALLOWED * self.load):
            return ()
        advice = (
            f"the generator adds {(self.load - self.probe) * 1000:.1f} ms: {self.endpoint} took "
            f"{self.load * 1000:.1f} ms by its median, and a probe beside it {self.probe * 1000:.1f} ms; "
            "put on less load, or add a worker."
        )
        return (Caveat(code="generator-adds", advice=advice),)


def bias_of(window: Window, endpoint: str, probed: Sequence[Probed]) -> Bias | None:
    """Compare the load with what was *probed* meanwhile; None where it cannot be told.

    Only correct answers of about the load's size count: a name is not always the path, and another page
    takes other times.
    """
    load, tally = window.over(Kind.SERVICE, endpoint), window.tallies.get(endpoint)
    median = load.quantile(0.5)
    alike = [each.seconds for each in probed if _correct(each)]
    upper = upper_of_median(alike)
    if median is None or upper is None or tally is None:
        return None
    usual = tally.received / max(load.size + window.over(Kind.FAILED, endpoint).size, 1)
    size = sum(each.size for each in probed if _correct(each)) / len(alike)
    if abs(size - usual) > _SAME_SIZE * usual:
        return None
    return Bias(
        endpoint=endpoint,
        load=median,
        probe=sorted(alike)[(len(alike) - 1) // 2],
        probe_upper=upper,
        requests=len(alike),
    )


def upper_of_median(values: Sequence[float]) -> float | None:
    """Return the upper 99 % bound of the median behind *values*; None where they are too few to have one.

    Distribution-free: so many of them lie below the median as heads in as many tosses (David and Nagaraja,
    Order Statistics, section 7.1).
    """
    ordered, number = sorted(values), len(values)
    for rank in range(math.ceil(number / 2), number):
        # The chance that more than `rank` of them lie below the median.
        if 1 - bdtr(rank, number, 0.5) <= 1 - _CONFIDENCE:
            return ordered[rank]
    return None


def _correct(each: Probed) -> bool:
    return 200 <= each.status < 300  # noqa: PLR2004  (RFC 9110, section 15.3)
