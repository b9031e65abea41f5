"""How often somebody may ask: one token bucket for each key.

A throttle belongs to one process: with several, each keeps its own buckets, and a client whose connections
are spread over all of them may ask so many times more often.
"""

from tourapp.clock import Clock


class TooSoonError(Exception):
    """Somebody asked more often than they may; `wait` is how many seconds it takes until they may again."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait


class Throttle:
    """Grants each key `burst` turns at once and `rate` more each second; `clock` gives seconds.

    A bucket that has filled up again is like one that was never used, and is forgotten: what is remembered
    are the keys of the last `burst / rate` seconds.
    """

    def __init__(self, *, rate: float, burst: int, clock: Clock) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._clock = clock
        # The turns left of a key at the moment it was last used; the key used last stands last.
        self._buckets: dict[str, tuple[float, float]] = {}

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._buckets)

    def take(self, key: str) -> None:
        """Take one turn; raises TooSoonError when there is none left."""
        now = self._clock()
        self._forget_full(now)
        turns = self._turns(key, now)
        granted = turns >= 1
        self._remember(key, turns - 1 if granted else turns, now)
        if not granted:
            raise TooSoonError((1 - turns) / self._rate)

    def give_back(self, key: str) -> None:
        """Return a turn that turned out to be free."""
        now = self._clock()
        self._remember(key, self._turns(key, now) + 1, now)

    def _turns(self, key: str, now: float) -> float:
        turns, at = self._buckets.get(key, (self._burst, now))
        # A clock that is set back must not take turns away.
        return min(self._burst, turns + max(0.0, now - at) * self._rate)

    def _remember(self, key: str, turns: float, now: float) -> None:
        self._buckets.pop(key, None)
        self._buckets[key] = (turns, now)

    def _forget_full(self, now: float) -> None:
        while self._buckets:
            oldest = next(iter(self._buckets))
            if self._turns(oldest, now) < self._burst:
                return
            del self._buckets[oldest]
