"""What a person sees: the plan before, progress during, findings after.

On a terminal a live line; into a pipe one plain line per trial.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from lab.engine.plan import Turn
from lab.engine.runner import Progress as Step
from lab.kernel.metrics import metric_of, split
from lab.kernel.model import Case, Caveat, Lane, Plan, Run, Trial, Validity
from lab.kernel.reasons import Reason
from lab.kernel.units import show
from lab.kernel.verdict import Outcome, Verdict
from launchlab.interrupts import Interrupts
from reports.text import plain

_SYMBOLS = {
    Outcome.PASSED: "[green]✓[/]",
    Outcome.INCONCLUSIVE: "[yellow]?[/]",
    Outcome.NOT_COMPARABLE: "[yellow]≠[/]",
    Outcome.INVALID: "[magenta]![/]",
    Outcome.FAILED: "[red]✗[/]",
}
_MARKS = {Validity.VALID: "[green]✓[/]", Validity.SUSPECT: "[yellow]?[/]", Validity.INVALID: "[red]✗[/]"}
# Columns of a terminal from which on the live line has room for a bar, and for the time.
_WIDE, _USUAL = 110, 70
# A caveat may quote the last lines of a log.
_LONGEST = 1500
# The first reasons of failures; what follows is mostly what follows from them.
_REASONS = 3
# The readings that tell a lane's story in one line.
TOLD = {
    Lane.LOAD: ("response_mean", "response_p95", "arrival_rate", "throughput", "error_ratio"),
    Lane.DEVICES: ("fcp", "ttfb", "transfer"),
    Lane.BENCH: ("time_median",),
}


def console(*, aside: bool = False) -> Console:
    """Return the console; it honours NO_COLOR and pipes, and *aside* leaves standard output alone."""
    stream = sys.stderr if aside else sys.stdout
    # A terminal wraps at words; a pipe gets whole lines.
    return Console(highlight=False, stderr=aside, soft_wrap=not stream.isatty())


def show_plan(to: Console, plan: Plan, subject: str, described: Mapping[Case, str], lasting: str) -> None:
    """Print what is about to happen to whom, before anything is sent; *lasting* says for how long."""
    releases = ", ".join(plan.releases)
    to.print(f"[bold]Plan[/]  subject {seen(subject)}, release {seen(releases)}")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("lane", "case", "trials a release", "each"):
        table.add_column(heading, header_style="dim")
    for planned in plan.cases:
        case = planned.case
        table.add_row(case.lane.value, seen(case.name), str(planned.trials), seen(described[case]))
    to.print(table)
    order = "the releases take turns, " if len(plan.releases) > 1 else ""
    to.print(f"{order}{lasting}\n", style="dim")


def _columns(width: int) -> list[ProgressColumn]:
    """Return what the live line shows; a narrow terminal loses the bar first, then the time."""
    line = Column(no_wrap=True, overflow="ellipsis")
    columns: list[ProgressColumn] = [
        BarColumn(bar_width=16),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.description}", table_column=line),
    ]
    return columns if width >= _WIDE else columns[1:] if width >= _USUAL else columns[2:]


class Screen:
    """Follows a session; knows when the user wants to stop."""

    def __init__(
        self, to: Console, interrupts: Interrupts, seconds: float, duration: Callable[[Case], float]
    ) -> None:
        self._interrupts = interrupts
        self._duration = duration
        self._expected = seconds
        self._done = 0.0
        self._bar = Progress(
            *_columns(to.width),
            console=to,
            transient=True,
            disable=not to.is_terminal,
        )
        self._task: TaskID = self._bar.add_task("starting the subject", total=seconds)
        self._turn = ""
        self._length = 0.0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def begins(self, turn: Turn) -> None:
        """Show which trial is in flight."""
        self._turn = f"{turn.release}: {turn.case.name} #{turn.index + 1}"
        self._length = self._duration(turn.case)
        self._bar.update(self._task, description=seen(self._turn))

    def progress(self, progress: Step) -> None:
        """Show how far it is."""
        share = self._done + progress.share * self._length
        self._bar.update(self._task, completed=share, description=seen(f"{self._turn}  {progress.line}"))

    def ends(self, turn: Turn, trial: Trial) -> None:
        """Print what came of it."""
        self._done += self._length
        self._bar.update(self._task, completed=self._done)
        mark = _MARKS[trial.validity]
        self._bar.console.print(
            f"{mark} {seen(turn.release):6} {turn.case.lane.value:8}#{turn.index + 1} {seen(told(trial))}"
        )

    def goes_on(self, seconds: float) -> None:
        """Learn that more trials are made than it seemed, which take *seconds*."""
        self._expected += seconds
        self._bar.update(self._task, total=self._expected)

    def stopping(self) -> bool:
        """Whether the user asked to stop."""
        return self._interrupts.received is not None


def told(trial: Trial) -> str:
    """Tell a trial in one line: its main readings, or why it is invalid."""
    fatal = [caveat for caveat in trial.caveats if caveat.fatal]
    if fatal:
        return "; ".join(f"{caveat.code}: {caveat.advice}" for caveat in fatal)
    keys = [key for name in TOLD[trial.case.lane] for key in trial.readings if _told(key, name)]
    readings = ", ".join(f"{_short(key)} {show(trial.readings[key], metric_of(key).unit)}" for key in keys)
    return "; ".join(filter(None, (readings, *(caveat.code for caveat in trial.caveats))))


def _told(key: str, name: str) -> bool:
    metric, endpoint = split(key)
    return metric == name and (endpoint is None or metric_of(key).lane is Lane.BENCH)


def _short(key: str) -> str:
    name, endpoint = split(key)
    return endpoint or name.replace("response_", "").replace("_", " ")


def seen(text: str) -> str:
    """Return text that may come from the subject, so that it only shows: nothing acts, nothing is endless."""
    return escape(plain(text, _LONGEST))


def show_report(to: Console, path: Path, following: str) -> None:
    """Print where the page is, and what to type next."""
    to.print(f"\n[bold]Report[/]: {escape(str(path))}")
    to.print(f"Next: {escape(following)}", style="dim")


def show_verdict(to: Console, verdict: Verdict, *, heading: str | None = None) -> None:
    """Print the outcome and each finding with its reason."""
    symbol = _SYMBOLS[verdict.outcome]
    title = heading or f"release {verdict.release}"
    to.print(f"{symbol} [bold]{seen(title)}: {verdict.outcome.value.upper()}[/]")
    if not to.is_terminal:
        for sign, line in _lines(verdict):
            to.print(f"  {sign} {seen(line)}")
        return
    grid = Table.grid(padding=(0, 1))
    for sign, line in _lines(verdict):
        # A number and its unit stay on one line.
        grid.add_row(
            "", sign, re.sub(r"(\d) (%|[a-zµ]{1,2}B?\b|B\b)", "\\1\N{NO-BREAK SPACE}\\2", seen(line))
        )
    to.print(grid)


def _lines(verdict: Verdict) -> Iterator[tuple[str, str]]:
    for finding in verdict.findings:
        said = f"{finding.target} ({finding.question.value}): {finding.reason}"
        yield _SYMBOLS[finding.outcome], said
        yield from (("·", note) for note in finding.notes)


def show_failures(to: Console, release: str, reasons: Sequence[Reason], folder: Path) -> None:
    """Print why requests failed most often, and in which *folder* the rest is."""
    if not reasons:
        return
    several = len({reason.case for reason in reasons}) > 1
    to.print(f"failures of {seen(release)}, most frequent first:", style="yellow")
    for reason in reasons[:_REASONS]:
        example = "" if reason.example == reason.what else f" ({seen(reason.example)})"
        case = f"  [dim]{seen(reason.case)}[/]" if several else ""
        to.print(f"  {reason.count} x {seen(reason.where)}: {seen(reason.what)}{example}{case}")
    to.print(f"  all in the failures.json of each trial below {escape(str(folder))}", style="dim")


def show_runs(to: Console, runs: Collection[Run], told: Collection[Caveat] = ()) -> None:
    """Print the names under which the runs are kept, and what speaks against them that was not *told*."""
    for run in runs:
        partial = "  PARTIAL: the plan was not finished" if run.partial else ""
        to.print(f"run {run.id}{partial}", style="dim")
    for caveat in dict.fromkeys(each for run in runs for each in run.caveats if each not in told):
        to.print(f"{seen(caveat.code)}: {seen(caveat.advice)}", style="yellow")
    invalid = sum(not trial.sound for run in runs for trial in run.trials)
    if invalid:
        to.print(
            f"{invalid} INVALID {'trials are' if invalid > 1 else 'trial is'} on record, in no statistics"
        )
