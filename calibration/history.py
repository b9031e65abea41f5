"""How often a history shows a change that is none, and how soon it shows one that is: simulated, seeded.

Beside it a plain t-window, as dashboards use it.  ``python -m calibration.history [SCALE]`` prints the
tables.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from zlib import crc32

import numpy as np
from scipy.special import stdtr

from lab.stats.changes import LEVEL, steps
from lab.stats.splits import SHORTEST, Series, noise

# What is simulated: runs whose values scatter by 2 %.
_CV = 0.02
# A step of 5 %, and a spike of 20 %, in standard deviations of the logarithm.
_STEP, _SPIKE = np.log(1.05) / _CV, np.log(1.20) / _CV
# How many of a hundred runs are spikes, in the series that have any.
_SPIKES = 0.05
_BEFORE, _LENGTH = 60, 100
# Runs after a step within which it has to be found, and runs by which its place may be missed.
_SOON, _NEAR = 5, 5
_CORRELATIONS = (0.0, 0.3, 0.5)
# The plain rule: this many runs before and up to as many after, as in Perfherder; and a usual threshold.
_WINDOW, _ALPHA = 12, 0.001

Rule = Callable[[Series], Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One row: what should be so, in how large a share at most or at least, and what was seen.

    *asked* is a sign and a share, ``<= 0.05``; empty where the rate is only told.
    """

    name: str
    asked: str
    seen: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A kind of series: its noise's autocorrelation, its share of spikes, and a step before its last runs."""

    name: str
    correlation: float = 0.0
    spikes: float = 0.0
    length: int = _LENGTH
    after: int = 0
    back: int = 0

    def draw(self, count: int) -> Series:
        """Return *count* series, in standard deviations; the same at every call."""
        rng = np.random.default_rng([crc32(self.name.encode()), self.length, self.after])
        drawn = noise(rng, (count, self.length), self.correlation)
        drawn += _SPIKE * (rng.random(drawn.shape) < self.spikes)
        if self.after:
            drawn[:, self.length - self.after - self.back : self.length - self.back] += _STEP
        return drawn

    @property
    def place(self) -> int:
        """Where the step is."""
        return self.length - self.after - self.back


NOISES = tuple(World(name=f"AR(1) {rho}", correlation=rho) for rho in _CORRELATIONS)
SPIKED = World(name="5 % of runs are 20 % too slow", spikes=_SPIKES)
STEPPED = tuple(
    World(name=f"AR(1) {rho}", correlation=rho, length=_BEFORE + _SOON, after=_SOON) for rho in _CORRELATIONS
)
MENDED = World(name="ten slow runs, then mended", length=_LENGTH, after=10, back=40)


def found(series: Series, level: float = LEVEL) -> list[int]:
    """Return where our history puts changes."""
    return [step.place for step in steps(series.tolist(), level=level)]


def t_window(series: Series) -> list[int]:
    """Return where a plain t-test of neighbouring windows is below 0.001, pooled, of independent values."""
    places = range(_WINDOW, len(series) - SHORTEST + 1)
    return [at for at in places if _t_test(series[at - _WINDOW : at], series[at : at + _WINDOW]) <= _ALPHA]


def _t_test(old: Series, new: Series) -> float:
    freedom = len(old) + len(new) - 2
    pooled = (old.var() * len(old) + new.var() * len(new)) / freedom
    t = abs(new.mean() - old.mean()) / np.sqrt(pooled * (1 / len(old) + 1 / len(new)))
    return float(2 * stdtr(freedom, -t))


def false_rate(world: World, rule: Rule, count: int) -> float:
    """Return the share of series without a step in which *rule* finds one."""
    return float(np.mean([bool(rule(series)) for series in world.draw(count)]))


def found_rate(world: World, rule: Rule, count: int) -> float:
    """Return the share of series with a step in which *rule* finds it near its place."""
    hits = [any(abs(place - world.place) <= _NEAR for place in rule(series)) for series in world.draw(count)]
    return float(np.mean(hits))


def claims(scale: float = 1.0) -> list[Claim]:
    """Return the table; *scale* multiplies the 2,000 series of noise and 1,000 with a step."""
    noises, stepped = max(int(2000 * scale), 20), max(int(1000 * scale), 20)
    return [*_false(noises), *_found(stepped)]


def _false(count: int) -> Iterator[Claim]:
    for world in (*NOISES, SPIKED):
        for told, rule, asked in (("", found, "<= 0.05"), ("a plain t-window: ", t_window, "")):
            yield Claim(
                name=f"{told}a false change in 100 runs, {world.name}",
                asked=asked,
                seen=false_rate(world, rule, count),
                n=count,
            )


def _found(count: int) -> Iterator[Claim]:
    for world in STEPPED:
        for told, rule in (("", found), ("a plain t-window: ", t_window)):
            goal = ">= 0.9" if rule is found and world.correlation == 0 else ""
            yield Claim(
                name=f"{told}+5 % is found five runs after it, {world.name}, CV 2 %",
                asked=goal,
                seen=found_rate(world, rule, count),
                n=count,
            )
    yield Claim(
        name="+5 % for ten of 100 runs, mended since, is found",
        asked=">= 0.9",
        seen=found_rate(MENDED, found, count),
        n=count,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """What one threshold costs and brings: false series of 100 runs, and steps found after five runs."""

    level: float
    correlation: float
    false: float
    found: float


def curve(scale: float = 1.0, levels: Sequence[float] = (0.2, 0.1, 0.05, 0.02, 0.01)) -> list[Traded]:
    """Return what other thresholds would do, for each autocorrelation."""
    count = max(int(1000 * scale), 20)
    return [
        Traded(
            level=level,
            correlation=quiet.correlation,
            false=false_rate(quiet, partial(found, level=level), count),
            found=found_rate(stepped, partial(found, level=level), count),
        )
        for quiet, stepped in zip(NOISES, STEPPED, strict=True)
        for level in levels
    ]


def page(scale: float = 1.0) -> Iterator[str]:
    """Yield the two tables in Markdown, line by line."""
    yield from ("| | asked | seen | series |", "|---|---|---|---|")
    for claim in claims(scale):
        yield f"| {claim.name} | {claim.asked} | {claim.seen:.1%} | {claim.n} |"
    yield from ("", "| level | AR(1) | false series | steps found |", "|---|---|---|---|")
    for traded in curve(scale):
        yield f"| {traded.level} | {traded.correlation} | {traded.false:.1%} | {traded.found:.1%} |"


if __name__ == "__main__":
    for line in page(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
