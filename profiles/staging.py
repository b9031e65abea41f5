"""Makes a profile of the stages in a file: fills in what they leave out, and refuses what does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from lab.kernel.errors import UsageError
from profiles import recordings
from profiles.capacity import enough_users
from profiles.profile import Profile, Spacing, Stage
from profiles.profile_file import LONGEST, StageFile

# How a short file's only stage is called.
ONLY = "steady"


def profile_of(path: Path, entries: Sequence[StageFile], steady: str | None, trials: int) -> Profile:
    """Return the profile at *path*, whose stages are *entries*; *steady* names the one that counts.

    Raises UsageError naming the file, the key, the value seen and what is accepted.
    """
    stages: list[Stage] = []
    for number, entry in enumerate(entries):
        key = "" if entry.name == ONLY and len(entries) == 1 else f"stages.{number}."
        if entry.name in (stage.name for stage in stages):
            raise UsageError(f"{path}: {key}name is {entry.name!r}; accepted: a name of its own.")
        stages.append(_stage(path, key, entry, stages[-1] if stages else None))
    chosen = _highest(stages) if steady is None else _named(path, stages, steady)
    place = stages.index(chosen)
    return measurable(
        Profile(
            **{**_fields(chosen), "name": path.stem},
            trials=trials,
            stage=chosen.name,
            before=tuple(stages[:place]),
            after=tuple(stages[place + 1 :]),
        ),
        path,
    )


def measurable(profile: Profile, origin: Path | str) -> Profile:
    """Return *profile*.  Raises UsageError, naming its *origin*, when its window cannot hold a request."""
    for stage in profile.stages:
        if stage.recording and stage.recording.length < stage.warm_up + stage.hold:
            raise UsageError(
                f"{origin}: the recording is {stage.recording.length:g} s long, and warm_up and hold are "
                f"{stage.warm_up + stage.hold:g} s; accepted: at most the recording."
            )
    if profile.duration > LONGEST:
        raise UsageError(f"{origin}: the load takes {profile.duration:g} s; accepted: at most {LONGEST} s.")
    if not profile.seconds:
        raise UsageError(
            f"{origin}: ramp, warm_up and hold leave no whole second to measure.  Hold for at least 2 s."
        )
    if profile.rate and not profile.arrivals:
        raise UsageError(f"{origin}: at {profile.rate:g} /s no arrival is due in the window.  Hold longer.")
    return profile


def _stage(path: Path, key: str, entry: StageFile, before: Stage | None) -> Stage:
    """Return the stage of *entry*; what it leaves out is as in the stage *before*."""
    _refuse(path, key, entry, before)
    recording = recordings.read(path.parent / entry.replay) if entry.replay else None
    rate = entry.rate or (recording.highest if recording else before.rate if before else None)
    pace = entry.pace or (before.pace if before else None)
    return Stage(
        name=entry.name,
        users=_users(path, key, entry, before, rate),
        ramp=entry.ramp,
        warm_up=entry.warm_up,
        hold=entry.hold,
        rate=rate,
        spacing=entry.arrivals or (before.spacing if before else Spacing.CONSTANT),
        recording=recording,
        pace=pace,
    )


def _refuse(path: Path, key: str, entry: StageFile, before: Stage | None) -> None:
    """Raise UsageError for keys that do not go together."""
    is_open = bool(entry.rate or entry.replay)
    was_open = is_open if before is None else before.rate is not None
    fault = None
    if entry.rate and entry.replay:
        fault = f"{key}replay is {entry.replay!r} beside a rate; accepted: one of them"
    elif is_open and not was_open:
        fault = f"{key}rate is set, and the stage before has none; accepted: a rate in all stages or in none"
    elif before is not None and before.recording and not is_open:
        fault = f"{key}rate is missing; after a replay it has to be said"
    elif was_open and entry.pace:
        fault = f"{key}pace is {entry.pace:g} s beside a rate; accepted: one of them"
    elif entry.arrivals and not was_open:
        fault = f"{key}arrivals is {entry.arrivals.value!r} without a rate; accepted: with a rate or a replay"
    if fault:
        raise UsageError(f"{path}: {fault}.")


def _users(path: Path, key: str, entry: StageFile, before: Stage | None, rate: float | None) -> int:
    """Return how many users there are: as many as before, and enough for the rate."""
    known = entry.users or (before.users if before else 0)
    if entry.users is None and rate is not None:
        known = max(known, enough_users(rate))
    if not known:
        raise UsageError(f"{path}: {key}users is missing.")
    return known


def _highest(stages: Sequence[Stage]) -> Stage:
    """Return the last of the stages that hold the highest level.

    A promise is about the most that comes; of several holds on that level the last one is warm.
    """
    held = [stage for stage in stages if stage.hold] or list(stages)
    return max(reversed(held), key=lambda stage: stage.level)


def _named(path: Path, stages: Iterable[Stage], name: str) -> Stage:
    known = {stage.name: stage for stage in stages}
    if name not in known:
        raise UsageError(f"{path}: steady is {name!r}; accepted: {', '.join(known)}.")
    return known[name]


def _fields(stage: Stage) -> dict[str, Any]:
    return {field.name: getattr(stage, field.name) for field in fields(stage)}
