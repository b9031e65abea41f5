"""Reads ``launchlab.toml``: the subject, what to measure, and what was promised."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lab.engine.addresses import read_url
from lab.engine.policy import Policy
from lab.engine.secrets import headers_of
from lab.engine.subject import Source
from lab.kernel.errors import ExitCode, UsageError
from lab.kernel.metrics import Better, Metric, metric_of
from lab.kernel.model import Case, Lane, PlannedCase
from lab.kernel.toml_file import checked, table_of
from lab.kernel.units import parse
from lab.kernel.verdict import Allowance, Margins, Outcome, Target
from launchlab.project_file import (
    AllowanceEntry,
    Inconclusive,
    PlanSection,
    ProjectFile,
    TargetEntry,
)
from profiles import loader as profiles
from profiles.profile import Profile

FILE = "launchlab.toml"
# What a release is called that nobody named.
UNNAMED = "unnamed"
_PORTS = {"http": 80, "https": 443}
# Where the packages lie: the folder that the demo's project speaks of.
BUNDLED = Path(__file__).parent.parent
DEMO = Path(__file__).with_name("demo.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a project file says, resolved and checked; its paths are below *root*.

    *path* is the file that was read.  *locustfiles* are the project's own, by the journey that
    stands for each.
    """

    path: Path
    root: Path
    bundled: bool
    source: Source
    release: str
    cases: tuple[PlannedCase, ...]
    targets: tuple[Target, ...]
    policy: Policy
    baseline: str
    pinned: str | None
    inconclusive: Inconclusive
    profile_folders: tuple[Path, ...]
    locustfiles: Mapping[str, Path]
    headers: Mapping[str, str]

    def profiles_of(self, cases: Iterable[PlannedCase]) -> dict[str, Profile]:
        """Return the profiles that *cases* name.  Raises UsageError for an unknown one."""
        names = {planned.case.profile for planned in cases if planned.case.profile is not None}
        return {name: profiles.load(name, self.profile_folders) for name in names}


def exit_code_of(project: Project, outcome: Outcome) -> ExitCode:
    """Return a verdict's exit code; the project may let an INCONCLUSIVE one only warn."""
    if outcome is Outcome.INCONCLUSIVE and project.inconclusive is Inconclusive.WARN:
        return ExitCode.PASSED
    return ExitCode.of(outcome)


def is_own(project: Project, url: str | None) -> bool:
    """Whether *url* is the project's own subject; no address is."""
    own = project.source.url
    return url is None or (own is not None and _place(url) == _place(own))


def release_of(project: Project, url: str | None, named: str | None) -> str:
    """Return what the release is called: as it was *named*, else as the project says of its own subject."""
    return named or (project.release if is_own(project, url) else UNNAMED)


def source_of(project: Project, url: str | None = None) -> Source:
    """Return the project's subject, or what already runs at *url* in its place.

    The references in the project's headers are resolved now; they are sent to its own subject and
    nowhere else.  Raises UsageError for one that leads nowhere, and for what is no address.
    """
    if url is not None and not is_own(project, url):
        return Source(name=read_url(url).netloc, url=url, allow=project.source.allow)
    return replace(project.source, headers=headers_of(project.headers, project.root, os.environ))


def _place(url: str) -> tuple[str, str | None, int | None, str]:
    """Return what tells two addresses apart, however they are written."""
    parts = read_url(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme), parts.path.rstrip("/")


def load(path: Path | None = None) -> Project:
    """Return the project at *path*; by default the one of this folder, else the bundled one.

    Raises UsageError naming the file, the key, the value seen and what is accepted.
    """
    if path is None:
        path = Path(FILE) if Path(FILE).exists() else DEMO
    if not path.exists():
        raise UsageError(f"there is no project file {str(path)!r}.  Name one with --project.")
    content = checked(ProjectFile, path, table_of(path))
    try:
        targets = tuple(_target(target) for target in content.targets)
        allowances = tuple(_allowance(each) for each in content.gate.allowances)
    except ValueError as error:
        raise UsageError(f"{path}: {error}.") from None
    root = BUNDLED if path == DEMO else path.parent
    folders = (*(root / folder for folder in content.profiles), profiles.SHIPPED)
    subject = content.subject
    return Project(
        path=path,
        root=root,
        bundled=path == DEMO,
        source=Source(
            name=subject.name,
            ready=subject.ready,
            url=subject.url,
            command=subject.command,
            releases=subject.releases,
            allow=content.allow,
            start_timeout=subject.start_timeout,
            folder=root,
        ),
        release=subject.release,
        cases=_cases(path, content.plan, folders),
        targets=targets,
        policy=Policy(
            invalid_share=content.gate.invalid_share,
            cumulative=content.gate.cumulative,
            allowances=allowances,
        ),
        baseline=content.gate.baseline,
        pinned=content.gate.pinned,
        inconclusive=content.gate.inconclusive,
        profile_folders=folders,
        headers=subject.headers,
        locustfiles={file: root / file for entry in content.plan.load if (file := entry.locustfile)},
    )


def _cases(path: Path, plan: PlanSection, folders: tuple[Path, ...]) -> tuple[PlannedCase, ...]:
    planned = tuple(_planned(plan, folders))
    twice = [case.name for case, times in Counter(each.case for each in planned).items() if times > 1]
    if twice:
        raise UsageError(
            f"{path}: plan names {twice[0]!r} twice.  Name it once, with as many trials as both."
        )
    return planned


def _planned(plan: PlanSection, folders: tuple[Path, ...]) -> Iterator[PlannedCase]:
    for load in plan.load:
        journey = load.journey or load.locustfile or ""
        case = Case(lane=Lane.LOAD, journey=journey, profile=load.profile)
        yield PlannedCase(case=case, trials=load.trials or profiles.load(load.profile, folders).trials)
    for visit in plan.devices:
        case = page_case(visit.page, visit.phone, visit.network)
        yield PlannedCase(case=case, trials=visit.trials)
    for code in plan.bench:
        yield PlannedCase(case=Case(lane=Lane.BENCH, journey=code.path), trials=code.trials)


def page_case(page: str, phone: str, network: str) -> Case:
    """Return the case of a cold visit: a fresh browser, nothing cached."""
    return Case(lane=Lane.DEVICES, journey=page, phone=phone, network=network, variant="cold")


def _target(entry: TargetEntry) -> Target:
    fields = entry.model_dump(exclude={"limit", "drift"})
    try:
        metric = metric_of(entry.reading)
    except UsageError as error:
        raise ValueError(f"target {entry.name!r}: {error}".rstrip(".")) from None
    if entry.limit is None and entry.drift is None:
        raise ValueError(f"target {entry.name!r} promises nothing; give it a limit, a drift, or both")
    return Target(
        limit=None if entry.limit is None else _limit(entry, entry.limit, metric),
        drift=_margins(entry, metric),
        **fields,
    )


def _allowance(entry: AllowanceEntry) -> Allowance:
    try:
        metric_of(entry.reading)
    except UsageError as error:
        raise ValueError(f"allowance of {entry.reading!r}: {error}".rstrip(".")) from None
    return Allowance(reading=entry.reading, share=entry.share, why=entry.why)


def _limit(entry: TargetEntry, written: str, metric: Metric) -> float:
    try:
        return parse(written, metric.unit)
    except ValueError as error:
        raise ValueError(f"target {entry.name!r}: limit {error}") from None


def _margins(entry: TargetEntry, metric: Metric) -> Margins | None:
    if entry.drift is None:
        return None
    fault = None
    if entry.drift.accept < entry.drift.fail:
        fault = "accepts less than it fails; accept has to be at least fail"
    elif metric.better is Better.HIGHER and entry.drift.accept >= 1:
        fault = "accepts a loss of everything; accept has to be below 100 %"
    elif metric.lane is Lane.BENCH:
        fault = "has a drift, but a benchmark file times this folder's code whatever the release"
    if fault:
        raise ValueError(f"target {entry.name!r} {fault}")
    return Margins(fail=entry.drift.fail, accept=entry.drift.accept)
