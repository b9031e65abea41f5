"""Reads load profiles from TOML files; the shipped ones lie beside this module."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab.kernel.errors import UsageError
from lab.kernel.toml_file import checked, table_of
from profiles import staging
from profiles.profile import Profile
from profiles.profile_file import ProfileFile, StagedFile, StageFile

SHIPPED = Path(__file__).parent


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
    table = table_of(path)
    if "stages" in table:
        staged = checked(StagedFile, path, table)
        return staging.profile_of(path, staged.stages, staged.steady, staged.trials)
    short = checked(ProfileFile, path, table)
    # Checked already, and with its quantities in base units.
    only = StageFile.model_construct(name=staging.ONLY, **short.model_dump(exclude={"trials"}))
    return staging.profile_of(path, [only], None, short.trials)
