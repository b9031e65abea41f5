"""The JSON object that a measuring command prints with ``--json``, and the schema it keeps to.

Object and schema are made from the same dataclasses, so they cannot differ; the text below a field is its
description in the schema.  Numbers are in base units, and names stand as the subject gave them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from lab.kernel.model import Lane, Validity
from lab.kernel.units import Unit
from lab.kernel.verdict import Outcome, Question
from reports.exports.part import Part, written

# Format history.  1: the first.  Fields may be added to a format; none changes its meaning or goes.
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CaveatPart(Part):
    """A reason to trust a measurement less."""

    code: str
    """What is doubtful, as a stable word."""
    advice: str
    """What the reader can do about it."""
    fatal: bool
    """Whether it keeps its trial out of the statistics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPart(Part):
    """One independent execution of a case."""

    index: int
    """Its number within the case, from 0."""
    started_at: datetime
    """When it began."""
    duration: float
    """How long it took, in seconds."""
    validity: Validity
    """Whether it may be believed; an invalid trial is in no statistics."""
    caveats: tuple[CaveatPart, ...]
    """Reasons to trust this trial less."""
    readings: Mapping[str, float]
    """What was read, by metric, or by metric and endpoint: response_mean{GET /api/search}.  In the base
    unit of the metric, see 'units'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePart(Part):
    """What was exercised, and how: the identity of a comparison, and its trials."""

    case: str
    """Its name for people; findings refer to it, together with the lane."""
    lane: Lane
    """How it was measured."""
    journey: str
    """What one user does: a journey, a page journey, or a benchmark file."""
    profile: str | None
    """How hard and how long; null outside the load lane."""
    phone: str | None
    """The emulated phone, if any."""
    network: str | None
    """The emulated network, if any."""
    variant: str | None
    """What else must not differ between two runs, if anything."""
    planned: int
    """How many trials the plan asked for."""
    trials: tuple[TrialPart, ...]
    """The trials in the order they were made, sound or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalPart(Part):
    """A value with the confidence interval around it."""

    center: float | None
    """The value itself; null where it is not finite."""
    low: float | None
    """The lower end; null where there is none."""
    high: float | None
    """The upper end; null where there is none."""
    confidence: float
    """The two-sided confidence of the interval, as a ratio: 0.95."""
    size: int
    """How many trials stand behind it; with one there is no interval, and both ends are the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePart(Part):
    """How a reading moved against a baseline: new minus old, and new over old."""

    absolute: IntervalPart
    """New minus old, in the finding's unit."""
    ratio: IntervalPart | None
    """New over old; null where a ratio means nothing, as for shares of errors."""
    exact: bool
    """Whether both sides are constants, so that any difference is real."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPart(Part):
    """What was concluded about one question."""

    target: str
    """The name of the promise."""
    question: Question
    """Whether the promise is kept (limit), or whether the reading moved since the baseline (drift)."""
    outcome: Outcome
    """The answer."""
    reason: str
    """The answer in words."""
    reading: str
    """The metric, or metric and endpoint, that was judged."""
    unit: Unit | None
    """The base unit of the numbers below; null for a metric that this launchlab does not know."""
    case: str | None
    """The name of the case; null where no case of the run has the reading."""
    lane: Lane | None
    """The lane of the case; null where there is no case."""
    limit: float | None
    """The promised limit, in the unit; null for a drift."""
    measured: IntervalPart | None
    """What was measured, in the unit; null where nothing was."""
    change: ChangePart | None
    """How it moved; null for a limit, and where nothing could be compared."""
    baseline: str | None
    """The run that a drift was measured against."""
    baseline_release: str | None
    """The release of that run."""
    p_value: float | None
    """One-sided, and adjusted over all fail tests of the run; null where the evidence may only warn."""
    smallest_change: float | None
    """The smallest harm that would have been found: a ratio to the baseline or the limit, or in the unit
    where the metric compares by difference; null where unknown."""
    trials_to_settle: int | None
    """How many more trials, a side for a drift, would settle it; null where none are needed or none help."""
    notes: tuple[str, ...]
    """What else is worth knowing: improvements and warnings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Part):
    """What one run of one release measured, and what was concluded.

    All numbers are in base units: seconds, bytes, ratios, counts, and these per second.
    """

    format: int
    """The format of this object: 1.  Fields may be added to a format; none changes its meaning or goes."""
    run: str
    """The run's name: launchlab report RUN makes its page again."""
    session: str
    """Runs with the same session were measured at the same time, trial about trial."""
    subject: str
    """The name of the system under test."""
    release: str
    """The release of the subject that was measured."""
    started_at: datetime
    """When the run began."""
    partial: bool
    """Whether the run ended before its plan did; it is then never a pass."""
    looks: tuple[int, ...]
    """The numbers of trials a case at which it was planned to judge; empty where once, at the end."""
    look: int
    """Up to which of these the run was measured, counted from 1; the gate's levels are divided over all."""
    outcome: Outcome | None
    """The worst outcome of the findings; null where nothing was judged."""
    exit_code: int
    """The exit code of the command: 0 passed, or sound where nothing is judged; 3 failed, 4 inconclusive,
    5 invalid or not comparable, 130 and 143 interrupted."""
    judged_at: datetime | None
    """When the verdict was made; null where nothing was judged."""
    baselines: tuple[str, ...]
    """The runs that this one was held against."""
    caveats: tuple[CaveatPart, ...]
    """Reasons to trust the whole run less."""
    units: Mapping[str, Unit]
    """The base unit of each metric among the readings, by the metric's name without an endpoint."""
    environment: Mapping[str, str]
    """The facts that must not differ between two runs that are compared."""
    cases: tuple[CasePart, ...]
    """What was exercised, in the order of the plan."""
    findings: tuple[FindingPart, ...]
    """One per target, case, question and baseline; empty where nothing was judged."""
    report: str | None
    """The path of the HTML report; null where none was made."""


_ADAPTER = TypeAdapter(Document)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) that every document keeps to."""
    made = _ADAPTER.json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "What a measuring command of launchlab prints with --json",
    }


def to_json(document: Document) -> str:
    """Return *document* as JSON in plain ASCII, so that nothing in it acts on a terminal or a pipeline."""
    return written(_ADAPTER.dump_python(document, mode="json"))
