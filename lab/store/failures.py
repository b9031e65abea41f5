"""What a trial saw of its subject's failures, read from the trial's ``failures.json``.

The artifact is evidence, not a record: one that is missing, damaged or foreign says nothing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter

from lab.kernel.model import Run, Trial
from lab.kernel.reasons import Reason

ARTIFACT = "failures.json"
# Endpoints times kinds of failure.  A list that is longer tells of a broken recorder, not of the subject.
_MOST_LINES = 10_000
# Enough to recognise a failure by; the whole text is in the artifact.
_MOST_LETTERS = 2_000
# Ten thousand lines of that size, in bytes.
_MOST_BYTES = 50_000_000


def _storable(text: object) -> object:
    """Return *text* without what no database takes: lone surrogates and NUL."""
    if not isinstance(text, str):
        return text
    return text[:_MOST_LETTERS].encode("utf-8", "replace").decode().replace("\x00", "")


_Text = Annotated[str, BeforeValidator(_storable)]


class _Line(BaseModel):
    endpoint: _Text
    what: _Text
    # What eight bytes hold.
    count: Annotated[int, Field(ge=1, lt=2**63)]
    example: _Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One kind of failure at one endpoint, in one trial: how often, and an example."""

    case: str
    index: int
    line: int
    endpoint: str
    what: str
    count: int
    example: str


def of_run(folder: Path, run: Run) -> tuple[Failure, ...]:
    """Return what the trials of *run*, which lies in *folder*, saw fail."""
    return tuple(failure for trial in run.trials for failure in seen(folder, trial))


def reasons(failures: Iterable[Failure]) -> tuple[Reason, ...]:
    """Return why requests failed, the most frequent reason first."""
    kinds: defaultdict[tuple[str, str, str], list[Failure]] = defaultdict(list)
    for failure in failures:
        kinds[failure.case, failure.endpoint, failure.what].append(failure)
    found = [
        Reason(
            case=case,
            endpoint=endpoint,
            what=what,
            count=sum(each.count for each in alike),
            example=alike[0].example,
        )
        for (case, endpoint, what), alike in kinds.items()
    ]
    return tuple(sorted(found, key=lambda reason: -reason.count))


def seen(folder: Path, trial: Trial) -> tuple[Failure, ...]:
    """Return what *trial*, whose artifacts lie below the run's *folder*, saw fail."""
    return tuple(
        Failure(
            case=trial.case.name,
            index=trial.index,
            line=number,
            endpoint=line.endpoint,
            what=line.what,
            count=line.count,
            example=line.example,
        )
        for number, line in enumerate(_lines(folder, trial))
    )


def _lines(folder: Path, trial: Trial) -> list[_Line]:
    for name in trial.artifacts:
        path = folder / name
        # A record may come from elsewhere; it names nothing outside its own run.
        if path.name == ARTIFACT and path.resolve().is_relative_to(folder.resolve()):
            return _read(path)
    return []


def _read(path: Path) -> list[_Line]:
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(_MOST_BYTES))
        return TypeAdapter(list[_Line]).validate_python(told)[:_MOST_LINES]
    # A ValidationError is a ValueError; RecursionError: brackets within brackets, without end.
    except (OSError, ValueError, RecursionError):
        return []
