"""Verdicts as JUnit XML: a suite per release, a test case per finding.

A kept promise is a plain test case, a broken one a ``<failure>``.  Whatever has no answer is an ``<error>``,
and its type says which: "inconclusive", "invalid", "not comparable".  INCONCLUSIVE is no ``<skipped>``:
Jenkins, GitLab and the test reporters of GitHub all count a skipped case as not failed, and a release
would look green that nobody has cleared.  An error is what it is: the check ran, and came to no answer.

GitLab shows the text of a failure and not its message, ignores the second of two cases with the same name,
and compares names with those of the target branch.  So the text starts with the reason, every name is there
once, and a release is named only where a file is about several.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC

from junitparser import Error, Failure, JUnitXml, SystemOut, TestCase, TestSuite

from lab.kernel.model import Trial
from lab.kernel.verdict import Finding, Outcome, Question
from reports import evidence
from reports.headline import because
from reports.model import CaveatRow, DriftRow, PromiseRow
from reports.text import plain, sentence
from reports.view import Chapter, drift_row, promise_row


def xml(chapters: Sequence[Chapter]) -> str:
    """Return the JUnit file about *chapters*, to be written as UTF-8."""
    root, named = JUnitXml("launchlab"), Counter[tuple[str, str]]()
    suites = [_suite(chapter, named, alone=len(chapters) == 1) for chapter in chapters]
    root.extend(suites)
    root.update_statistics()
    # A case's time counts for each of its findings; the suite's is what was really spent.
    for suite, chapter in zip(suites, chapters, strict=True):
        suite.time = _seconds(chapter.run.trials)
    root.time = _seconds([trial for chapter in chapters for trial in chapter.run.trials])
    return f"{root.tostring().decode()}\n"


def _suite(chapter: Chapter, named: Counter[tuple[str, str]], *, alone: bool) -> TestSuite:
    run, verdict = chapter.run, chapter.verdict
    suite = TestSuite(_tame(plain(f"{run.subject.name} {verdict.release}")))
    suite.timestamp = f"{run.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    suite.hostname = _tame(plain(run.environment.circumstances.get("host", "unknown")))
    for name, value in _properties(chapter):
        suite.add_property(_tame(plain(name)), _tame(plain(value)))
    subject = plain(run.subject.name) if alone else plain(f"{run.subject.name} {verdict.release}")
    cases = [_case(finding, chapter, subject) for finding in verdict.findings]
    for case in cases or [_nothing(chapter, subject)]:
        _number(case, named)
        suite.append(case)
    suite.append(SystemOut(_tame("\n".join(_doubts(chapter)))))
    return suite


def _properties(chapter: Chapter) -> Iterator[tuple[str, str]]:
    run, verdict = chapter.run, chapter.verdict
    yield "run", run.id
    yield "session", run.session
    yield "release", verdict.release
    yield "outcome", verdict.outcome.value
    for baseline in verdict.baselines:
        yield "baseline", baseline
    for name, value in sorted(run.environment.facts.items()):
        yield f"environment: {name}", value


def _case(finding: Finding, chapter: Chapter, subject: str) -> TestCase:
    row = promise_row(finding) if finding.question is Question.LIMIT else drift_row(finding)
    lane = [finding.case.lane.value] if finding.case else []
    case = TestCase(
        name=_tame(f"{row.target} ({finding.question.value})"),
        classname=_tame("/".join([subject, *lane, row.case])),
        time=_seconds(chapter.run.trials_of(finding.case) if finding.case else ()),
    )
    told = _tame("\n".join(_told(finding, row)))
    if (shortfall := _shortfall(finding)) is None:
        case.append(SystemOut(told))
    else:
        shortfall.text = told
        case.append(shortfall)
    return case


def _number(case: TestCase, named: Counter[tuple[str, str]]) -> None:
    """Make the name of *case* differ from those before it: a drift may have several baselines."""
    named[case.classname, case.name] += 1
    count = named[case.classname, case.name]
    if count > 1:
        case.name = f"{case.name} [{count}]"


def _shortfall(finding: Finding) -> Failure | Error | None:
    """Return the element that keeps a finding from counting as passed; None where it did pass."""
    message = _tame(sentence(finding.reason))
    match finding.outcome:
        case Outcome.PASSED:
            return None
        case Outcome.FAILED:
            return Failure(message, finding.outcome.value)
        case Outcome.INVALID | Outcome.NOT_COMPARABLE | Outcome.INCONCLUSIVE:
            return Error(message, finding.outcome.value)


def _nothing(chapter: Chapter, subject: str) -> TestCase:
    """Return the case that keeps a verdict without findings from being an empty, green file."""
    case = TestCase(name="some promise is judged", classname=_tame(subject), time=0.0)
    (reason,) = because(chapter.verdict)
    error = Error(reason, chapter.verdict.outcome.value)
    error.text = reason
    case.append(error)
    return case


def _told(finding: Finding, row: PromiseRow | DriftRow) -> Iterator[str]:
    """Tell the evidence, a line each."""
    yield sentence(finding.reason)
    yield row.rule + _aside(row.origin)
    match row:
        case PromiseRow():
            yield f"Limit: {row.limit or 'none'}"
            yield f"Measured: {row.measured}{_aside(row.certainty)}"
            yield f"Margin left: {row.margin}"
        case DriftRow():
            yield f"Change: {', '.join(filter(None, (row.moved, row.proportion, row.course)))}"
            yield f"Against: {row.baseline}{_aside(row.baseline_run)}"
    yield f"Would have found: {row.smallest}{_aside(row.chance)}"
    yield from row.notes


def _aside(text: str) -> str:
    return f" ({text})" if text else ""


def _doubts(chapter: Chapter) -> Iterator[str]:
    """Tell what asks to trust the run less, a line each."""
    yield from filter(None, map(evidence.shortfall, (chapter.run, *chapter.references)))
    yield from map(_doubt, evidence.caveats(chapter.run, chapter.references))


def _doubt(row: CaveatRow) -> str:
    fatal = ", kept out of the statistics" if row.fatal else ""
    return f"{row.code} ({row.where}{fatal}): {row.advice}"


def _seconds(trials: Sequence[Trial]) -> float:
    # Milliseconds, because schemas of JUnit want a decimal, and small numbers would get an exponent.
    return round(sum(trial.duration for trial in trials), 3)


def _tame(text: str) -> str:
    """Take apart what GitLab and Jenkins would obey: ``[[ATTACHMENT|path]]`` publishes that file."""
    return re.sub(r"\[(?=\[)", "[ ", text)
