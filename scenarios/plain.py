"""Runs plain Locust beside ours, as anybody would, and reads what it reports.  Never imports Locust."""

from __future__ import annotations

import csv
import sys
from importlib.metadata import version
from pathlib import Path

from lab.engine.process import Child
from lab.kernel.errors import DriverError
from scenarios.truth.comparison import Figures, Reported

# What Locust takes to import, to stop its users and to end, on a machine with other work: seconds.
_ALLOWANCE = 60.0


def plain_locust(
    locustfile: Path, url: str, *, users: int, ramp: float, hold: float, folder: Path
) -> Reported:
    """Let *users* come up over *ramp* seconds and stay for *hold*; return Locust's own statistics.

    They begin when all users are there, as with ``--reset-stats``.  Raises DriverError when it fails.
    """
    statistics = folder / "plain"
    command = [
        *(sys.executable, "-P", "-m", "locust", "--headless", "--only-summary"),
        *("--locustfile", str(locustfile), "--host", url, "--reset-stats"),
        *("--users", str(users), "--spawn-rate", f"{users / ramp:g}", "--run-time", f"{ramp + hold:.0f}s"),
        *("--csv", str(statistics), "--exit-code-on-error", "0"),
    ]
    with Child(command, log=folder / "plain.log") as child:
        if not child.wait(ramp + hold + _ALLOWANCE):
            raise DriverError(f"plain Locust did not end.  Its last lines:\n{child.tail()}")
        if child.status != 0:
            raise DriverError(f"plain Locust ended with status {child.status}.\n{child.tail()}")
    return Reported(name=f"plain Locust {version('locust')}", figures=_read(Path(f"{statistics}_stats.csv")))


def _read(path: Path) -> Figures:
    """Read the line of all requests; Locust writes milliseconds, and N/A for what it does not know."""
    with path.open(encoding="utf-8", newline="") as file:
        total = next(line for line in csv.DictReader(file) if line["Name"] == "Aggregated")
    p50, p95, p99 = (_seconds(total[column]) for column in ("50%", "95%", "99%"))
    return Figures(p50=p50, p95=p95, p99=p99, rate=float(total["Requests/s"]))


def _seconds(milliseconds: str) -> float | None:
    return None if milliseconds == "N/A" else float(milliseconds) / 1_000
