"""Who may log in, and the cost of finding out.

The accounts are a published demonstration: `walker-0001@example.org` has the password `tour-0001`, and so on
to `walker-10000@example.org`.  The work is that of a real login: one Argon2 hash each, in a bounded thread
pool.
"""

import asyncio
import hmac
import os
import re
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

ACCOUNTS = 10_000

# OWASP's smallest recommended Argon2id setting (19 MiB, two passes, one lane); about 20 ms on a server core.
TIME_COST = 2
MEMORY_COST = 19_456
PARALLELISM = 1


def seeded_email(number: int) -> str:
    """Return the address of the account of this number, counted from 1."""
    return f"walker-{number:04}@example.org"


def seeded_password(email: str) -> str | None:
    """Return the password of an account, None for an address without one."""
    match = re.fullmatch(r"walker-([0-9]{4,5})@example\.org", email)
    number = int(match[1]) if match else 0
    if not 1 <= number <= ACCOUNTS or email != seeded_email(number):
        return None
    return f"tour-{number:04}"


class Accounts:
    """Checks passwords; an account's hash is made at its first login.

    Hashing all accounts before the first start would take minutes.  The first login of an account costs one
    hash like every later one, and an unknown address costs the same, so its time tells nobody which addresses
    exist.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_COST, parallelism=PARALLELISM)
        self._hashes: dict[str, str] = {}
        self._pool = ThreadPoolExecutor(
            max_workers=max(2, os.cpu_count() or 1), thread_name_prefix="passwords"
        )

    async def admits(self, email: str, password: str) -> bool:
        """Tell whether this is the account's password."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._admits, email, password)

    def close(self) -> None:
        """Finish the logins that were accepted."""
        self._pool.shutdown()

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
