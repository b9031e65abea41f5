"""What the tour app answers, as far as its visitors look at it.  Pure.

Members that nobody looks at are left out: they are skipped while reading, which is quick.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct
from msgspec.json import Decoder

Content = TypeVar("Content")

# Each some 12 kB with what it says; visitors of 2,000 tours see some hundreds again and again.
_REMEMBERED = 512
# RFC 3339 with its offset: moments without one cannot be compared with others.
Moment = Annotated[datetime, Meta(tz=True)]


class Shared(Generic[Content]):
    """Reads what many users are shown alike: the same bytes are read once, and what they say is shared.

    Ten thousand users who remember a list each would otherwise hold it ten thousand times.
    """

    def __init__(self, shape: type[Content]) -> None:
        self._decode = lru_cache(maxsize=_REMEMBERED)(Decoder(shape).decode)

    def decode(self, content: bytes) -> Content:
        """Return what *content* says.  Raises as the decoder of msgspec does."""
        return self._decode(content)


class Card(Struct, frozen=True, gc=False):
    """A tour in a list; *popularity* is its share of all visits."""

    id: int
    title: str
    city: str
    latitude: float
    longitude: float
    stop_count: int
    popularity: float


class NearCard(Card, frozen=True, gc=False):
    """A tour in a list of those nearby; the distance is in metres."""

    distance_meters: float


class Page(Struct, frozen=True):
    """A page of the list; no cursor on the last one."""

    tours: tuple[Card, ...]
    next_cursor: str | None


class Near(Struct, frozen=True):
    """The tours around a place."""

    tours: list[NearCard]


class Found(Struct, frozen=True):
    """The tours that a search found, and what was searched for."""

    query: str
    tours: tuple[Card, ...]


class City(Struct, frozen=True, gc=False):
    """A city with tours; its coordinates are degrees."""

    name: str
    latitude: float
    longitude: float
    tour_count: int


class Cities(Struct, frozen=True):
    """All cities with tours."""

    cities: tuple[City, ...]


class Stop(Struct, frozen=True):
    """A stop of a tour: the addresses of its story and of its photos."""

    position: int
    audio: str = ""
    photos: list[str] = []  # msgspec copies it for each stop


class Tour(Card, frozen=True):
    """One tour with its stops."""

    stops: list[Stop]


class Part(Struct, frozen=True, gc=False):
    """A file of a tour: where it is, how many bytes it has, and their digest in hexadecimal."""

    path: str
    size: int
    sha256: str
    media_type: str


class Archive(Struct, frozen=True, gc=False):
    """All files of a tour in one: where it is, and how many bytes it has."""

    path: str
    size: int


class Bundle(Struct, frozen=True):
    """What a phone downloads before a walk; its size is that of all parts, in bytes."""

    tour_id: int
    size: int
    parts: list[Part]
    archive: Archive


class Mark(Struct, frozen=True, gc=False):
    """How far an account has come on a tour: the last stop, and the seconds heard of its story."""

    tour_id: int
    account: str
    stop: int
    seconds: float


class RecordedMark(Struct, frozen=True, gc=False):
    """A mark as a phone kept it while it was offline, and when it was recorded."""

    tour_id: int
    stop: int
    seconds: float
    recorded_at: Moment


class Synced(Struct, frozen=True):
    """What became of recorded marks: the tours whose mark was applied, and those that knew a newer one."""

    applied: list[int]
    stale: list[int]


class Review(Struct, frozen=True, gc=False):
    """What somebody wrote about a tour, and when."""

    id: int | str
    rating: int
    text: str
    written_at: Moment


class Reviews(Struct, frozen=True):
    """A page of reviews."""

    reviews: list[Review]


class Session(Struct, frozen=True, gc=False):
    """A login: the token that proves it, and the one that renews it."""

    token: str
    account: str
    refresh_token: str


PAGE = Shared(Page)
NEAR = Decoder(Near)
FOUND = Shared(Found)
CITIES = Shared(Cities)
TOUR = Decoder(Tour)
BUNDLE = Decoder(Bundle)
MARK = Decoder(Mark)
SYNCED = Decoder(Synced)
REVIEW = Decoder(Review)
REVIEWS = Decoder(Reviews)
SESSION = Decoder(Session)
