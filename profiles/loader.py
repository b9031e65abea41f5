"""Reads load profiles from TOML files; the shipped ones lie beside this module."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from lab.kernel.errors import UsageError
from lab.kernel.quantities import PerSecond, Seconds
from lab.kernel.toml_file import checked, table_of
from profiles.profile import MOST_RATE, MOST_USERS, Profile

SHIPPED = Path(__file__).parent
# A day: longer than any load that a release waits for.
_LONGEST = 86_400

Span = Annotated[Seconds, Field(ge=0, le=_LONGEST)]
Hold = Annotated[Span, Field(gt=0)]
Users = Annotated[int, Field(ge=1, le=MOST_USERS)]
Rate = Annotated[PerSecond, Field(le=MOST_RATE)]


class ProfileFile(BaseModel):
    """A load profile: how many users, how they arrive, and how long they are measured."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    users: Users
    """Concurrent users; with a rate, the most that may be under way at once."""
    rate: Rate | None = None
    """Tasks that begin each second, whatever the subject does, up to what one process can send; without
    it users pause between tasks."""
    ramp: Span = Field(default="0 s", validate_default=True)
    """The time in which they come up."""
    warm_up: Span = Field(default="0 s", validate_default=True)
    """What is left out of the readings after the ramp."""
    hold: Hold
    """The steady window: what counts."""
    trials: Annotated[int, Field(ge=1, le=1000)] = 3
    """How often a run repeats it."""


def names(folders: Sequence[Path] = (SHIPPED,)) -> list[str]:
    """Return the names of the profiles in *folders*."""
    return sorted({path.stem for folder in folders for path in folder.glob("*.toml")})


def load(name: str, folders: Sequence[Path] = (SHIPPED,)) -> Profile:
    """Return the profile *name*; the first folder that has it wins.

    Raises UsageError for an unknown name, with the known ones, and for a bad file, with the file,
    the key, the value seen and what is accepted.
    """
    for folder in folders:
        path = folder / f"{name}.toml"
        if name in names([folder]):
            return _read(path)
    raise UsageError.unknown("profile", name, names(folders))


def _read(path: Path) -> Profile:
    content = checked(ProfileFile, path, table_of(path))
    return measurable(Profile(name=path.stem, **content.model_dump()), path)


def measurable(profile: Profile, origin: Path | str) -> Profile:
    """Return *profile*.  Raises UsageError, naming its *origin*, when its window cannot hold a request."""
    if not profile.seconds:
        raise UsageError(
            f"{origin}: ramp, warm_up and hold leave no whole second to measure.  Hold for at least 2 s."
        )
    if profile.rate and not profile.arrivals:
        raise UsageError(f"{origin}: at {profile.rate:g} /s no arrival is due in the window.  Hold longer.")
    return profile
