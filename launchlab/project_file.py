"""What ``launchlab.toml`` may say: its keys, their types and what each is for.

The docstrings under the keys are the descriptions of the JSON Schema that editors read.
"""

from __future__ import annotations

import enum
import re
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from lab.engine.allowlist import Entry, plain_host
from lab.engine.policy import USUAL
from lab.kernel.quantities import PerSecond, Ratio, Seconds

# What a path and query are written in (RFC 3986); a fragment is never sent.
_READY = r'^/[!"$-~]*$'


def _path(written: str) -> str:
    if not re.fullmatch(_READY, written):
        raise ValueError('a path in ASCII, with a query or without, such as "/health?deep=1"')
    return written


Trials = Annotated[int, Field(ge=1, le=1000)]


class Inconclusive(enum.StrEnum):
    """What an INCONCLUSIVE verdict does to a pipeline."""

    BLOCK = "block"
    WARN = "warn"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class SubjectSection(_Section):
    """The system under test: either where it already runs, or how a release of it is started."""

    name: str
    """What the subject is called in reports."""
    release: str
    """The release that is measured when the command names none."""
    ready: Annotated[str, AfterValidator(_path), Field(json_schema_extra={"pattern": _READY})] = "/"
    """The path that answers 200 once the subject serves."""
    url: str | None = None
    """Where it already runs, such as "https://staging.example.org"."""
    command: tuple[str, ...] = ()
    """What starts a release here; {python}, {port} and {release} are filled in."""
    releases: tuple[str, ...] = ()
    """The releases that the command can start."""
    start_timeout: Annotated[Seconds, Field(gt=0)] = Field(default="30 s", validate_default=True)
    """How long a start may take."""
    headers: dict[str, str] = {}
    """Headers of every request; secrets as references: "env:NAME" or "file:PATH"."""

    @model_validator(mode="after")
    def _one_way_to_be_had(self) -> Self:
        if bool(self.url) is bool(self.command):
            raise ValueError("either a url, where it already runs, or a command that starts it")
        return self


class AllowedTable(_Section):
    """A host that may be measured, and the most it may be given."""

    host: Annotated[str, AfterValidator(plain_host)]
    """A name, an address or a network."""
    users: Annotated[int, Field(ge=1)] | None = None
    """Users at a time; by default a modest number."""
    rate: Annotated[PerSecond, Field(ge=1)] | None = None
    """Requests a second; by default a modest number."""


def _entry(written: Any) -> Entry:
    """Read a line of `allow`: a host alone, or a table with its caps."""
    if isinstance(written, str):
        return Entry(host=plain_host(written))
    if isinstance(written, dict):
        return Entry(**AllowedTable.model_validate(written).model_dump())
    raise ValueError('a host, or { host = "staging.example.org", users = 500, rate = "200 /s" }')


Allowed = Annotated[
    Entry,
    BeforeValidator(_entry),
    WithJsonSchema({"anyOf": [{"type": "string"}, AllowedTable.model_json_schema()]}),
]


class LoadEntry(_Section):
    """A case of the load lane: a shipped journey or a locustfile, under a profile."""

    journey: str | None = None
    """The name of a shipped journey."""
    locustfile: str | None = None
    """A locustfile of your own, beside this file."""
    profile: str
    """How hard to push: a shipped profile, or a file in one of the `profiles` folders."""
    trials: Trials | None = None
    """Trials a release; by default the profile's."""

    @model_validator(mode="after")
    def _one_thing_to_do(self) -> Self:
        if (self.journey is None) is (self.locustfile is None):
            raise ValueError("either a journey or a locustfile")
        return self


class DevicesEntry(_Section):
    """A case of the devices lane: cold visits to a page, on a phone over a line."""

    page: str
    """The name of a page journey, or a path such as "/prices"."""
    phone: str
    """The phone to emulate."""
    network: str
    """The line it is on."""
    trials: Trials = 3
    """Visits a release."""


class BenchEntry(_Section):
    """A case of the bench lane: a pytest-benchmark file."""

    path: str
    """The file, beside this one."""
    trials: Trials = 3
    """Processes a release."""


class PlanSection(_Section):
    """What `launchlab gate` measures."""

    load: tuple[LoadEntry, ...] = ()
    """Cases under load."""
    devices: tuple[DevicesEntry, ...] = ()
    """Cases on phones."""
    bench: tuple[BenchEntry, ...] = ()
    """Code that is timed."""


class MarginsEntry(_Section):
    """How much worse than the baseline is a failure, and how little worse is still a pass."""

    fail: Ratio
    """It fails when it is shown to be worse by more than this."""
    accept: Ratio
    """It passes when it is shown to be worse by less than this."""


class TargetEntry(_Section):
    """A promise about one reading: a limit, an accepted drift against the baseline, or both."""

    name: str
    """The promise in words."""
    reading: str
    """A metric, such as "fcp", or that of one endpoint: "response_mean{GET /api/search}"."""
    limit: str | None = None
    """The promise to users, with its unit: "200 ms", "10 MB", "15 %/h"."""
    drift: MarginsEntry | None = None
    """How far it may move from the baseline."""
    journey: str | None = None
    """Only cases of this journey."""
    profile: str | None = None
    """Only cases of this profile."""
    phone: str | None = None
    """Only cases on this phone."""
    network: str | None = None
    """Only cases on this line."""
    variant: str | None = None
    """Only cases of this variant, such as "cold"."""


class AllowanceEntry(_Section):
    """A slowdown since the pinned baseline that people agreed to."""

    reading: str
    """The reading that may be worse, as in a target."""
    share: Ratio
    """By how much, on top of the cumulative margin."""
    why: Annotated[str, Field(min_length=1)]
    """The reason, for whoever asks later."""


class GateSection(_Section):
    """How `launchlab gate` decides."""

    baseline: str = "main"
    """The baseline to compare with: the last accepted release."""
    pinned: str | None = None
    """A second baseline that stays, so that slow drift cannot hide in small steps."""
    cumulative: Ratio = USUAL.cumulative
    """How much worse than the pinned baseline all releases since it may be together."""
    allowances: tuple[AllowanceEntry, ...] = ()
    """What people agreed to on top of the cumulative margin."""
    invalid_share: Annotated[Ratio, Field(le=1)] = USUAL.invalid_share
    """More unsound trials than this share, and the rest are no fair sample."""
    inconclusive: Inconclusive = Inconclusive.BLOCK
    """What an INCONCLUSIVE verdict does: "block" (exit code 4) or "warn" (exit code 0)."""


class ProjectFile(_Section):
    """launchlab.toml: what to measure, and what was promised about it."""

    subject: SubjectSection
    """The system under test."""
    allow: tuple[Allowed, ...] = ()
    """What may be measured besides loopback: host names, addresses or networks, with their caps."""
    profiles: tuple[str, ...] = ()
    """Folders with load profiles of your own."""
    plan: PlanSection = PlanSection()
    """What the gate measures."""
    targets: tuple[TargetEntry, ...] = ()
    """What was promised."""
    gate: GateSection = GateSection()
    """How the gate decides."""
