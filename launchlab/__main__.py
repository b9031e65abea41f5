"""``launchlab`` and ``python -m launchlab``: runs a command and turns what went wrong into an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

from lab.kernel.errors import ExitCode, LabError
from launchlab import interrupts, outlet
from reports.text import visible


def main() -> None:
    """Run the command line; the only place that ends the process."""
    interrupts.end_at_once()
    outlet.stand_in()
    # What takes a while to load is loaded when an interrupt is already understood.
    from launchlab.cli.app import app  # noqa: PLC0415

    try:
        code = _answer(app)
        # Now, because when the interpreter ends it can only ignore what goes wrong.
        unsaid = _answer(sys.stdout.flush)
        sys.exit(code or unsaid)
    finally:
        interrupts.too_late()


def _answer(step: Callable[[], object]) -> int:
    """Take a step; return its exit code, and say what went wrong."""
    try:
        step()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ExitCode.PASSED
    except LabError as error:
        sys.stderr.write(f"launchlab: {_told(error)}\n")
        return error.exit_code
    return ExitCode.PASSED


def _told(error: LabError) -> str:
    """Return the message, in which quoted lines of a log only show: none is a command to a pipeline."""
    first, *quoted = str(error).splitlines() or [""]
    return "\n".join([visible(first), *(f"  | {visible(line)}" for line in quoted)])


if __name__ == "__main__":
    main()
