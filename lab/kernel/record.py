"""Records on disk: JSON, versioned, written whole or not at all.

A record is an envelope ``{"format": N, "kind": "trial", "trial": {...}}`` around one of the
model's dataclasses.  Writing goes to a temporary file that is synced and renamed, so that a crash
leaves the old record or the new one, never half of one.  What a crash leaves of a temporary file
begins with a dot and is never read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from lab.kernel.errors import RecordError, UnwritableError
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
    """Write *text* to *path* as ``write_bytes`` does."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write *content* to *path*: temporary file, sync, rename, sync of the folder.

    Raises UnwritableError, and leaves what was at *path* before.
    """
    # Two processes may write the same file at the same moment; the later one wins, whole.
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError:
            with suppress(OSError):
                partial.unlink()
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise UnwritableError, which names *path*, when the operating system refuses to write."""
    try:
        yield
    except OSError as error:
        raise UnwritableError.of(path, error) from error
