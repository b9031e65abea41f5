"""The end of a command that judged: the verdict is shown, kept, made a page, and handed to programs."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from lab.kernel.errors import ExitCode, UnwritableError
from lab.kernel.model import Run
from lab.kernel.verdict import Outcome, Question, Verdict
from lab.store.store import Store
from launchlab import judging
from launchlab.exporting import Exports, export
from launchlab.screen import show_report, show_verdict
from reports.view import Chapter


class Bearing(enum.Enum):
    """What a verdict has to say about the exit code."""

    DECIDES = "decides"
    ADVISES = "advises"
    NOTHING = "nothing was judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What a command found about *run*, held against *references*, and what it will answer.

    *following* is what to type next.
    """

    run: Run
    verdict: Verdict
    exit_code: int
    following: str
    references: tuple[Run, ...] = ()
    bearing: Bearing = Bearing.DECIDES

    @property
    def chapter(self) -> Chapter:
        """What there is to say about it."""
        return Chapter(verdict=self.verdict, run=self.run, references=self.references)


def conclude(conclusion: Conclusion, store: Store, exports: Exports, to: Console) -> int:
    """Show *conclusion*, keep it in *store*, export it; return the exit code.

    A full disk costs no verdict: an UnwritableError has the exit code along, and the JSON object is
    printed all the same.
    """
    show(conclusion, to)
    judged = conclusion.bearing is not Bearing.NOTHING
    with _answering(conclusion.exit_code):
        try:
            report = judging.keep(store, conclusion.run, conclusion.verdict, conclusion.references)
        except UnwritableError:
            code = conclusion.exit_code or ExitCode.BROKEN
            export(exports, conclusion.chapter, report=None, exit_code=code, judged=judged)
            raise
        show_report(to, report, conclusion.following)
        export(exports, conclusion.chapter, report=report, exit_code=conclusion.exit_code, judged=judged)
    return conclusion.exit_code


def show(conclusion: Conclusion, to: Console) -> None:
    """Print the verdict, and what a reader might take it for and should not."""
    match conclusion.bearing:
        case Bearing.DECIDES:
            show_verdict(to, conclusion.verdict)
            _show_what_is_missing(conclusion, to)
        case Bearing.ADVISES:
            show_verdict(to, conclusion.verdict, heading="limits, advisory")
        case Bearing.NOTHING:
            to.print("no targets speak of this: nothing is judged", style="dim")


def _show_what_is_missing(conclusion: Conclusion, to: Console) -> None:
    findings, outcome = conclusion.verdict.findings, conclusion.verdict.outcome
    if conclusion.references and not any(each.question is Question.DRIFT for each in findings):
        to.print("  nothing was compared with the baseline: no target has a drift", style="yellow")
    if outcome is Outcome.INCONCLUSIVE and conclusion.exit_code == ExitCode.PASSED:
        to.print('  only a warning here: the project says inconclusive = "warn"', style="yellow")


@contextmanager
def _answering(code: int) -> Iterator[None]:
    """Give what cannot be written the exit code of the verdict; only 0 becomes its own.

    Nothing launches without its evidence on record.
    """
    try:
        yield
    except UnwritableError as error:
        error.exit_code = ExitCode(code or error.exit_code)
        raise
