"""What one start of the tour app is given; a value that can be sent to a worker process."""

from dataclasses import dataclass
from pathlib import Path

from tourapp.defects.defect import Defect
from tourapp.releases import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One start: `defects` holds those of the release and those asked for.

    `catalogue` is the file of seeded content, never written to while serving; `logbook` the file of what
    walkers write, the one that a backup must save.
    """

    catalogue: Path
    logbook: Path
    release: Release = Release.V1_0
    defects: frozenset[Defect] = frozenset()
