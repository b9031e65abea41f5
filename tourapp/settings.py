"""What one start of the tour app is given; a value that can be sent to a worker process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tourapp.registry.defect import Defect
from tourapp.registry.releases import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One start: `defects` holds those of the release and those asked for, each with its strength.

    `catalogue` is the file of seeded content, and `media` the folder of sound and pictures, neither written
    to while serving; `logbook` the file of what walkers write, the one that a backup must save; `metrics` the
    folder in which the workers' numbers meet, None for an app that is made without the command.
    """

    catalogue: Path
    media: Path
    logbook: Path
    release: Release = Release.V1_0
    defects: Mapping[Defect, float] = field(default_factory=dict)
    demo_tokens: bool = False
    workers: int = 1
    metrics: Path | None = None
