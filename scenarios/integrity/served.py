"""Does the subject count as many requests as were sent?  Pure; the counter itself is asked elsewhere.

A generator that loses or invents requests shows here (Locust 14,000 a second where 200,000 were sent: its
issue 2708), and so does whoever else asked meanwhile.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from lab.kernel.model import Caveat
from scenarios.engine.frames import Frame

# The tour app's count of answered requests, by route, which may have braces of its own.
_COUNTED = re.compile(r"^tourapp_request_seconds_count\{(.*)\} (\S+)$", re.MULTILINE)
# Asked by whoever watches the app: for this count, before a load begins, by a balancer at any time.
_WATCHING = frozenset({'route="/metrics"', 'route="/healthz"', 'route="/readyz"'})


class Served(Protocol):
    """A subject's own count of the requests that it was asked."""

    def count(self) -> int | None:
        """Return how many there were so far; None where the subject does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What went out: *answered* for certain, and *unsure* of which nobody knows whether they arrived."""

    answered: int
    unsure: int


class Sending:
    """Adds up what every second of a load sent, those of its ramp and its end too."""

    def __init__(self) -> None:
        self._answered = self._unsure = 0

    def add(self, frame: Frame) -> None:
        """Take a second: each redirect in it was an answer, each retry a request of unknown fate.

        So is each whose user was stopped meanwhile.
        """
        by_status = [status for each in frame.statuses.values() for status in each.items()]
        answered = sum(count for status, count in by_status if status)
        unanswered = sum(count for status, count in by_status if not status)
        tallies = frame.tallies.values()
        self._answered += answered + sum(tally.redirects for tally in tallies)
        self._unsure += unanswered + sum(tally.retries for tally in tallies) + frame.abandoned

    def sent(self, probed: int) -> Sent:
        """Return what was sent, *probed* answers to the probe included."""
        return Sent(answered=self._answered + probed, unsure=self._unsure)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tallied:
    """What was *sent*, and how many the subject counted meanwhile."""

    sent: Sent
    served: int

    @property
    def equal(self) -> bool:
        """Whether the subject counted each that was sent, and no other."""
        return self.sent.answered <= self.served <= self.sent.answered + self.sent.unsure

    def caveats(self) -> tuple[Caveat, ...]:
        """Return the caveat of counts that differ."""
        if self.equal:
            return ()
        most = self.sent.answered + self.sent.unsure
        sent = f"{self.sent.answered}" if not self.sent.unsure else f"{self.sent.answered} to {most}"
        advice = (
            f"the subject counted {self.served} requests, and {sent} were sent to it: somebody else asked it "
            "meanwhile, or its count or the generator's is wrong; measure it alone."
        )
        return (Caveat(code="counts-differ", advice=advice),)


def counted_in(exposition: str) -> int | None:
    """Return how many requests the tour app's /metrics counts, those left out that only watch the app.

    None for the text of something else.
    """
    found = _COUNTED.findall(exposition)
    counts = [float(value) for labels, value in found if _WATCHING.isdisjoint(labels.split(","))]
    return int(sum(counts)) if found else None
