"""Reads load profiles from TOML files; the shipped ones lie beside this module."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from lab.kernel.errors import UsageError
from lab.kernel.toml_file import checked, table_of
from lab.kernel.units import Unit, parse
from profiles.profile import MOST_USERS, Profile

SHIPPED = Path(__file__).parent


def _seconds(value: Any) -> Any:
    return parse(value, Unit.SECOND) if isinstance(value, str) else value


Seconds = Annotated[float, BeforeValidator(_seconds), Field(ge=0, le=86_400)]


class ProfileFile(BaseModel):
    """The keys of a profile file; durations carry units, as in ``hold = "30 s"``."""

    model_config = ConfigDict(extra="forbid")

    users: Annotated[int, Field(ge=1, le=MOST_USERS)]
    ramp: Seconds = 0.0
    warm_up: Seconds = 0.0
    hold: Annotated[Seconds, Field(gt=0)]
    trials: Annotated[int, Field(ge=1, le=1000)] = 3


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
