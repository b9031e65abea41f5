"""Records on disk: JSON, versioned, written whole or not at all.

A record is an envelope ``{"format": N, "kind": "trial", "trial": {...}}`` around one of the
model's dataclasses.  Writing goes to a temporary file that is synced and renamed, so that a crash
leaves the old record or the new one, never half of one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from lab.kernel.errors import RecordError
from lab.kernel.model import Baseline, Run, Trial
from lab.kernel.verdict import Verdict

# Format history.  1: the first.
FORMAT = 1

_KINDS: Mapping[type, str] = {Trial: "trial", Run: "run", Verdict: "verdict", Baseline: "baseline"}

RecordT = TypeVar("RecordT", Trial, Run, Verdict, Baseline)


def write(path: Path, record: Trial | Run | Verdict | Baseline) -> None:
    """Write *record* to *path*, durably and atomically."""
    kind = _KINDS[type(record)]
    body = TypeAdapter(type(record)).dump_python(record, mode="json")
    write_text(path, json.dumps({"format": FORMAT, "kind": kind, kind: body}, indent=1))


def read(path: Path, kind: type[RecordT]) -> RecordT:
    """Read a record of *kind*.

    Raises RecordError, naming file and field, when it is missing, damaged or of a newer format.
    """
    name = _KINDS[kind]
    try:
        envelope: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = envelope["format"]
        if version > FORMAT:
            raise RecordError(
                f"{path} has format {version}; this launchlab reads up to {FORMAT}.  Update it."
            )
        return TypeAdapter(kind).validate_python(envelope[name])
    except FileNotFoundError:
        raise RecordError(f"there is no {name} record at {path}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RecordError(f"{path} is damaged at {name}.{place}: {first['msg']}.") from None
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path} is not a {name} record: {error!r}.") from None


def write_text(path: Path, text: str) -> None:
    """Write *text* to *path*: temporary file, sync, rename, sync of the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
