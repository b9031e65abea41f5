"""Do two books of the same requests agree, by Little's law?  Pure.

The law (Little 1961, in the finite form of Little and Graves 2008): what is under way at a time, on average,
is what ends a second times how long each takes.  The users' book counts begins and ends, and the recorder's
what each request took; a recorder that loses requests, or takes their time wrongly, breaks the law.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lab.kernel.model import Caveat
from scenarios.engine.frames import Kind
from scenarios.window import Window

# By how much the books may differ: both count the same requests, so this is for what they cannot see alike.
_ALLOWED = 0.05
# What lies between the two stamps of a request in Python alone, in seconds; it counts where answers take less
# than a millisecond.
_BETWEEN_STAMPS = 20e-6
# Below this, an average is the fate of single requests: it takes some hundreds to make out five in a hundred.
_LEAST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Requests under way at a time by either book; *ended* and *recorded* are how many each saw end.

    *edge* is by how much they may differ rightly: what was under way as the window opened or closed is
    counted by one up to that moment, and by the other as a whole when it ends; and each request is stamped
    twice.
    """

    in_flight: float
    expected: float
    edge: float
    ended: int
    recorded: int

    @property
    def holds(self) -> bool:
        """Whether the law holds."""
        return abs(self.in_flight - self.expected) <= _ALLOWED * self.in_flight + self.edge


def balance_of(window: Window) -> Balance | None:
    """Return the balance of *window*; None where it cannot be told.

    Users of other clients have no book, so with some of them the recorder rightly has more.
    """
    service, failed = window.over(Kind.SERVICE), window.over(Kind.FAILED)
    recorded, ended = service.size + failed.size, window.signals.ended
    if ended < max(_LEAST, (1 - _ALLOWED) * recorded):
        return None
    spent = sum(each.mean() * each.size for each in (service, failed) if each.size)
    return Balance(
        in_flight=window.signals.in_flight / window.length,
        expected=spent / window.length,
        edge=(sum(window.waiting) + sum(window.waiting_before) + _BETWEEN_STAMPS * recorded) / window.length,
        ended=ended,
        recorded=recorded,
    )


def caveats(window: Window) -> Iterator[Caveat]:
    """Yield the caveat of books that disagree."""
    balance = balance_of(window)
    if balance is not None and not balance.holds:
        yield Caveat(
            code="unbalanced",
            advice=(
                f"{balance.in_flight:.2f} requests were under way at a time, and by those recorded it should "
                f"be {balance.expected:.2f} (Little's law): {balance.ended} requests ended and "
                f"{balance.recorded} were recorded.  Look whether the journey reports its own times, or "
                "requests that it did not make."
            ),
        )
