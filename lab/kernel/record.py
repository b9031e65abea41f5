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
from typing import Any, BinaryIO, TypeVar

from pydantic import TypeAdapter, ValidationError

from lab.kernel.errors import RecordError, UnwritableError
from lab.kernel.model import Baseline, Run, Trial
from lab.kernel.noise import Noise
from lab.kernel.verdict import Dossier, Verdict

# Format history.  1: the first.
FORMAT = 1
# In bytes.  A hundred trials of a thousand endpoints each take about 100 MB; more is no record of ours.
MOST = 256_000_000

_KINDS: Mapping[type, str] = {
    Trial: "trial",
    Run: "run",
    Verdict: "verdict",
    Baseline: "baseline",
    Dossier: "dossier",
    Noise: "noise",
}

RecordT = TypeVar("RecordT", Trial, Run, Verdict, Baseline, Dossier, Noise)


def write(path: Path, record: Trial | Run | Verdict | Baseline | Dossier | Noise) -> None:
    """Write *record* to *path*, durably and atomically."""
    write_text(path, text_of(record))


def text_of(record: Trial | Run | Verdict | Baseline | Dossier | Noise) -> str:
    """Return *record* as it stands in its file."""
    kind = _KINDS[type(record)]
    body = TypeAdapter(type(record)).dump_python(record, mode="json")
    return json.dumps({"format": FORMAT, "kind": kind, kind: body}, indent=1)


def read(path: Path, kind: type[RecordT]) -> RecordT:
    """Read a record of *kind*.

    Raises RecordError, naming file and field, when it is missing, damaged, of another kind or of a
    newer format.
    """
    name = _KINDS[kind]
    try:
        return TypeAdapter(kind).validate_python(_body(path, name))
    except FileNotFoundError:
        raise RecordError(f"there is no {name} record at {path}.") from None
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RecordError(f"{path} is damaged at {name}.{place}: {first['msg']}.") from None
    # RecursionError: brackets within brackets, without end.
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordError(f"{path} is not a {name} record: {error!r}.") from None


def _body(path: Path, name: str) -> Any:
    with path.open("rb") as file:
        content = file.read(MOST + 1)
    if len(content) > MOST:
        raise RecordError(f"{path} is larger than {MOST:,} bytes, so it is not a {name} record.")
    envelope: dict[str, Any] = json.loads(content)
    if envelope["format"] > FORMAT:
        raise RecordError(
            f"{path} has format {envelope['format']}; this launchlab reads up to {FORMAT}.  Update it."
        )
    if envelope["kind"] != name:
        raise RecordError(f"{path} is a {envelope['kind']} record; a {name} record is wanted here.")
    return envelope[name]


def write_text(path: Path, text: str) -> None:
    """Write *text* to *path* as ``replacing`` does."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write *content* to *path* as ``replacing`` does."""
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that becomes *path*: temporary file, sync, rename, sync of the folder.

    When the block raises, *path* stays as it was.  Raises UnwritableError when the operating system
    refuses.
    """
    # The process in its name: two may write the same file, and each has to write its own whole.
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with writing(path):
        made(path.parent)
        try:
            with partial.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            with suppress(OSError):
                partial.unlink()
            raise
        sync_folder(path.parent)


def made(folder: Path) -> Path:
    """Make *folder*, and those above it that are missing, durably; return it."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        sync_folder(each.parent)
    return folder


def sync_folder(path: Path) -> None:
    """Make what was renamed into, or out of, a folder durable."""
    folder = os.open(path, os.O_RDONLY)
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
