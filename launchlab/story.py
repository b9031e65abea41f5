"""The demo: three releases of the tour app, one accepted, one unchanged, one with two defects.

The story tells what launchlab is for, so its exit code is 0 only when it came out as it should.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from lab.engine.gate import References
from lab.kernel.errors import ExitCode
from lab.kernel.metrics import metric_of
from lab.kernel.model import Baseline, Lane, PlannedCase, Run
from lab.kernel.verdict import Outcome, Question, Target, Verdict
from lab.store.store import Store
from launchlab import judging, project
from launchlab.lanes import measurable
from launchlab.project import Project
from launchlab.screen import show_report, show_verdict
from launchlab.sessions import Errand, hold

ACCEPTED, UNCHANGED, BROKEN = "1.0", "1.1", "1.2"
BASELINE = "demo"
QUICK_PROFILE = "demo-quick"
# What release 1.2 is known to have broken: the readings that a failing verdict has to name.
DEFECTS = {Lane.LOAD: "response_mean{GET /api/search}", Lane.DEVICES: "fcp"}


def tell(store: Store, to: Console, *, quick: bool) -> int:
    """Measure the three releases interleaved, judge them, make the report; return the exit code."""
    demo = project.load(project.DEMO)
    cases, caveats = measurable(demo.cases)
    targets = tuple(_speaking_of(demo.targets, cases))
    if quick:
        cases = tuple(_quickened(planned) for planned in cases if planned.case.lane is not Lane.BENCH)
    errand = Errand(
        source=demo.source,
        releases=(ACCEPTED, UNCHANGED, BROKEN),
        cases=cases,
        root=demo.root,
        profiles=demo.profiles_of(cases),
        caveats=caveats,
    )
    to.print("[bold]launchlab demo[/]: may tour 1.1 launch?  May 1.2?\n")
    session = hold(errand, store, to)
    if session.exit_code:
        return session.exit_code
    verdicts = _judged(store, session.runs, replace(demo, targets=targets), to)
    path = judging.report(store, [run.id for run in session.runs.values()])
    code = came_out(verdicts, {planned.case.lane for planned in cases})
    _close(to, path, verdicts[UNCHANGED].outcome, code)
    return code


def came_out(verdicts: Mapping[str, Verdict], lanes: set[Lane]) -> int:
    """Return 0 when the story came out as told, else the code of the first thing that did not.

    1.0 keeps its limits; 1.1 is not failed and is sound; 1.2 fails, and every defect in the
    measured *lanes* is named by a failed drift.
    """
    if verdicts[ACCEPTED].outcome is not Outcome.PASSED:
        return ExitCode.of(verdicts[ACCEPTED].outcome)
    if verdicts[UNCHANGED].outcome not in (Outcome.PASSED, Outcome.INCONCLUSIVE):
        return ExitCode.of(verdicts[UNCHANGED].outcome)
    failed = {
        finding.reading
        for finding in verdicts[BROKEN].findings
        if finding.outcome is Outcome.FAILED and finding.question is Question.DRIFT
    }
    if {DEFECTS[lane] for lane in lanes if lane in DEFECTS} <= failed:
        return ExitCode.PASSED
    outcome = verdicts[BROKEN].outcome
    # A defect that passes unseen means the lab is broken, not the release.
    return ExitCode.BROKEN if outcome in (Outcome.PASSED, Outcome.FAILED) else ExitCode.of(outcome)


def _judged(store: Store, runs: Mapping[str, Run], demo: Project, to: Console) -> dict[str, Verdict]:
    accepted, targets, policy = runs[ACCEPTED], demo.targets, demo.policy
    to.print()
    limits, references = frozenset({Question.LIMIT}), References(accepted=(accepted,))
    verdicts = {ACCEPTED: judging.judge(accepted, targets, policy=policy, questions=limits)}
    show_verdict(to, verdicts[ACCEPTED], heading=f"{ACCEPTED} against its limits")
    store.keep(accepted, verdicts[ACCEPTED])
    if verdicts[ACCEPTED].outcome is Outcome.PASSED:
        baseline = Baseline(
            name=BASELINE,
            run=accepted.id,
            release=ACCEPTED,
            promoted_at=datetime.now(UTC),
            promoted_by="the demo",
            why="the first release, and it keeps every limit",
        )
        store.promote(baseline)
        to.print(f"  promoted as baseline '{BASELINE}': {baseline.why}", style="dim")
    for release in (UNCHANGED, BROKEN):
        to.print()
        verdicts[release] = judging.judge(runs[release], targets, references, policy=policy)
        show_verdict(to, verdicts[release], heading=f"{release} against its limits and {ACCEPTED}")
        store.keep(runs[release], verdicts[release])
    return verdicts


def _speaking_of(targets: tuple[Target, ...], cases: tuple[PlannedCase, ...]) -> list[Target]:
    lanes = {planned.case.lane for planned in cases}
    return [target for target in targets if metric_of(target.reading).lane in lanes]


def _quickened(planned: PlannedCase) -> PlannedCase:
    if planned.case.lane is not Lane.LOAD:
        return planned
    return replace(planned, case=replace(planned.case, profile=QUICK_PROFILE))


def _close(to: Console, path: Path, unchanged: Outcome, code: int) -> None:
    if code != ExitCode.PASSED:
        ending = f"The story did not come out as told (exit code {code})."
    elif unchanged is Outcome.PASSED:
        ending = "So 1.1 may launch, and 1.2 may not."
    else:
        ending = "So 1.2 may not launch; 1.1 shows nothing worse, and needs more trials to be cleared."
    to.print(f"\n[bold]{ending}[/]")
    show_report(to, path, "open the report, then measure your own: launchlab load --url URL")
