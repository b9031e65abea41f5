"""Reads load profiles from TOML files; the shipped ones lie beside this module."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from lab.kernel.errors import UsageError
from lab.kernel.quantities import Seconds
from lab.kernel.toml_file import checked, table_of
from profiles.profile import MOST_USERS, Profile

SHIPPED = Path(__file__).parent
# A day: longer than any load that a release waits for.
_LONGEST = 86_400

Span = Annotated[Seconds, Field(ge=0, le=_LONGEST)]


class ProfileFile(BaseModel):
    """A load profile: how many users, how they arrive, and how long they are measured."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    users: Annotated[int, Field(ge=1, le=MOST_USERS)]
    """Concurrent users."""
    ramp: Span = Field(default="0 s", validate_default=True)
    """The time in which they come up."""
    warm_up: Span = Field(default="0 s", validate_default=True)
    """What is left out of the readings after the ramp."""
    hold: Annotated[Span, Field(gt=0)]
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
    profile = Profile(name=path.stem, **content.model_dump())
    if not profile.seconds:
        raise UsageError(
            f"{path}: ramp, warm_up and hold leave no whole second to measure.  Hold for at least 2 s."
        )
    return profile
