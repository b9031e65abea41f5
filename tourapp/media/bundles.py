"""A tour for the way without a network: all its parts, and one archive of them that is never put together.

Pure.  The archive is a tar file (POSIX ustar) whose bytes depend on nothing but the parts, so that a download
can be resumed at any byte, also from another server.
"""

import hashlib
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

from tourapp.media.files import NAME_DIGITS, MediaFile, Photograph


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of a bundle: `name` is its path in the archive, `path` its address on the server."""

    name: str
    path: str
    media_type: str
    sha256: str
    content: bytes

    @classmethod
    def of(cls, name: str, file: MediaFile) -> Self:
        """Return a media file as a part of this name."""
        return cls(
            name=name, path=file.path, media_type=file.media_type, sha256=file.sha256, content=file.content
        )

    @property
    def size(self) -> int:
        """Bytes of content."""
        return len(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A file in pieces, which are shared with whoever else holds them."""

    segments: Sequence[bytes]

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return sum(map(len, self.segments))

    def slice(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`, piece by piece; only a piece that is cut is copied."""
        at = 0
        for segment in self.segments:
            piece = segment[max(start - at, 0) : max(stop - at, 0)]
            if piece:
                yield piece
            at += len(segment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What one tour needs without a network; `parts` in the order of the archive, each name once."""

    tour_id: int
    parts: Sequence[Part]

    @property
    def digest(self) -> str:
        """32 hex digits, which change with the name or content of any part."""
        listed = "".join(f"{part.sha256}  {part.name}\n" for part in self.parts)
        return hashlib.sha256(listed.encode()).hexdigest()[:NAME_DIGITS]

    @property
    def size(self) -> int:
        """Bytes of all parts together; the archive is a little larger."""
        return sum(part.size for part in self.parts)

    @property
    def path(self) -> str:
        """The address of the archive."""
        return f"/bundles/{self.tour_id}-{self.digest}.tar"

    def archive(self) -> Archive:
        """Return the parts as one tar file."""
        return Archive(segments=tuple(_segments(self.parts)))


def bundle_of(
    tour_id: int,
    *,
    text: MediaFile,
    streets: MediaFile,
    tracks: Sequence[MediaFile],
    photos: Sequence[Sequence[Photograph]],
) -> Bundle:
    """Put a tour together: its text as JSON, its map, then each stop's track and photographs.

    The photograph of the tour's page goes along in its small size, for the list of what is on the phone.
    """
    stops = enumerate(zip(tracks, photos, strict=True), start=1)
    told = (_stop(position, track, seen) for position, (track, seen) in stops)
    parts = (
        Part.of("tour.json", text),
        Part.of("streets.geojson", streets),
        Part.of("hero.webp", photos[0][0].small),
    )
    return Bundle(tour_id=tour_id, parts=(*parts, *chain.from_iterable(told)))


def _stop(position: int, track: MediaFile, photos: Sequence[Photograph]) -> Iterator[Part]:
    yield Part.of(f"stops/{position:02}/story.opus", track)
    for number, photo in enumerate(photos, start=1):
        yield Part.of(f"stops/{position:02}/photo-{number}.webp", photo.full)


def _segments(parts: Sequence[Part]) -> Iterator[bytes]:
    """Yield headers, contents and padding to blocks, at last the empty blocks that fill up a record."""
    written = 0
    for part in parts:
        # TarInfo's time, owner and group are 0, and its mode 644, unless told otherwise.
        header = tarfile.TarInfo(part.name)
        header.size = part.size
        yield header.tobuf(tarfile.USTAR_FORMAT)
        yield part.content
        padding = bytes(-part.size % tarfile.BLOCKSIZE)
        yield padding
        written += tarfile.BLOCKSIZE + part.size + len(padding)
    end = 2 * tarfile.BLOCKSIZE
    yield bytes(end + -(written + end) % tarfile.RECORDSIZE)
