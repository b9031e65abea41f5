"""Files of one release, put together as a run.  Pure.

A run from files is of no session but its own, and of an environment that no run of ours shares: nobody
here saw it measured.  So it can be held against another import, and warn; the gate does the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lab.interop.foreign import Account
from lab.interop.tool import Tool
from lab.kernel.errors import ForeignFileError
from lab.kernel.model import Case, Caveat, Environment, Plan, PlannedCase, Run, Subject, Trial

# The caveat by which a run from files is known.
IMPORTED = "imported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What no file says of itself: the run's name and session, and what the subject is called."""

    run: str
    session: str
    subject: str


def run_of(
    accounts: Mapping[str, Account],
    tool: Tool,
    identity: Identity,
    *,
    release: str,
    journey: str | None = None,
) -> Run:
    """Return the run that the files of *accounts*, by their names, were made in.

    *journey* names the journey anew.  Raises ForeignFileError where the files contradict each other.
    """
    facts = _agreed(accounts, tool)
    trials = _numbered(_renamed([t for each in accounts.values() for t in each.trials], journey))
    counts = Counter(trial.case for trial in trials)
    caveats = dict.fromkeys(caveat for each in accounts.values() for caveat in each.caveats)
    return Run(
        id=identity.run,
        session=identity.session,
        subject=Subject(name=identity.subject, release=release, url=""),
        environment=Environment(facts=facts, circumstances=_circumstances(accounts.values())),
        plan=Plan(
            cases=tuple(PlannedCase(case=case, trials=count) for case, count in counts.items()),
            releases=(release,),
            seed=0,
        ),
        started_at=min(trial.started_at for trial in trials),
        trials=tuple(trials),
        caveats=(_imported(accounts, tool), *_singles(counts), *caveats),
    )


def is_imported(run: Run) -> bool:
    """Whether *run* was read from files of another tool."""
    return any(caveat.code == IMPORTED for caveat in run.caveats)


def commit_of(accounts: Mapping[str, Account]) -> str | None:
    """Return the commit that the files say they measured.  Raises ForeignFileError for several."""
    commits = {each.commit: name for name, each in accounts.items()}
    if len(commits) > 1:
        told = ", ".join(f"{name}: {commit or 'none'}" for commit, name in commits.items())
        raise ForeignFileError(f"the files are of different commits ({told}).  Import those of one together.")
    return next(iter(commits), None)


def _agreed(accounts: Mapping[str, Account], tool: Tool) -> dict[str, str]:
    (first_name, first), *others = accounts.items()
    for name, other in others:
        differing = Environment(facts=first.facts).differences(Environment(facts=other.facts))
        if differing:
            raise ForeignFileError(
                f"{name} was measured in another environment than {first_name}: different "
                f"{', '.join(differing)}.  Import each alone."
            )
    # A fact that no run of ours has, so the gate compares no import with one.
    return {"imported from": tool.value, **first.facts}


def _circumstances(accounts: Iterable[Account]) -> dict[str, str]:
    told: dict[str, str] = {}
    for account in accounts:
        told.update(account.circumstances)
    return told


def _renamed(trials: Sequence[Trial], journey: str | None) -> Sequence[Trial]:
    if journey is None:
        return trials
    journeys = sorted({trial.case.journey for trial in trials})
    if len(journeys) > 1:
        raise ForeignFileError(
            f"--journey {journey!r} can name one journey, and the files hold {len(journeys)}: "
            f"{', '.join(journeys[:5])}.  Leave it out."
        )
    return [replace(trial, case=replace(trial.case, journey=journey)) for trial in trials]


def _numbered(trials: Iterable[Trial]) -> list[Trial]:
    """Return the trials numbered anew within each case, since each file begins at 0."""
    numbers: Counter[Case] = Counter()
    numbered = []
    for trial in trials:
        numbered.append(replace(trial, index=numbers[trial.case]))
        numbers[trial.case] += 1
    return numbered


def _imported(accounts: Mapping[str, Account], tool: Tool) -> Caveat:
    # Their last parts: a run travels, and the folders of a machine are nobody's business.
    names = [name.rpartition("/")[2] for name in accounts]
    told = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")  # noqa: PLR2004
    advice = (
        f"read from {told} of {tool.value}: nobody here saw it measured, so against a baseline it can warn "
        "and not decide."
    )
    return Caveat(code=IMPORTED, advice=advice)


def _singles(counts: Mapping[Case, int]) -> Iterator[Caveat]:
    single = [case.name for case, count in counts.items() if count == 1]
    if single:
        yield Caveat(
            code="single-trial",
            advice=f"one trial of {', '.join(single[:3])}: one process has no spread, so it can neither "
            "pass nor fail.  Import several files of one release together.",
        )
