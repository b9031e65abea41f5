"""What a profile file may hold, key by key: one load in the short form, or several stages."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from lab.kernel.quantities import PerSecond, Seconds
from profiles.capacity import MOST_RATE, MOST_USERS
from profiles.profile import Spacing

# A day: longer than any load that a release waits for.
LONGEST = 86_400

Span = Annotated[Seconds, Field(ge=0, le=LONGEST)]
Hold = Annotated[Span, Field(gt=0)]
Users = Annotated[int, Field(ge=1, le=MOST_USERS)]
Rate = Annotated[PerSecond, Field(le=MOST_RATE)]
Trials = Annotated[int, Field(ge=1, le=1000)]


class _Level(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    rate: Rate | None = None
    """Tasks that begin each second, whatever the subject does; without it users pause between tasks."""
    ramp: Span = Field(default="0 s", validate_default=True)
    """The time from the level before, at first from nobody."""
    warm_up: Span = Field(default="0 s", validate_default=True)
    """What is left out of the readings after the ramp."""
    arrivals: Spacing | None = None
    """With a rate: constant, one after another in the same interval, or poisson, as strangers come."""
    replay: str | None = None
    """Instead of a rate: a CSV file beside this one of seconds and arrivals per second."""
    pace: Hold | None = None
    """Without a rate: each user begins one task in this time, and what it is late is response time."""


class ProfileFile(_Level):
    """A load profile: how many users, how they arrive, and how long they are measured."""

    users: Users
    """Concurrent users; with a rate, the most that may be under way at once."""
    hold: Hold
    """The steady window: what counts."""
    trials: Trials = 3
    """How often a run repeats it."""


class StageFile(_Level):
    """One stage of a load; what it leaves out is as in the stage before, but for the times."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    """What the stage is called."""
    users: Users | None = None
    """Concurrent users; left out, as before, and at least as many as arrive in a second."""
    hold: Span
    """How long it stays on its level."""


class StagedFile(BaseModel):
    """A load profile of several stages, one of which is the steady one."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    stages: Annotated[list[StageFile], Field(min_length=1)]
    """The stages in their order.  Unless steady says, the last of those on the highest level counts."""
    steady: str | None = None
    """The stage whose hold is the steady window: what counts."""
    trials: Trials = 3
    """How often a run repeats all of them."""
