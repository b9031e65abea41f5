"""The first screen in words: the question, the answer, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.kernel import words
from lab.kernel.units import show
from lab.kernel.verdict import Finding, Outcome, Question, Verdict
from reports.model import Badge
from reports.text import plain, sentence
from reports.wording import Direction, direction, metric_for, title

# More than four sentences are no headline.
_SENTENCES = 4


def badge(outcome: Outcome) -> Badge:
    """Return how an outcome looks: word, sign and tone, so that colour is never alone."""
    signs = {
        Outcome.PASSED: "✓",
        Outcome.FAILED: "✗",
        Outcome.INCONCLUSIVE: "?",
        Outcome.INVALID: "!",
        Outcome.NOT_COMPARABLE: "≠",
    }
    tones = {Outcome.PASSED: "good", Outcome.FAILED: "bad"}
    return Badge(word=outcome.value, sign=signs[outcome], tone=tones.get(outcome, "open"))


def answer(outcome: Outcome) -> str:
    """Answer "may it launch?"."""
    match outcome:
        case Outcome.PASSED:
            return "Yes."
        case Outcome.FAILED:
            return "No."
        case Outcome.INCONCLUSIVE:
            return "Not known yet."
        case Outcome.INVALID | Outcome.NOT_COMPARABLE:
            return "This run cannot say."


def because(verdict: Verdict) -> tuple[str, ...]:
    """Return the sentences that explain a verdict, the most telling first."""
    if not verdict.findings:
        return ("No promise was judged, so there is no answer.",)
    if verdict.outcome is Outcome.PASSED:
        return (_kept(verdict.findings),)
    sentences = list(dict.fromkeys(_sentences(verdict)))
    shown, more = sentences[:_SENTENCES], len(sentences) - _SENTENCES
    return (*shown, f"{more} more in the tables below.") if more > 0 else tuple(shown)


def _kept(findings: Sequence[Finding]) -> str:
    limits = sum(finding.question is Question.LIMIT for finding in findings)
    drifts = len(findings) - limits
    said = [f"All {limits} promises are kept" if limits > 1 else "The promise is kept"] if limits else []
    said += ["nothing got worse than accepted since the baseline"] if drifts else []
    return sentence(", and ".join(said)) + "."


def _sentences(verdict: Verdict) -> Iterator[str]:
    worst = [finding for finding in verdict.findings if finding.outcome is verdict.outcome]
    # Broken promises before drifts: the limit is what a visitor feels.
    for finding in sorted(worst, key=lambda finding: finding.question is Question.DRIFT):
        if verdict.outcome is not Outcome.FAILED:
            yield sentence(finding.reason)
        elif finding.question is Question.LIMIT or not _has_broken_limit(finding, worst):
            yield _failure(finding, verdict.findings)


def _has_broken_limit(drift: Finding, worst: Sequence[Finding]) -> bool:
    return any(each.question is Question.LIMIT and _same_reading(each, drift) for each in worst)


def _failure(finding: Finding, findings: Sequence[Finding]) -> str:
    where = _where(finding, findings)
    if finding.question is Question.DRIFT:
        moved = _moved(finding)
        return f"{title(finding.reading)}{where} is {moved}." if moved else sentence(finding.reason)
    if finding.measured is None or finding.limit is None:
        return sentence(finding.reason)
    metric = metric_for(finding.reading)
    value = show(finding.measured.center, metric.unit)
    said = f"{title(finding.reading)}{where} is {value}, promised {words.promise(metric, finding.limit)}"
    drifts = [_moved(each) for each in findings if _same_reading(each, finding)]
    return "; ".join([said, *list(filter(None, drifts))[:1]]) + "."


def _moved(finding: Finding) -> str:
    """Return "slower by 398 to 405 ms than 1.0", or nothing where no clear change is known."""
    if finding.change is None or finding.baseline_release is None:
        return ""
    metric = metric_for(finding.reading)
    if direction(finding.change, metric.better) in (Direction.UNCLEAR, Direction.SAME):
        return ""
    return f"{words.moved(metric, finding.change)} than {plain(finding.baseline_release)}"


def _where(finding: Finding, findings: Sequence[Finding]) -> str:
    """Name the case where the same reading was judged in several."""
    cases = {each.case for each in findings if each.reading == finding.reading}
    return f" ({plain(finding.case.name)})" if finding.case and len(cases) > 1 else ""


def _same_reading(one: Finding, other: Finding) -> bool:
    return (one.reading, one.case) == (other.reading, other.case)
