"""A run as CSV: a line for each trial and reading, as RFC 4180 has it.  Pure.

Names stand as the subject gave them, with two exceptions: a character that would act instead of being seen
is replaced by a sign, and what a spreadsheet would take for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from lab.kernel.metrics import METRICS, split
from lab.kernel.model import Run, Trial
from reports.text import visible

_COLUMNS = (
    *("run", "session", "subject", "release", "lane", "case", "trial", "started_at", "duration", "validity"),
    *("caveats", "metric", "endpoint", "value", "unit", "resolution"),
)
# What Excel, LibreOffice or Google Sheets begin to compute at, the full-width forms too.
# Source: OWASP, CSV Injection.  Tabs and line ends are signs by then.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def text(run: Run) -> str:
    """Return *run* as CSV with a line of headings; a trial without readings has a line without one."""
    sheet = io.StringIO()
    lines = csv.writer(sheet, lineterminator="\r\n")
    lines.writerow(_COLUMNS)
    about = (run.id, run.session, run.subject.name, run.subject.release)
    for trial in run.trials:
        lines.writerows([*map(_tame, (*about, *_told(trial))), *reading] for reading in _readings(trial))
    return sheet.getvalue()


def _told(trial: Trial) -> tuple[str, ...]:
    return (
        trial.case.lane.value,
        trial.case.name,
        str(trial.index),
        trial.started_at.isoformat(),
        repr(trial.duration),
        trial.validity.value,
        "; ".join(caveat.code for caveat in trial.caveats),
    )


def _readings(trial: Trial) -> Iterator[list[str]]:
    """Yield metric, endpoint, value, unit and grain of each reading; numbers stand as they are."""
    for key, value in trial.readings.items():
        name, endpoint = split(key)
        unit = METRICS[name].unit.value if name in METRICS else ""
        yield [_tame(name), _tame(endpoint or ""), repr(value), unit, repr(trial.resolutions.get(key, 0.0))]
    if not trial.readings:
        yield [""] * 5


def _tame(cell: str) -> str:
    seen = visible(cell)
    return f"'{seen}" if seen.lstrip().startswith(_FORMULA) else seen
