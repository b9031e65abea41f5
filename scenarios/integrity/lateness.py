"""When was the generator itself late, and does that change what the load reports?  Pure.

Judged spell by spell where there are enough of them, over the whole window otherwise.  A spell is late when
its lag, at the highest percentile with evidence, is above what is allowed.  Three late spells of a worker in
a row are a *streak*: it had fallen behind, and everything in it may be its doing, also what was in time.

* INVALID: more than 1 % of the requests were late, or made in streaks.  More than the requests above the 99th
  percentile, so that this may be the generator's.
* SUSPECT: any streak; and late spells with more than 0.1 % of all requests late, which is what an open load
  may have anyhow.  The 99th percentile is the subject's, a higher one need not be.
* VALID: what is left, such as a pause or two that touch less than one request in a thousand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from lab.kernel.model import Caveat
from scenarios.engine.frames import Kind
from scenarios.integrity.causes import Cause, reason_for
from scenarios.integrity.spells import PERCENTILE, PERCENTILE_OPEN, Spell
from scenarios.window import Window

# A generator this late, or late by this share of what it measures, colours the numbers it reports.
_ALLOWED = 0.005
_SHARE_ALLOWED = 0.05
# With fewer spells a worker, one is too much of the whole to be an exception.
_LEAST_SPELLS = 10
# Two late spells side by side may be one pause; in three of them a worker was behind for longer than one.
_STREAK = 3
# Stretches of seconds that a sentence names.
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """What spells say of a generator that may be *allowed* seconds late; *share* of its requests were later.

    *streaks* are the late spells that lie in one, and *in_streaks* the share of all requests that they hold.
    """

    allowed: float
    share: float
    late: tuple[Spell, ...]
    others: tuple[Spell, ...]
    streaks: tuple[Spell, ...]
    in_streaks: float

    @property
    def invalid(self) -> bool:
        """Whether the reported 99th percentile may be the generator's."""
        return max(self.share, self.in_streaks) > 1 - PERCENTILE

    def suspect(self, *, open_load: bool) -> bool:
        """Whether a higher one may be."""
        noticed = self.share > 1 - PERCENTILE_OPEN and (bool(self.late) or open_load)
        return noticed or bool(self.streaks)


def caveats(window: Window) -> Iterator[Caveat]:
    """Yield the caveat of a generator that was late."""
    open_load = window.profile.rate is not None
    workers = {spell.worker for spell in window.spells}
    if not workers or len(window.spells) < _LEAST_SPELLS * len(workers):
        yield from _over_all(window, open_load=open_load)
        return
    found = lateness_of(window)
    if found.invalid or found.suspect(open_load=open_load):
        # Whoever is not convicted is told what remains true.
        rest = "" if found.invalid else "  Percentiles up to the 99th are the subject's."
        yield Caveat(code="generator-late", advice=f"{_told(window, found)}{rest}", fatal=found.invalid)


def lateness_of(window: Window) -> Lateness:
    """Judge the spells of *window*."""
    allowed = allowed_in(window)
    late = tuple(spell for spell in window.spells if spell.lag > allowed)
    streaks = tuple(_in_streaks(window.spells, allowed))
    requests = sum(spell.requests for spell in window.spells)
    lags = window.over(Kind.LAG)
    return Lateness(
        allowed=allowed,
        share=1 - lags.share_below(allowed),
        late=late,
        others=tuple(spell for spell in window.spells if spell.lag <= allowed),
        streaks=streaks,
        in_streaks=sum(spell.requests for spell in streaks) / max(requests, 1),
    )


def allowed_in(window: Window) -> float:
    """Return how many seconds the generator may be late.

    What it may add is a share of what the *quickest* endpoint takes to serve, so that neither a slow one
    nor a queue excuses it.
    """
    served = [window.over(Kind.SERVICE, endpoint) for endpoint in window.endpoints]
    usual = [each.quantile(each.evident(PERCENTILE)) or 0.0 for each in served if each.size]
    return max(_ALLOWED, _SHARE_ALLOWED * min(usual, default=0.0))


def _in_streaks(spells: Sequence[Spell], allowed: float) -> Iterator[Spell]:
    for worker in sorted({spell.worker for spell in spells}):
        of_worker = (spell for spell in spells if spell.worker == worker)
        for late, group in groupby(of_worker, lambda spell: spell.lag > allowed):
            streak = list(group)
            if late and len(streak) >= _STREAK:
                yield from streak


def _over_all(window: Window, *, open_load: bool) -> Iterator[Caveat]:
    """Convict a generator by the highest percentile that the window as a whole has evidence for."""
    lag = window.over(Kind.LAG)
    share = lag.evident(PERCENTILE_OPEN if open_load else PERCENTILE)
    late, allowed = lag.quantile(share) or 0.0, allowed_in(window)
    if late > allowed:
        yield Caveat(
            code="generator-late",
            advice=(
                f"the generator itself was {late * 1000:.1f} ms late at its {share:.1%} point, and "
                f"{allowed * 1000:.1f} ms is allowed; put on less load, or use a machine with less to do.  "
                "Where a task works before its first request, do that after it, and pause with self.wait()."
            ),
            fatal=True,
        )


def _told(window: Window, found: Lateness) -> str:
    """Return who was late when, why if that is known, and what to do."""
    share = f"{found.share:.2%} of the requests were more than {found.allowed * 1000:.1f} ms late"
    if not found.late:
        return f"{share} through the generator itself, a few in every second: put on less load."
    several = len({spell.worker for spell in window.spells}) > 1
    reason = reason_for([spell.signs for spell in found.late], [spell.signs for spell in found.others])
    saturated = reason is not None and reason.cause is Cause.SATURATED
    why = f" ({reason.seen})" if reason else ""
    advice = reason.advice if reason else "put on less load, or use a machine with less to do"
    who, what = _who(found.late, several=several), "saturated" if saturated else "late"
    return f"{who} {what} {_when(found.late)}{why}, and {share}: {advice}."


def _who(late: Sequence[Spell], *, several: bool) -> str:
    if not several:
        return "the generator was"
    names = [str(worker + 1) for worker in sorted({spell.worker for spell in late})]
    if len(names) == 1:
        return f"worker {names[0]} was"
    return f"workers {', '.join(names[:-1])} and {names[-1]} were"


def _when(late: Sequence[Spell]) -> str:
    """Return the seconds from the start in which spells were late: ``from 31 s to 44 s and at 50 s``."""
    seconds = sorted({second for spell in late for second in range(spell.begins, spell.ends)})
    stretches: list[tuple[int, int]] = []
    for second in seconds:
        begins = stretches.pop()[0] if stretches and stretches[-1][1] == second else second
        stretches.append((begins, second + 1))
    told = [f"from {begins} s to {ends} s" for begins, ends in stretches[:_NAMED]]
    more = len(stretches) - _NAMED
    return ", ".join(told) + (f" and at {more} more times" if more > 0 else "")
