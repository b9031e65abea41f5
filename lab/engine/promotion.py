"""What may be promoted, and what a rollback goes back to.  Pure."""

from __future__ import annotations

from collections.abc import Sequence

from lab.kernel.baseline import Baseline, Kind
from lab.kernel.errors import UsageError
from lab.kernel.verdict import Finding, Outcome, Question, Verdict

# How the gate begins to say that there was nothing to hold a run against.
_NO_BASELINE = "no baseline to compare with"


def objection(verdict: Verdict | None, *, first: bool) -> str | None:
    """Return what speaks against promoting a run with this *verdict*, None if nothing does.

    It has to have passed.  Only the *first* run of a baseline's name may lack a comparison: it needs a limit,
    each limit has to have passed, and nothing else may be open but drifts that had no baseline to be
    measured against.
    """
    if verdict is None:
        return "was never judged ('launchlab judge')"
    if verdict.outcome is Outcome.PASSED:
        return None
    if not _by_limits(verdict.findings):
        return f"is {verdict.outcome.value}"
    return None if first else "was not held against the baseline in force ('launchlab judge --baseline')"


def _by_limits(findings: Sequence[Finding]) -> bool:
    limits = [finding for finding in findings if finding.question is Question.LIMIT]
    others = [finding for finding in findings if finding.outcome is not Outcome.PASSED]
    return bool(limits) and all(map(_lacks_a_baseline, others))


def _lacks_a_baseline(finding: Finding) -> bool:
    return (
        finding.question is Question.DRIFT
        and finding.outcome is Outcome.INCONCLUSIVE
        and finding.reason.startswith(_NO_BASELINE)
    )


def standing(history: Sequence[Baseline]) -> tuple[Baseline, ...]:
    """Return the promotions that stand, the one in force last, by all decisions on one name, oldest first.

    A rollback takes away those after the one that it goes back to.  One that goes back to a run which does
    not stand, as in a store that was put together from others, is a promotion like any other.
    """
    found: list[Baseline] = []
    for decision in history:
        runs = [each.run for each in found]
        if decision.kind is Kind.ROLLBACK and decision.run in runs:
            del found[len(runs) - runs[::-1].index(decision.run) :]
        elif runs[-1:] != [decision.run]:
            found.append(decision)
        else:
            found[-1] = decision
    return tuple(found)


def earlier(history: Sequence[Baseline], to: str | None = None) -> Baseline:
    """Return the promotion that a rollback goes back to: the one before that in force, or that of run *to*.

    Raises UsageError when there is none before, or *to* is none of them.
    """
    *before, now = standing(history)
    if not before:
        raise UsageError(
            f"nothing was in force as {now.name!r} before run {now.run!r}, so there is no way back.  "
            f"Promote another run: launchlab baseline promote RUN --name {now.name} --why REASON."
        )
    found = [each for each in before if to in (None, each.run)]
    if not found:
        raise UsageError.unknown(f"earlier run of baseline {now.name!r}", str(to), {e.run for e in before})
    return found[-1]
