"""Sound, pictures, maps and whole tours: files under the digest of what they hold, so they never change."""

from collections.abc import AsyncIterator, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, ClassVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tourapp.api.operation import Answer, Call, Operation
from tourapp.api.problem import refusal
from tourapp.api.shapes import TourPath
from tourapp.api.tours import known_tour
from tourapp.media.bundles import Archive
from tourapp.media.files import NAME_DIGITS, Suffix
from tourapp.media.packing import Packed
from tourapp.media.ranges import ByteRange, Extent, asked_range, content_range, still_valid
from tourapp.site import Site
from tourapp.wire.delivery import IMMUTABLE, matches
from tourapp.wire.headers import joined
from tourapp.wire.limits import NUMBER_DIGITS
from tourapp.wire.words import NO_SUCH_FILE

ARCHIVE_TYPE = "application/x-tar"

# How a file may be sent besides as a whole.
FILE_STATUSES = (
    HTTPStatus.PARTIAL_CONTENT,
    HTTPStatus.NOT_MODIFIED,
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
)

# What an answer says of the bytes that it holds, or could.
FILE_HEADERS = {
    HTTPStatus.OK: ("Accept-Ranges",),
    HTTPStatus.PARTIAL_CONTENT: ("Accept-Ranges", "Content-Range"),
    HTTPStatus.NOT_MODIFIED: ("Accept-Ranges",),
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: ("Content-Range",),
}

# Kinds of which the whole is sent compressed to who likes it, and so depends on what the client accepts.
COMPRESSED = (Suffix.GEOJSON, Suffix.JSON)


class FilePath(msgspec.Struct, frozen=True):
    """Which file is meant."""

    absent: ClassVar[str] = NO_SUCH_FILE

    file: Annotated[str, msgspec.Meta(pattern=rf"^[0-9a-f]{{{NAME_DIGITS}}}\.({'|'.join(Suffix)})$")]


class ArchivePath(msgspec.Struct, frozen=True):
    """Which archive is meant."""

    absent: ClassVar[str] = NO_SUCH_FILE

    archive: Annotated[
        str, msgspec.Meta(pattern=rf"^[0-9]{{1,{NUMBER_DIGITS}}}-[0-9a-f]{{{NAME_DIGITS}}}\.tar$")
    ]


class RangeHeaders(msgspec.Struct, frozen=True, rename="kebab"):
    """Which bytes are wanted, and of which edition of the file (RFC 9110, section 14)."""

    range: str | None = None
    if_range: str | None = None


class PartOfBundle(msgspec.Struct, frozen=True):
    """One file of a bundle: where it is, its bytes, and the hex digest of its content."""

    path: str
    size: int
    sha256: str
    media_type: str


class ArchiveOfBundle(msgspec.Struct, frozen=True):
    """All files in one: where it is, and its bytes."""

    path: str
    size: int


class BundleList(msgspec.Struct, frozen=True):
    """What to fetch to have a tour without a network; `size` is that of all parts, in bytes."""

    tour_id: int
    digest: str
    size: int
    parts: tuple[PartOfBundle, ...]
    archive: ArchiveOfBundle


class MediaCalls:
    """The handlers of media and bundles."""

    def __init__(self, site: Site) -> None:
        self._site = site
        # One a tour at most, some 6 kB each.
        self._lists: dict[int, BundleList] = {}

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations of media and bundles."""
        return (
            Operation(
                method="GET",
                path="/media/{file}",
                handler=self.file,
                answer=None,
                sends=tuple(suffix.media_type for suffix in Suffix),
                others=FILE_STATUSES,
                tells=FILE_HEADERS,
            ),
            Operation(
                method="GET",
                path="/api/tours/{tour_id}/bundle",
                handler=self.bundle,
                answer=BundleList,
                public=True,
            ),
            Operation(
                method="GET",
                path="/bundles/{archive}",
                handler=self.archive,
                answer=None,
                sends=(ARCHIVE_TYPE,),
                others=FILE_STATUSES,
                tells=FILE_HEADERS,
            ),
        )

    async def file(self, call: Call, path: FilePath, headers: RangeHeaders) -> Response:
        """Send a file, or some of its bytes."""
        headers = _heeded(call.request, headers)
        digest, _, suffix = path.file.partition(".")
        if suffix == Suffix.GEOJSON and headers.range is None:
            return await self._map(call.request, digest)
        file = await self._site.packing.file(digest, Suffix(suffix))
        if file is None:
            raise refusal(404, NO_SUCH_FILE)
        if file.suffix is Suffix.JSON and headers.range is None:
            told = {**IMMUTABLE, "etag": f'W/"{digest}"'}
            return self._site.delivery.deliver(
                call.request, file.content, file.media_type, headers=told, revisits=True
            )
        told = self._told(digest)
        if file.suffix in COMPRESSED:
            told["vary"] = "accept-encoding"
        return _sent(call.request, headers, Archive(segments=(file.content,)), file.media_type, told)

    async def _map(self, request: Request, digest: str) -> Response:
        """Send a map, which is kept as gzip leaves it: compressing it anew would take milliseconds."""
        gzipped = await self._site.packing.gzipped_map(digest)
        if gzipped is None:
            raise refusal(404, NO_SUCH_FILE)
        return self._site.delivery.deliver_gzipped(
            request, gzipped, Suffix.GEOJSON.media_type, f'W/"{digest}"', IMMUTABLE
        )

    async def bundle(self, _call: Call, path: TourPath) -> Answer:
        """List what a tour consists of, to have it without a network."""
        detail = known_tour(self._site, path)
        if path.tour_id not in self._lists:
            self._lists[path.tour_id] = _listed(await self._site.packing.packed(detail))
        return Answer(self._lists[path.tour_id])

    async def archive(self, call: Call, path: ArchivePath, headers: RangeHeaders) -> Response:
        """Send a tour as one tar file, or some of its bytes."""
        number = path.archive.partition("-")[0]
        packed = await self._site.packing.packed(known_tour(self._site, TourPath(int(number))))
        if packed.bundle.path != f"/bundles/{path.archive}":
            raise refusal(404, "there is no such edition of this tour; ask for its bundle again")
        headers = _heeded(call.request, headers)
        told = self._told(packed.bundle.digest)
        return _sent(call.request, headers, packed.archive, ARCHIVE_TYPE, told)

    def _told(self, digest: str) -> dict[str, str]:
        """Return the headers of bytes that are sent as they are: their tag is a strong one."""
        told = {**IMMUTABLE, "accept-ranges": "bytes"}
        return told | {"etag": f'"{digest}"'} if self._site.delivery.validates else told


def _heeded(request: Request, headers: RangeHeaders) -> RangeHeaders:
    """Return what counts of these headers: a range is one of GET only (RFC 9110, section 14.2)."""
    return headers if request.method == "GET" else RangeHeaders()


def _sent(
    request: Request, headers: RangeHeaders, archive: Archive, media_type: str, told: Mapping[str, str]
) -> Response:
    """Answer with the file, the part of it that is asked for, or a refusal of what lies outside."""
    tag = told.get("etag")
    if tag is not None and matches(joined(request.headers, "if-none-match"), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=told)
    size = archive.size
    valid = still_valid(headers.if_range, etag=tag)
    asked = asked_range(headers.range, size) if valid else Extent.FULL
    where = content_range(asked, size)
    ranged = {} if where is None else {"content-range": where}
    match asked:
        case Extent.UNSATISFIABLE:
            raise refusal(416, f"the file has {size} bytes", ranged)
        case Extent.FULL:
            piece, status = ByteRange(0, size), HTTPStatus.OK
        case ByteRange():
            piece, status = asked, HTTPStatus.PARTIAL_CONTENT
    told = {**told, **ranged, "content-length": str(piece.stop - piece.start)}
    pieces = list(archive.slice(piece.start, piece.stop))
    if len(pieces) == 1:
        return Response(pieces[0], status, told, media_type)
    return StreamingResponse(_one_by_one(pieces), status, told, media_type)


async def _one_by_one(pieces: Sequence[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def _listed(packed: Packed) -> BundleList:
    bundle = packed.bundle
    return BundleList(
        tour_id=bundle.tour_id,
        digest=bundle.digest,
        size=bundle.size,
        parts=tuple(
            PartOfBundle(path=part.path, size=part.size, sha256=part.sha256, media_type=part.media_type)
            for part in bundle.parts
        ),
        archive=ArchiveOfBundle(path=bundle.path, size=packed.archive.size),
    )
