"""Verdicts as workflow commands of GitHub Actions: notes beside the job, from lines on standard output.

Syntax and escapes: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab.kernel.verdict import Outcome
from reports.headline import answer, because
from reports.text import plain, sentence
from reports.view import Chapter

# GitHub shows ten annotations of a kind per step, and drops the rest without a word.
SHOWN = 10


class Kind(enum.Enum):
    """How GitHub marks an annotation."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Annotation:
    kind: Kind
    title: str
    message: str

    @property
    def line(self) -> str:
        """The command, one line whatever the texts hold."""
        return f"::{self.kind.value} title={_property(self.title)}::{_data(self.message)}\n"


def commands(chapters: Sequence[Chapter]) -> str:
    """Return the commands, a line each: failures, then what is open, then what passed."""
    annotations = [annotation for chapter in chapters for annotation in _about(chapter)]
    return "".join(each.line for kind in Kind for each in _shown(kind, annotations))


def _about(chapter: Chapter) -> Iterator[_Annotation]:
    verdict = chapter.verdict
    release = plain(f"{chapter.run.subject.name} {verdict.release}")
    if verdict.outcome is Outcome.PASSED or not verdict.findings:
        kind = Kind.NOTICE if verdict.outcome is Outcome.PASSED else Kind.WARNING
        title = f"May {release} launch? {answer(verdict.outcome)}"
        yield _Annotation(kind=kind, title=title, message=" ".join(because(verdict)))
        return
    for finding in verdict.findings:
        if finding.outcome is not Outcome.PASSED:
            told = f"{plain(finding.target)} ({finding.question.value})"
            yield _Annotation(
                kind=Kind.ERROR if finding.outcome is Outcome.FAILED else Kind.WARNING,
                title=f"{release} {finding.outcome.value}: {told}",
                message=sentence(finding.reason),
            )


def _shown(kind: Kind, annotations: Sequence[_Annotation]) -> list[_Annotation]:
    """Return those of *kind*; where there are too many, the last one says how many more."""
    found = [annotation for annotation in annotations if annotation.kind is kind]
    if len(found) <= SHOWN:
        return found
    kept = found[: SHOWN - 1]
    rest = _Annotation(
        kind=kind,
        title=f"{len(found) - len(kept)} more",
        message=f"GitHub shows {SHOWN} of a kind.  The report has them all.",
    )
    return [*kept, rest]


def _data(text: str) -> str:
    # The runner obeys "##[command]" anywhere in a line, unless the line is one of these commands; Azure
    # Pipelines obeys "##vso[command]".  Taken apart, neither is one, wherever the line ends up.
    apart = re.sub("#(?=#)", "# ", text)
    return apart.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
