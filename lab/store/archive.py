"""One compressed file with the records and artifacts of a store.

It may be written while runs are measured, and is unpacked as what it is: a file from elsewhere.
"""

from __future__ import annotations

import gzip
import os
import shutil
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from lab.kernel.errors import LabError, RecordError, UsageError
from lab.kernel.record import made, replacing, writing
from lab.store.flight import IN_FLIGHT, quiet_since
from lab.store.merging import Merged, merge
from lab.store.records import FOLDERS, Records

# Of gzip: its own usual one.  The most effort takes twice as long, and gains one part in a hundred.
_EFFORT = 6
# What a single read may ask for.  Artifacts are copied in small pieces; only the header of a hostile
# archive would want more at once.
_MOST_AT_ONCE = 1_000_000
# In bytes.  What the copy of an artifact may take of memory; only traces and long logs are larger.
_IN_MEMORY = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much an archive may unpack to."""

    # A thousand runs of a hundred trials with a dozen files each.
    entries: int = 1_500_000
    # In bytes.  A gate of a hundred trials leaves about 50 MB; a thousand of them.
    size: int = 50_000_000_000


USUAL = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What an archive holds: files, and their bytes before compression."""

    files: int
    size: int


def pack(records: Records, path: Path, *, overwrite: bool = False) -> Packed:
    """Write the records and artifacts to the archive *path*.

    A run in flight is in it as far as it had come: without the artifacts of the trial that was being
    made, and without the logs of a session that may still write them, since secrets are masked only
    at the end of each.  Raises UsageError when *path* exists and may not be overwritten, RecordError
    when something cannot be read or a folder is a link, UnwritableError when *path* cannot be written.
    """
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists.  Name another file, or say --overwrite.")
    files = size = 0
    ended = _ended_sessions(records)
    with (
        replacing(path) as file,
        tarfile.open(fileobj=file, mode="w:gz", compresslevel=_EFFORT) as archive,
    ):
        for source in _files(records.root, ended):
            added = _add(archive, source, records.root, path.parent)
            if added is not None:
                files, size = files + 1, size + added
    return Packed(files=files, size=size)


def _ended_sessions(records: Records) -> set[str]:
    """Return the sessions that write no more: a run of theirs was closed, or a day went by in silence."""
    ended = set()
    for name in records.runs():
        # A damaged run is packed as it is; it only tells nothing about its session.
        with suppress(LabError):
            run = records.opening(name)
            if not run.partial:
                ended.add(run.session)
    long_ago = datetime.now(UTC) - IN_FLIGHT
    sessions = records.root.glob("sessions/*")
    return ended | {folder.name for folder in sessions if quiet_since(folder) < long_ago}


def _files(root: Path, ended: Collection[str]) -> Iterator[Path]:
    """Yield the files to keep, folders from the top: a verdict comes before the trials that it judges.

    So whatever is added meanwhile can only be missing where it is not yet spoken of.
    """
    for top in FOLDERS:
        for folder, folders, names in os.walk(root / top, onerror=_unlisted):
            here = Path(folder)
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            if here == root / "sessions":
                folders[:] = [name for name in folders if name in ended]
            if here.name == "trials" and here.parent.parent == root / "runs":
                # A trial's record is written when its artifacts are complete, and masked.
                folders[:] = [name for name in folders if f"{name}.json" in names]
            for name in folders:
                if (here / name).is_symlink():
                    raise RecordError(
                        f"{here / name} is a link, and a backup follows none.  Move the folder there."
                    )
            yield from (here / name for name in sorted(names) if not name.startswith("."))


def _unlisted(error: OSError) -> None:
    # Gone meanwhile, or never there.
    if not isinstance(error, FileNotFoundError):
        raise _unreadable(error.filename, error)


def _unreadable(place: object, error: OSError) -> RecordError:
    return RecordError(f"{place} cannot be read: {error.strerror}.  No backup is written; let it be read.")


def _add(archive: tarfile.TarFile, source: Path, root: Path, beside: Path) -> int | None:
    """Add one file as long as it is now; return its size, None when it is gone or no plain file.

    It is copied first, into the folder *beside* when it is large: a log may shrink as well as grow.
    """
    file = _opened(source)
    if file is None:
        return None
    with file, tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(beside)) as copy:
        status = os.fstat(file.fileno())
        for piece in _pieces(file, source, status.st_size):
            copy.write(piece)
        entry = tarfile.TarInfo(source.relative_to(root).as_posix())
        entry.size, entry.mtime = copy.tell(), int(status.st_mtime)
        copy.seek(0)
        archive.addfile(entry, copy)
        return entry.size


def _opened(source: Path) -> BinaryIO | None:
    """Open a plain file; not through a link that it may have become, and not waiting at a pipe."""
    try:
        if not stat.S_ISREG(source.lstat().st_mode):
            return None
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        return os.fdopen(handle, "rb")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(source, error) from None


def _pieces(file: BinaryIO, source: Path, size: int) -> Iterator[bytes]:
    """Yield *size* bytes of a file, or as many as it has now."""
    while size > 0:
        try:
            piece = file.read(min(size, _MOST_AT_ONCE))
        except OSError as error:
            raise _unreadable(source, error) from None
        if not piece:
            return
        size -= len(piece)
        yield piece


def restore(records: Records, path: Path, limits: Limits = USUAL) -> Merged:
    """Unpack the archive *path* beside the store, and take over what the store does not have.

    Raises RecordError when *path* is no archive of a store, holds what none of ours holds, unpacks to
    more than *limits*, or contradicts what is here; UnwritableError when nothing can be written here.
    Then nothing has changed.
    """
    with (
        writing(records.root),
        tempfile.TemporaryDirectory(prefix=".restoring-", dir=made(records.root)) as folder,
    ):
        _unpack(path, Path(folder), limits)
        return merge(Records(Path(folder)), records)


def _unpack(path: Path, into: Path, limits: Limits) -> None:
    try:
        with _Unzipped(path, limits) as unzipped, tarfile.open(fileobj=unzipped, mode="r:") as archive:
            for number, entry in enumerate(archive, start=1):
                if number > limits.entries:
                    raise RecordError(f"{path} has more than {limits.entries:,} entries: not restored.")
                _extract(archive, entry, into, path)
            # To the end, where gzip says whether all that came before is what was written.
            while unzipped.read(_MOST_AT_ONCE):
                pass
    # RecursionError: headers that announce headers, without end.
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, RecursionError) as error:
        raise RecordError(f"{path} is not a whole archive of a store: {error}") from None
    except OSError as error:
        raise RecordError(f"{path} cannot be unpacked: {error.strerror or error}.") from None


def _extract(archive: tarfile.TarFile, entry: tarfile.TarInfo, into: Path, path: Path) -> None:
    name = PurePosixPath(entry.name)
    ours = len(name.parts) > 1 and name.parts[0] in FOLDERS
    if not ours or any(part.startswith(".") for part in name.parts):
        raise RecordError(f"{entry.name!r} in {path} is no file of a store; nothing is restored.")
    # Python's own guard stands behind ours: it refuses links and devices, and paths that lead out.
    tarfile.data_filter(entry, str(into))
    if entry.isdir():
        return
    content = archive.extractfile(entry) if entry.isreg() and not entry.issparse() else None
    if content is None:
        raise RecordError(f"{entry.name!r} in {path} is no plain file; nothing is restored.")
    target = into / name
    target.parent.mkdir(parents=True, exist_ok=True)
    # A name that comes twice is refused, and file rights are those of any new file.
    with target.open("xb") as file:
        shutil.copyfileobj(content, file)


class _Unzipped(gzip.GzipFile):
    """An archive as it is unzipped, up to the limit: a small file may hold petabytes of zeros."""

    def __init__(self, path: Path, limits: Limits) -> None:
        super().__init__(path, "rb")
        self._path, self._most = path, limits.size

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= _MOST_AT_ONCE:
            raise RecordError(f"{self._path} has a header larger than any of ours; nothing is restored.")
        content = super().read(size)
        self._check(self.tell())
        return content

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._check(offset)
        return super().seek(offset, whence)

    def _check(self, position: int) -> None:
        if position > self._most:
            raise RecordError(
                f"{self._path} unpacks to more than {self._most:,} bytes; nothing is restored.  If it is "
                "yours, unpack it with tar and move its folders into the store."
            )
