"""``launchlab`` and ``python -m launchlab``: runs a command and turns what went wrong into an exit code."""

from __future__ import annotations

import sys

from lab.kernel.errors import LabError
from launchlab import interrupts, outlet


def main() -> None:
    """Run the command line; the only place that ends the process."""
    interrupts.end_at_once()
    outlet.stand_in()
    # What takes a while to load is loaded when an interrupt is already understood.
    from launchlab.cli.app import app  # noqa: PLC0415

    try:
        app()
    except LabError as error:
        sys.stdout.flush()
        sys.stderr.write(f"launchlab: {error}\n")
        sys.exit(error.exit_code)
    finally:
        interrupts.too_late()


if __name__ == "__main__":
    main()
