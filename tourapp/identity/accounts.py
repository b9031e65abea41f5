"""Who may log in, and the cost of finding out.

The accounts are a published demonstration: `walker-0001@example.org` has the password `tour-0001`, and so on
to `walker-100000@example.org`.  The work is that of a real login: one Argon2 hash each, in a bounded pool.
"""

import hmac
import os
import re
from collections.abc import Callable

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from tourapp.clock import Clock
from tourapp.content.people import seeded_email
from tourapp.identity.pool import BoundedPool
from tourapp.identity.throttle import Throttle

ACCOUNTS = 100_000

# OWASP's smallest recommended Argon2id setting (19 MiB, two passes, one lane); about 25 ms on a server core.
TIME_COST = 2
MEMORY_COST = 19_456
PARALLELISM = 1

# Logins that may wait for each thread: a second's worth of hashes.  Who would have to wait longer is told to
# come back, and finds the queue served by then.
QUEUE_PER_THREAD = 40

# Wrong passwords that one address may try at once, and a second: ten a minute are more than anybody mistypes,
# and at that rate the 10,000 commonest passwords take most of a day.  They are counted by address, known
# or not, so the answer tells nobody which addresses exist; who guesses keeps the owner out for as long.
GUESS_BURST = 10
GUESS_RATE = 10 / 60


def seeded_password(email: str) -> str | None:
    """Return the password of an account, None for an address without one."""
    match = re.fullmatch(r"walker-([0-9]{4,6})@example\.org", email)
    number = int(match[1]) if match else 0
    if not 1 <= number <= ACCOUNTS or email != seeded_email(number):
        return None
    return f"tour-{number:04}"


def is_account(email: str) -> bool:
    """Tell whether there is an account of this address."""
    return seeded_password(email) is not None


class Accounts:
    """Checks passwords; an account's hash is made at its first login.

    Hashing all accounts before the first start would take most of an hour.  The first login of an account
    costs one hash like every later one, and an unknown address costs the same, so its time tells nobody which
    addresses exist.  The cores are shared with the other `processes` of the app; `waiting` is told how many
    logins wait for a core.
    """

    def __init__(
        self,
        *,
        processes: int,
        clock: Clock,
        waiting: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_COST, parallelism=PARALLELISM)
        self._hashes: dict[str, str] = {}
        threads = max(1, (os.cpu_count() or 1) // processes)
        queue = threads * QUEUE_PER_THREAD
        self._pool = BoundedPool(threads=threads, queue=queue, name="passwords", waiting=waiting)
        self._guesses = Throttle(rate=GUESS_RATE, burst=GUESS_BURST, clock=clock)

    async def admits(self, email: str, password: str) -> bool:
        """Tell whether this is the account's password.

        Raises TooSoonError after too many wrong ones, and PoolFullError when too many log in at once.
        """
        # A guess is counted before it is checked: a thousand at once are not all the first one.
        self._guesses.take(email)
        wrong = False
        try:
            wrong = not await self._pool.run(self._admits, email, password)
        finally:
            if not wrong:
                self._guesses.give_back(email)
        return not wrong

    def close(self) -> None:
        """Finish the logins that were accepted."""
        self._pool.close()

    def _admits(self, email: str, password: str) -> bool:
        stored = self._hashes.get(email)
        if stored is None:
            fresh = self._hasher.hash(password)
            expected = seeded_password(email)
            if expected is None or not hmac.compare_digest(expected.encode(), password.encode()):
                return False
            self._hashes[email] = fresh
            return True
        try:
            return self._hasher.verify(stored, password)
        except VerifyMismatchError:
            return False
