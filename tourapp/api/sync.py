"""Handing in what was recorded offline: many marks at once, under a key that makes asking again harmless.

The key follows draft-ietf-httpapi-idempotency-key-header.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import msgspec

from tourapp.api.operation import Answer, Call, Operation
from tourapp.api.problem import refusal
from tourapp.api.shapes import Seconds, TourNumber
from tourapp.site import Site
from tourapp.store.progress import Mark
from tourapp.store.sync import Batch, Rejection, ReusedKeyError, SyncAnswer
from tourapp.wire.limits import HIGHEST_NUMBER
from tourapp.wire.words import NO_SUCH_TOUR

# Marks of one batch: more than tours that anybody walks between two networks.
MOST_MARKS = 100

# Seconds by which a phone's clock may be ahead of ours.
CLOCK_TOLERANCE = 300.0


class OfflineMark(msgspec.Struct, frozen=True):
    """Where a walker was, and when: `recorded_at` as RFC 3339 with its offset."""

    tour_id: TourNumber
    stop: Annotated[int, msgspec.Meta(ge=0, le=HIGHEST_NUMBER)]
    seconds: Seconds
    recorded_at: Annotated[datetime, msgspec.Meta(tz=True)]


class OfflineMarks(msgspec.Struct, frozen=True):
    """What was recorded offline; of several marks of one tour the latest counts."""

    marks: Annotated[tuple[OfflineMark, ...], msgspec.Meta(min_length=1, max_length=MOST_MARKS)]


class Key(msgspec.Struct, frozen=True):
    """A name that the client gives to this batch, another one for each batch."""

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] = msgspec.field(name="idempotency-key")


class SyncCalls:
    """The handler of syncing."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def operations(self) -> tuple[Operation, ...]:
        """Return the operation of syncing."""
        return (
            Operation(
                method="POST",
                path="/api/sync",
                handler=self.sync,
                answer=SyncAnswer,
                signed_in=True,
                others=(HTTPStatus.UNPROCESSABLE_ENTITY,),
                tells={HTTPStatus.OK: ("Idempotency-Replayed",)},
            ),
        )

    async def sync(self, call: Call, headers: Key, body: OfflineMarks) -> Answer:
        """Save the marks that are newer than what is stored."""
        now = self._site.clock()
        reasons = {mark: self._fault(mark, now) for mark in body.marks}
        batch = Batch(
            account=call.account,
            key=headers.key,
            digest=hashlib.sha256(msgspec.json.encode(body)).digest(),
            marks=_latest(mark for mark, reason in reasons.items() if reason is None),
            rejected=tuple(Rejection(mark.tour_id, reason) for mark, reason in reasons.items() if reason),
        )
        try:
            synced = await self._site.sync.apply(batch, now)
        except ReusedKeyError:
            raise refusal(422, "idempotency-key: it was used for other marks; take a new one") from None
        return Answer(synced.answer, {"idempotency-replayed": "true"} if synced.replayed else {})

    def _fault(self, mark: OfflineMark, now: float) -> str | None:
        """Return why a mark cannot be, None when it can."""
        stops = self._site.catalogue.stop_count(mark.tour_id)
        if stops is None:
            return NO_SUCH_TOUR
        if mark.stop > stops:
            return f"this tour has {stops} stops"
        if mark.recorded_at.timestamp() > now + CLOCK_TOLERANCE:
            return "recorded_at lies in the future"
        return None


def _latest(marks: Iterable[OfflineMark]) -> dict[int, Mark]:
    """Return the latest mark of each tour."""
    ordered = sorted(marks, key=lambda mark: mark.recorded_at)
    return {
        mark.tour_id: Mark(stop=mark.stop, seconds=mark.seconds, recorded_at=mark.recorded_at.timestamp())
        for mark in ordered
    }
