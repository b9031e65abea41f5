"""A folder of media files under an index, shared by servers that start at the same moment.

Files are named by their digest, and none is believed without it: a damaged one counts as missing.  So nothing
needs to be synced to the disk, and what a power cut leaves behind is made again.
"""

import enum
import fcntl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import msgspec

from tourapp.media.files import MediaFile, Suffix

# 1: first index.  Raise it when files are to be made anew: another form of this index, tracks or photographs.
LIBRARY_VERSION = 1

INDEX = "media-library.json"

# Marks a folder as ours from the first moment, too.
LOCK = "media-library.lock"

# Files by the name of what they are; one photograph is two files.
Works = Mapping[str, Sequence[MediaFile]]


class ForeignFolderError(Exception):
    """The given path holds something that is not a media library."""


class UnusableFolderError(Exception):
    """The given folder cannot be made, or nothing can be kept in it."""


class Access(enum.IntEnum):
    """Who else may be in the folder meanwhile: other readers, or nobody."""

    READING = fcntl.LOCK_SH
    MAKING = fcntl.LOCK_EX


class _Entry(msgspec.Struct, frozen=True):
    """What the index knows of one file; `size` in bytes."""

    sha256: str
    suffix: Suffix
    size: int

    @classmethod
    def of(cls, file: MediaFile) -> Self:
        return cls(sha256=file.sha256, suffix=file.suffix, size=file.size)


class _Index(msgspec.Struct, frozen=True):
    """The index file: entries by the name of the work."""

    version: int
    works: dict[str, list[_Entry]]


@contextmanager
def opened(folder: Path, access: Access) -> Iterator[None]:
    """Wait for access to this folder, which is made if need be; the kernel ends it with the process.

    Raises ForeignFolderError rather than mix our files with somebody else's, and UnusableFolderError.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / LOCK).exists()):
        raise ForeignFolderError(
            f"{folder} is not a media library of the tour app."
            " Name a new folder, or remove this one yourself."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("a")
    except OSError as error:
        raise UnusableFolderError(
            f"cannot keep media in {folder}: {error.strerror}. Name a folder that you may write into."
        ) from error
    with lock:
        fcntl.flock(lock, access)
        yield


def intact_works(folder: Path) -> dict[str, Sequence[MediaFile]]:
    """Return the works of which every file is there with the content that the index tells."""
    try:
        index = msgspec.json.decode((folder / INDEX).read_bytes(), type=_Index)
    except (FileNotFoundError, msgspec.DecodeError):
        return {}
    if index.version != LIBRARY_VERSION:
        return {}
    works = {name: list(_intact_files(folder, entries)) for name, entries in index.works.items()}
    return {name: files for name, files in works.items() if len(files) == len(index.works[name])}


def add_works(folder: Path, there: Works, made: Works) -> None:
    """Write the files of the works `made`, then an index of these and of those that are `there`."""
    for files in made.values():
        for file in files:
            _write(folder / _file_name(file.digest, file.suffix), file.content)
    works = {name: [_Entry.of(file) for file in files] for name, files in (*there.items(), *made.items())}
    index = msgspec.json.encode(_Index(version=LIBRARY_VERSION, works=works))
    _write(folder / INDEX, msgspec.json.format(index))


def _intact_files(folder: Path, entries: Iterable[_Entry]) -> Iterator[MediaFile]:
    for entry in entries:
        try:
            content = (folder / _file_name(MediaFile.name_of(entry.sha256), entry.suffix)).read_bytes()
        except OSError:
            continue
        file = MediaFile.of(content, entry.suffix)
        if _Entry.of(file) == entry:
            yield file


def _file_name(digest: str, suffix: Suffix) -> str:
    return f"{digest}.{suffix}"


def _write(path: Path, content: bytes) -> None:
    """Write aside, then rename: whoever reads sees the old content or the new, never half of it."""
    aside = path.with_name(f"{path.name}.part")
    aside.write_bytes(content)
    aside.replace(path)
