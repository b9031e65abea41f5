"""What a page says: page models in which everything is text already, and nothing is markup."""

from __future__ import annotations

from dataclasses import dataclass

from lab.kernel.verdict import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """An outcome that is told by its word, its sign and its *tone*, a class of the stylesheet."""

    word: str
    sign: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the rows of both finding tables share: the rule, the answer, and the evidence."""

    rule: str
    target: str
    case: str
    origin: str
    smallest: str
    badge: Badge
    reason: str
    chance: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRow(Row):
    """A promise: its limit, what was measured, and what is left between them."""

    limit: str
    measured: str
    certainty: str
    margin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRow(Row):
    """What changed against a baseline, in words; *course* is worse, better or neither."""

    baseline: str
    baseline_run: str
    moved: str
    proportion: str
    course: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaveatRow:
    """A reason to trust less, where it applies, and what to do about it."""

    where: str
    code: str
    advice: str
    fatal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """A reason why requests failed: where, how often, and an example."""

    endpoint: str
    reason: str
    count: str
    example: str
    case: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureTable:
    """The most frequent reasons; *rest* says what the table leaves out."""

    rows: tuple[FailureRow, ...]
    rest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRow:
    """One trial: its number, whether it may be believed, and its key readings."""

    index: str
    validity: str
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialTable:
    """The trials of one case; *rest* says what the table leaves out."""

    case: str
    columns: tuple[str, ...]
    rows: tuple[TrialRow, ...]
    rest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """A fact of the environment, per run."""

    name: str
    values: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentTable:
    """Where each run took place, and whether that differed."""

    summary: str
    columns: tuple[str, ...]
    rows: tuple[FactRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterPage:
    """One release: its verdict with all the evidence."""

    anchor: str
    release: str
    badge: Badge
    summary: str
    because: tuple[str, ...]
    measured: str
    banners: tuple[str, ...]
    promises: tuple[PromiseRow, ...]
    drifts: tuple[DriftRow, ...]
    failures: FailureTable
    caveats: tuple[CaveatRow, ...]
    trials: tuple[TrialTable, ...]
    environment: EnvironmentTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Dots:
    """One release in a row of a chart: every trial's value, and the mean if it was judged."""

    series: int
    values: tuple[float, ...]
    mean: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One row of a chart: a reading over the releases, and its limit."""

    label: str
    limit: float | None
    dots: tuple[Dots, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart of times, in seconds.  *releases* names the series, oldest first."""

    anchor: str
    title: str
    description: str
    releases: tuple[str, ...]
    strips: tuple[Strip, ...]
    rest: str
    table: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole page.  The question and its answer are about the last chapter's release."""

    question: str
    answer: str
    badge: Badge
    because: tuple[str, ...]
    judged: str
    chapters: tuple[ChapterPage, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level of a timeline: its value, from the *first* to the *last* run."""

    first: int
    last: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMark:
    """A change in a timeline: the run *at* which it is, and those at which it may as well have been."""

    at: int
    first: int
    last: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A reading over runs, which are numbered from 1.  *values* and levels are in the unit of *suffix*.

    *edges* are the runs with which another environment begins, *decided* those that people decided on.
    """

    anchor: str
    title: str
    description: str
    across: str
    suffix: str
    values: tuple[float, ...]
    levels: tuple[Level, ...]
    changes: tuple[ChangeMark, ...]
    edges: tuple[int, ...]
    decided: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """A change of level in words: which run began it, by how much, how sure, and how to look closer."""

    run: str
    release: str
    moved: str
    levels: str
    place: str
    chance: str
    following: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run of a history; *changed* where a level begins."""

    number: str
    run: str
    when: str
    release: str
    value: str
    trials: str
    notes: tuple[str, ...]
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryChapter:
    """The history of one case."""

    anchor: str
    heading: str
    summary: str
    timeline: Timeline
    changes: tuple[ChangeRow, ...]
    runs: tuple[RunRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """The whole page about a reading."""

    title: str
    answer: str
    written: str
    chapters: tuple[HistoryChapter, ...]
