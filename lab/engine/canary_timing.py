"""Times the canary: its fixed work in a process of its own, which no earlier trial has touched."""

from __future__ import annotations

import sys
from pathlib import Path

from lab.engine import canary_workload
from lab.engine.process import Child

# What one takes, in seconds, with the start of its process and of the leash.
DURATION = canary_workload.SECONDS + 0.2
# A machine on which it takes longer than this answers no other question either.
_PATIENCE = 20.0


_PROGRAM = Path(canary_workload.__file__)


def heard(log: Path, program: Path = _PROGRAM) -> float | None:
    """Return the seconds that *program* times and prints, also to *log*; None where it failed.

    A trial is worth having without its canary, so trouble is no error.
    """
    # Isolated, and without the site's packages: what is installed here is not timed along.
    with Child([sys.executable, "-I", "-S", str(program)], log=log) as child:
        if not child.wait(_PATIENCE) or child.status != 0:
            return None
    return float(child.tail().splitlines()[-1])
