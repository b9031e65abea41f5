"""How the truth server answers what is asked of it, as the query of a request says.  Pure.

``/tours?delay=20ms&slow=2%25&slow_delay=1s`` answers after 20 ms, and 2 % of the requests 1 s after that.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from lab.kernel.errors import UsageError
from lab.kernel.units import Unit, parse

# Shares are kept exactly over a deck of requests; a share finer than this is rounded.
_FINEST = 1_000
# A deck of this many at least: with fewer, chance would place the slow ones at almost regular distances.
_SMALLEST_DECK = 100
# What a query may say, and in which unit.
_UNITS: Mapping[str, Unit] = {
    "delay": Unit.SECOND,
    "slow": Unit.RATIO,
    "slow_delay": Unit.SECOND,
    "errors": Unit.RATIO,
    "size": Unit.BYTE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What becomes of a request: *delay* seconds after its bytes arrived it is answered with *size* bytes.

    A share *slow* of the requests waits *slow_delay* seconds longer, and a share *errors* is answered 500.
    """

    delay: float = 0.0
    slow: float = 0.0
    slow_delay: float = 1.0
    errors: float = 0.0
    size: float = 64.0

    @classmethod
    def asked_by(cls, target: str) -> Self:
        """Read the query of a request's *target*; what it leaves out is usual.

        Raises UsageError, naming the word or the quantity that is not understood.
        """
        said: dict[str, float] = {}
        for name, text in parse_qsl(urlsplit(target).query, keep_blank_values=True):
            if name not in _UNITS:
                raise UsageError.unknown("behaviour", name, _UNITS)
            try:
                said[name] = parse(text, _UNITS[name])
            except ValueError as error:
                raise UsageError(f"{name}={text}: {error}") from None
        for share in ("slow", "errors"):
            if said.get(share, 0.0) > 1:
                raise UsageError(f"{share}={said[share]:g} is more than all requests.  Say 2 % or 0.02.")
        return cls(**said)


def drawn(share: float, seed: str) -> Iterator[bool]:
    """Yield without end whether the next request is one of the *share*.

    Exact over each deck, whose size is the smallest multiple of the share's denominator from a hundred on;
    the places within a deck are drawn by *seed*, for each deck anew.
    """
    exact = Fraction(share).limit_denominator(_FINEST)
    size = exact.denominator * -(-_SMALLEST_DECK // exact.denominator)
    deck = [place < exact * size for place in range(size)]
    # Reproducible, not secret.
    chance = random.Random(seed)  # noqa: S311
    while True:
        chance.shuffle(deck)
        yield from deck
