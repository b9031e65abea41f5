"""How far a walker has come on a tour; each change says which version it was made over (RFC 9110, 13.1.1)."""

import re
from http import HTTPStatus
from typing import Annotated

import msgspec

from tourapp.api.operation import Answer, Call, Operation
from tourapp.api.problem import ConflictError, refusal
from tourapp.api.shapes import Seconds, TourPath
from tourapp.api.tours import known_stops
from tourapp.site import Site
from tourapp.store.progress import Mark, Stored
from tourapp.wire.limits import HIGHEST_NUMBER

# What an If-Match header may hold: entity tags, weak ones too, which never match.
TAGS = re.compile(r'(?:W/)?"[^"]*"(?:\s*,\s*(?:W/)?"[^"]*")*')
VERSION = re.compile(r'(?<!W/)"(0|[1-9][0-9]{0,8})"')

# With these a mark is refused that was made over another one than is stored.
REFUSALS = (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)


class NewMark(msgspec.Struct, frozen=True):
    """Where a walker is."""

    stop: Annotated[int, msgspec.Meta(ge=0, le=HIGHEST_NUMBER)]
    seconds: Seconds


class SavedMark(msgspec.Struct, frozen=True):
    """Where which walker is on which tour."""

    tour_id: int
    account: str
    stop: int
    seconds: float


class Precondition(msgspec.Struct, frozen=True):
    """Over which versions to save: their ETags, or * for whichever there is."""

    if_match: Annotated[str, msgspec.Meta(max_length=200)] | None = msgspec.field(
        name="if-match", default=None
    )


class ProgressCalls:
    """The handlers of progress."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations on progress."""
        address = "/api/progress/{tour_id}"
        return (
            Operation(
                method="GET",
                path=address,
                handler=self.progress,
                answer=SavedMark,
                signed_in=True,
                tells={HTTPStatus.OK: ("ETag",)},
            ),
            Operation(
                method="PUT",
                path=address,
                handler=self.save,
                answer=SavedMark,
                signed_in=True,
                others=REFUSALS,
                tells=dict.fromkeys((HTTPStatus.OK, *REFUSALS), ("ETag",)),
            ),
        )

    async def progress(self, call: Call, path: TourPath) -> Answer:
        """Show how far the walker has come on a tour."""
        known_stops(self._site, path)
        stored = await self._site.progress.stored(call.account, path.tour_id)
        return Answer(_shown(call, path, stored), _tag(stored))

    async def save(self, call: Call, path: TourPath, headers: Precondition, body: NewMark) -> Answer:
        """Save how far the walker has come on a tour."""
        stops = known_stops(self._site, path)
        if body.stop > stops:
            raise refusal(400, f"stop: this tour has {stops} stops")
        mark = Mark(stop=body.stop, seconds=body.seconds, recorded_at=self._site.clock())
        saving = await self._site.progress.save(call.account, path.tour_id, mark, _versions(headers.if_match))
        if saving.saved:
            return Answer(_shown(call, path, saving.stored), _tag(saving.stored))
        status, detail = (
            (409, "there is a mark already; send its ETag as If-Match")
            if headers.if_match is None
            else (412, "the mark has changed since; look at it, and send its new ETag as If-Match")
        )
        raise ConflictError(status, detail, _tag(saving.stored), _shown(call, path, saving.stored))


def _versions(if_match: str | None) -> frozenset[int] | None:
    """Return the versions that a header names, None for all; without one, nothing must be stored yet."""
    if if_match is None:
        return frozenset({0})
    if if_match.strip() == "*":
        return None
    if not TAGS.fullmatch(if_match.strip()):
        raise refusal(400, 'if-match: send the ETag as it came, such as "3", or *')
    return frozenset(int(version) for version in VERSION.findall(if_match))


def _tag(stored: Stored) -> dict[str, str]:
    return {"etag": f'"{stored.version}"'}


def _shown(call: Call, path: TourPath, stored: Stored) -> SavedMark:
    return SavedMark(path.tour_id, call.account, stored.mark.stop, stored.mark.seconds)
