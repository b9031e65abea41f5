"""What a load profile is: how many users, how they arrive, and which part of the time counts."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

from profiles.flow import Flow, Piece
from profiles.schedule import Even, InTurn, Poisson, Schedule


class Spacing(enum.StrEnum):
    """How arrivals lie around their rate."""

    CONSTANT = "constant"
    # Independent of each other, as those of many strangers are.
    POISSON = "poisson"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recorded rate: *steps* of seconds and arrivals a second, each until the next; the last is the end."""

    steps: tuple[tuple[float, float], ...]

    @property
    def length(self) -> float:
        """Seconds from its beginning to its end."""
        return self.steps[-1][0]

    @property
    def highest(self) -> float:
        """Its highest rate."""
        return max(rate for _, rate in self.steps)

    def pieces(self, seconds: float) -> Iterator[Piece]:
        """Yield what of it lies within its first *seconds*."""
        for (begin, rate), (end, _) in pairwise(self.steps):
            yield Piece(length=max(0.0, min(end, seconds) - begin), first=rate, last=rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of a load: *ramp* seconds from the stage before, and then *warm_up* and *hold* on its level.

    Without a *rate* the load is closed: each user pauses between tasks and begins the next when it
    likes, or with a *pace* one task every so many seconds.  With a rate it is open: *rate* tasks a
    second are due, *spacing* says how they lie, each is taken by the next free user, and *users* is the
    most that can be under way at once.  A *recording* takes the place of the level; *rate* is its
    highest then.
    """

    name: str
    users: int
    ramp: float
    warm_up: float
    hold: float
    rate: float | None = None
    spacing: Spacing = Spacing.CONSTANT
    recording: Recording | None = None
    pace: float | None = None

    @property
    def level(self) -> float:
        """How much it asks of the subject, in comparison to the profile's other stages."""
        return self.rate or self.users / (self.pace or 1.0)

    @property
    def last_rate(self) -> float:
        """The rate at which it ends; 0 for a closed one."""
        if self.recording is None:
            return self.rate or 0.0
        *_, last = (p for p in self.recording.pieces(self.warm_up + self.hold) if p.length)
        return last.last

    def pieces(self, before: float) -> Iterator[Piece]:
        """Yield the rate of an open stage, which begins at that of the stage *before*."""
        seconds = self.warm_up + self.hold
        on = self.recording.pieces(seconds) if self.recording else self._level(seconds)
        level = [piece for piece in on if piece.length]
        yield Piece(length=self.ramp, first=before, last=level[0].first if level else self.rate or 0.0)
        yield from level

    def _level(self, seconds: float) -> Iterator[Piece]:
        yield Piece(length=seconds, first=self.rate or 0.0, last=self.rate or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """When a *stage*, called *name* in its profile, takes place, in seconds from the start of the load.

    It *begins* with its ramp, is on its level when *reached*, and warm when *settled*.
    """

    name: str
    stage: Stage
    begins: float

    @property
    def reached(self) -> float:
        """When its ramp is over."""
        return self.begins + self.stage.ramp

    @property
    def settled(self) -> float:
        """When its warm-up is over, too."""
        return self.reached + self.stage.warm_up

    @property
    def ends(self) -> float:
        """When the next stage begins."""
        return self.settled + self.stage.hold

    @property
    def seconds(self) -> range:
        """The whole seconds of its hold."""
        return range(math.ceil(self.settled), math.floor(self.ends))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Stage):
    """A load: users walk their journeys, stage by stage.

    It is itself the steady stage, called *stage*, whose hold is the window that counts; *before* and
    *after* are the others, which are recorded and in no reading.  The first stage's ramp brings up its
    users, and its arrivals begin when they are there.  *trials* is how often a run repeats it, and
    *seed* decides on what is left to chance.
    """

    trials: int
    stage: str = "steady"
    before: tuple[Stage, ...] = ()
    after: tuple[Stage, ...] = ()
    seed: int = 0

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Self:
        """Return the profile that ``dataclasses.asdict`` made *written* of, maybe by way of JSON."""
        others = {key: tuple(Stage(**_read(stage)) for stage in written[key]) for key in ("before", "after")}
        return cls(**{**_read(written), **others})

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All of its stages, in their order."""
        return (*self.before, self, *self.after)

    @property
    def spans(self) -> tuple[Span, ...]:
        """When each of its stages takes place."""
        found: list[Span] = []
        for stage in self.stages:
            name = self.stage if stage is self else stage.name
            found.append(Span(name=name, stage=stage, begins=found[-1].ends if found else 0.0))
        return tuple(found)

    @property
    def steady_from(self) -> float:
        """Seconds from the start until the steady window opens."""
        return self._steady.settled

    @property
    def duration(self) -> float:
        """Seconds from the first user to the end of the last stage."""
        return self.spans[-1].ends

    @property
    def seconds(self) -> range:
        """The whole seconds inside the steady window: those that count."""
        return self._steady.seconds

    @property
    def most_users(self) -> int:
        """How many users there are at the height of it."""
        return max(stage.users for stage in self.stages)

    @property
    def highest_rate(self) -> float | None:
        """How many tasks a second are due at the height of it; None where nobody plans that."""
        return max((stage.level for stage in self.stages if stage.rate or stage.pace), default=None)

    @property
    def schedule(self) -> Schedule | None:
        """When arrivals are due; None for a closed load."""
        if self.rate is None:
            return None
        parts: list[Schedule] = []
        rate_before = 0.0
        for number, span in enumerate(self.spans):
            ramp, *level = span.stage.pieces(rate_before)
            flow = Flow(span.begins, [ramp, *level]) if number else Flow(span.reached, level)
            poisson = span.stage.spacing is Spacing.POISSON
            parts.append(Poisson(flow, self.seed, number) if poisson else Even(flow))
            rate_before = span.stage.last_rate
        return InTurn(parts)

    @property
    def arrivals(self) -> int:
        """How many arrivals are due in the seconds that count; none for a closed load."""
        schedule = self.schedule
        return schedule.before(self.seconds.stop) - schedule.before(self.seconds.start) if schedule else 0

    def span_at(self, elapsed: float) -> Span:
        """Return which stage takes place *elapsed* seconds after the start; the last one after the end."""
        return next((span for span in self.spans if elapsed < span.ends), self.spans[-1])

    def users_at(self, elapsed: float) -> int:
        """Return how many users should be there *elapsed* seconds after the start; at least one."""
        users_before = 0
        for span in self.spans:
            if elapsed < span.reached:
                share = (elapsed - span.begins) / span.stage.ramp
                return max(1, round(users_before + (span.stage.users - users_before) * share))
            if elapsed < span.ends:
                break
            users_before = span.stage.users
        return span.stage.users

    @property
    def _steady(self) -> Span:
        return self.spans[len(self.before)]


def _read(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a stage, with what JSON has no type for."""
    recorded = written["recording"]
    steps = tuple((seconds, rate) for seconds, rate in recorded["steps"]) if recorded else ()
    return {
        **written,
        "spacing": Spacing(written["spacing"]),
        "recording": Recording(steps=steps) if recorded else None,
    }
