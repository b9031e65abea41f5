"""Hands a verdict on to programs: the JSON object, JUnit, and what GitHub Actions shows by itself."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from lab.kernel.errors import UsageError
from lab.kernel.record import write_text, writing
from launchlab.screen import console
from reports.exports import junit, markdown, workflow
from reports.exports.document import to_json
from reports.exports.documenting import document_of
from reports.view import Chapter

# The file that stands for standard output.
STDOUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exports:
    """Where a verdict goes besides the terminal and its page.

    With *json* the object has standard output to itself, and what people read goes to standard
    error.  *junit* is the file for the findings.  A verdict that is not *decisive* turns no pipeline
    red: JUnit and GitHub know no advice.
    """

    json: bool = False
    junit: Path | None = None
    decisive: bool = True

    def console(self) -> Console:
        """Return the console for people.  Raises UsageError, before anything is measured, for a bad file."""
        if self.junit is not None and not self.decisive:
            raise UsageError("--junit tells what passed and failed, and without --check nothing does.")
        if self.junit is not None and not may_be_written(self.junit):
            raise UsageError(f"cannot write to {str(self.junit)!r}.  Name a file in a folder that exists.")
        return console(aside=self.json)


NONE = Exports()


def may_be_written(path: Path) -> bool:
    """Whether *path* can become a file: not a folder, pipe or device, whose place it would take."""
    return path.is_file() or (path.parent.is_dir() and not path.exists())


def hand_out(text: str, file: str | None, usual: str, *, overwrite: bool) -> Path | None:
    """Write *text* to *file*, by default to *usual*; return the path, None for standard output ('-').

    Raises UsageError where it may not be written, UnwritableError where it cannot.
    """
    if file == STDOUT:
        sys.stdout.write(text)
        return None
    path = Path(file or usual)
    if path.is_file() and not overwrite:
        raise UsageError(f"{path} exists.  Name another file, or say --overwrite.")
    if not may_be_written(path):
        raise UsageError(f"cannot write to {str(path)!r}.  Name a file in a folder that exists.")
    write_text(path.resolve(), text)
    return path


def export(
    exports: Exports, chapter: Chapter, *, report: Path | None, exit_code: int, judged: bool = True
) -> None:
    """Write the verdict of *chapter* to every export, and to GitHub's where that runs us.

    Raises UnwritableError, after the JSON object, for a file that cannot be written.
    """
    page = None if report is None else str(report)
    if exports.json:
        document = document_of(chapter, exit_code=exit_code, report=page, judged=judged)
        sys.stdout.write(to_json(document))
    if os.environ.get("GITHUB_ACTIONS") == "true" and exports.decisive:
        # GitHub reads commands from both streams; the object, if asked for, stays alone on its own.
        stream = sys.stderr if exports.json else sys.stdout
        stream.write(workflow.commands([chapter]))
    if exports.junit is not None:
        # A link stays a link.
        write_text(exports.junit.resolve(), junit.xml([chapter]))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary and exports.decisive:
        with writing(Path(summary)), Path(summary).open("a", encoding="utf-8") as file:
            file.write(markdown.summary([chapter], report=page))
