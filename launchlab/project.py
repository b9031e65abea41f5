"""Reads ``launchlab.toml``: the subject, what to measure, and what was promised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lab.engine.allowlist import Entry, plain_host
from lab.engine.gate import USUAL, Policy
from lab.engine.subject import Source
from lab.kernel.errors import UsageError
from lab.kernel.metrics import Better, Metric, metric_of
from lab.kernel.model import Case, Lane, PlannedCase
from lab.kernel.toml_file import checked, table_of
from lab.kernel.units import Unit, parse
from lab.kernel.verdict import Margins, Target
from profiles import loader as profiles

FILE = "launchlab.toml"
# Where the packages lie: the folder that the demo's project speaks of.
BUNDLED = Path(__file__).parent.parent
DEMO = Path(__file__).with_name("demo.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a project file says, resolved and checked; its paths are below *root*."""

    root: Path
    bundled: bool
    source: Source
    release: str
    cases: tuple[PlannedCase, ...]
    targets: tuple[Target, ...]
    policy: Policy
    profile_folders: tuple[Path, ...]


def _in(unit: Unit) -> Callable[[Any], Any]:
    return lambda value: parse(value, unit) if isinstance(value, str) else value


Ratio = Annotated[float, BeforeValidator(_in(Unit.RATIO)), Field(ge=0, le=10)]
Seconds = Annotated[float, BeforeValidator(_in(Unit.SECOND)), Field(gt=0)]
Trials = Annotated[int, Field(ge=1, le=1000)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Subject(_Section):
    name: str
    release: str
    ready: str = "/"
    url: str | None = None
    command: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    start_timeout: Seconds = 30.0

    @model_validator(mode="after")
    def _one_way_to_be_had(self) -> Self:
        if bool(self.url) is bool(self.command):
            raise ValueError("either a url, where it already runs, or a command that starts it")
        return self


class _Allowed(_Section):
    host: Annotated[str, AfterValidator(plain_host)]
    users: Annotated[int, Field(ge=1)] | None = None
    rate: Annotated[float, BeforeValidator(_in(Unit.PER_SECOND)), Field(ge=1)] | None = None


def _entry(written: Any) -> Entry:
    """Read a line of `allow`: a host alone, or a table with its caps."""
    if isinstance(written, str):
        return Entry(host=plain_host(written))
    if isinstance(written, dict):
        return Entry(**_Allowed.model_validate(written).model_dump())
    raise ValueError('a host, or { host = "staging.example.org", users = 500, rate = "200 /s" }')


class _Load(_Section):
    journey: str
    profile: str
    trials: Trials | None = None


class _Devices(_Section):
    page: str
    phone: str
    network: str
    trials: Trials = 3


class _Bench(_Section):
    path: str
    trials: Trials = 3


class _Plan(_Section):
    load: tuple[_Load, ...] = ()
    devices: tuple[_Devices, ...] = ()
    bench: tuple[_Bench, ...] = ()


class _Margins(_Section):
    fail: Ratio
    accept: Ratio


class _Target(_Section):
    name: str
    reading: str
    limit: str | None = None
    drift: _Margins | None = None
    journey: str | None = None
    profile: str | None = None
    phone: str | None = None
    network: str | None = None
    variant: str | None = None


class _Gate(_Section):
    invalid_share: Ratio = USUAL.invalid_share


class ProjectFile(_Section):
    """The keys of ``launchlab.toml``; quantities carry units, as in ``limit = "200 ms"``."""

    subject: _Subject
    allow: tuple[Annotated[Entry, BeforeValidator(_entry)], ...] = ()
    profiles: tuple[str, ...] = ()
    plan: _Plan = _Plan()
    targets: tuple[_Target, ...] = ()
    gate: _Gate = _Gate()


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
    except ValueError as error:
        raise UsageError(f"{path}: {error}.") from None
    root = BUNDLED if path == DEMO else path.parent
    folders = (*(root / folder for folder in content.profiles), profiles.SHIPPED)
    subject = content.subject
    return Project(
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
        cases=tuple(_cases(content.plan, folders)),
        targets=targets,
        policy=Policy(invalid_share=content.gate.invalid_share),
        profile_folders=folders,
    )


def _cases(plan: _Plan, folders: tuple[Path, ...]) -> list[PlannedCase]:
    return [
        *(
            PlannedCase(
                case=Case(lane=Lane.LOAD, journey=entry.journey, profile=entry.profile),
                trials=entry.trials or profiles.load(entry.profile, folders).trials,
            )
            for entry in plan.load
        ),
        *(
            PlannedCase(case=page_case(entry.page, entry.phone, entry.network), trials=entry.trials)
            for entry in plan.devices
        ),
        *(
            PlannedCase(case=Case(lane=Lane.BENCH, journey=entry.path), trials=entry.trials)
            for entry in plan.bench
        ),
    ]


def page_case(page: str, phone: str, network: str) -> Case:
    """Return the case of a cold visit: a fresh browser, nothing cached."""
    return Case(lane=Lane.DEVICES, journey=page, phone=phone, network=network, variant="cold")


def _target(entry: _Target) -> Target:
    fields = entry.model_dump(exclude={"limit", "drift"})
    try:
        metric = metric_of(entry.reading)
    except UsageError as error:
        raise ValueError(f"target {entry.name!r}: {error}".rstrip(".")) from None
    if entry.limit is None and entry.drift is None:
        raise ValueError(f"target {entry.name!r} promises nothing; give it a limit, a drift, or both")
    return Target(
        limit=None if entry.limit is None else parse(entry.limit, metric.unit),
        drift=_margins(entry, metric),
        **fields,
    )


def _margins(entry: _Target, metric: Metric) -> Margins | None:
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
