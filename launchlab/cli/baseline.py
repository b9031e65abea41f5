"""``launchlab baseline``: which runs were accepted, by whom and why."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from launchlab.cli import options

app = typer.Typer(help="Accept a run as what later releases are held against.", no_args_is_help=True)


@app.command()
def promote(
    run: Annotated[str, typer.Argument(help="The run to accept.")],
    *,
    why: Annotated[str, typer.Option(help="The reason, for whoever asks later.")],
    name: Annotated[str, typer.Option(help="The baseline's name.")] = "main",
    anyway: Annotated[bool, typer.Option("--anyway", help="Accept a failed or invalid run.")] = False,
    store: options.Store = options.STORE,
) -> None:
    """Accept RUN; a decision by a person, never a side effect of a green run."""
    from datetime import UTC, datetime

    from lab.kernel.errors import UsageError
    from lab.kernel.model import Baseline
    from lab.kernel.verdict import Outcome
    from lab.store.store import Store
    from launchlab.screen import console

    kept = Store.at(Path(store))
    accepted = kept.records.load_run(run)
    verdict = kept.records.load_verdict(run)
    outcome = verdict.outcome if verdict else None
    if accepted.partial or not any(trial.sound for trial in accepted.trials):
        raise UsageError(f"run {run!r} is partial or has no sound trial.  Promote a finished run.")
    if outcome in (Outcome.FAILED, Outcome.INVALID) and not anyway:
        raise UsageError(f"run {run!r} is {outcome.value}.  Say --anyway if it is accepted all the same.")
    if not why.strip():
        raise UsageError("--why is empty.  Whoever asks later needs the reason.")
    baseline = Baseline(
        name=name,
        run=run,
        release=accepted.subject.release,
        promoted_at=datetime.now(UTC),
        promoted_by=getpass.getuser(),
        why=why,
    )
    kept.promote(baseline)
    console().print(f"baseline {name!r} is now release {baseline.release} ({run})")


@app.command(name="list")
def list_(*, store: options.Store = options.STORE) -> None:
    """List every promotion, oldest first."""
    from lab.store.store import Store
    from launchlab.screen import console

    to, promotions = console(), Store.at(Path(store)).records.baselines()
    if not promotions:
        to.print("No baseline yet.  Next: launchlab baseline promote RUN --why REASON", style="dim")
    for baseline in promotions:
        to.print(
            f"{baseline.name}  {baseline.release}  {baseline.run}  "
            f"{baseline.promoted_at:%Y-%m-%d %H:%M} by {baseline.promoted_by}: {baseline.why}"
        )
