"""Names a request for the servers behind it: W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context/)."""

from __future__ import annotations

import os
import random

# Seeded by the system.  Unique is all that the names have to be; secret they are not.
_IDS = random.Random()  # noqa: S311
# Locust's --processes forks, and children that went on alike would give the same names.
os.register_at_fork(after_in_child=_IDS.seed)


def begun() -> tuple[str, str]:
    """Return the id of a new trace, and the traceparent header of its first request, which is sampled."""
    # No id may be all zeros (sections 3.2.2.3 and 3.2.2.4).
    trace = f"{_IDS.getrandbits(128) or 1:032x}"
    return trace, f"00-{trace}-{_IDS.getrandbits(64) or 1:016x}-01"
