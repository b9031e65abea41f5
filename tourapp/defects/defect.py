"""The defects that can be switched on, each made so that a measurement must find it."""

import enum

# Seconds that every search query takes longer with SLOW_SEARCH; other requests are not held up.
SEARCH_DELAY = 0.4


class Defect(enum.StrEnum):
    """One deliberate fault of the subject."""

    SLOW_SEARCH = "slow-search"
    """Every search takes SEARCH_DELAY longer."""

    BLOCKING_SCRIPT = "blocking-script"
    """Every page carries a synchronous script that keeps the browser from rendering for 400 ms."""
