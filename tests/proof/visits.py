"""What the tour app's visitors ask, as fast as they are answered.

The journeys of scenarios/journeys, request by request: each goes on with what it was answered, and is begun
as often as its users begin it.  Left out are the pauses, the logins (which are no part of the mix), and most
of what those users look at in an answer: a crowd looks at the status, and reads what it needs to go on.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import TypeVar
from urllib.parse import urlencode

from scenarios.tours import shapes
from scenarios.tours.shapes import Bundle, Card, City, Page, RecordedMark, Tour
from tests.crowd import Visit
from tests.proof.asking import CREATED, OK, PARTIAL, Step, Writer, told

AnyCard = TypeVar("AnyCard", bound=Card)

# How often a hundred users begin each journey in a second: its weight over the mean of its pause, from the
# modules of scenarios/journeys (the mean of a log-normal pause is its median times 1.13).  Those modules
# cannot be imported here, nor can the constants below: Locust monkey-patches the interpreter.
BEGINNINGS = {
    "browse": 38 / 1.13,
    "near": 20 / 4.5,
    "preview": 14 / 9.1,
    "download": 8 / 22.7,
    "walk": 14 / 48.0,
    "review": 3 / 22.7,
    "sync": 3 / 22.7,
}

# Not modified, or sent anew: a review that was written in between is counted in the tour.
UNCHANGED = OK | {304}

# What the journeys search for, where they stand and what they write, from their modules.
SEARCHES = ("harbour", "old town", "river", "castle", "market", "garden")
SHORTEST_WORD = 4
RADIUS = 5_000
STRAY = 0.005
FIRST_BYTES = 65_536
PIECE = 1_048_576
LONGEST_STORY = 90
TEXTS = (
    "The story at the bridge alone was worth it.",
    "A little long for children, but we saw courtyards that we would never have found.",
    "Good voice, good pace.  The map lost us once near the market.",
    "We walked it twice.",
)
HIGHEST_LIMIT = 100
MARKS = (5, 40)
TOURS = 3
AWAY = 7_200
LOST = 0.25


@dataclass(frozen=True, slots=True)
class Crowd:
    """Where the visitors go."""

    host: str

    def visitor(self, number: int) -> Visit:
        """Make the visits on one connection: by turns, for ever, those of one user of each journey."""
        random, writer = Random(number), Writer(self.host)  # noqa: S311 - choices, not secrets
        # Accounts that nobody else has, and none twice: marks of one user never come between another's.
        walker, reviewer, returner = (f"walker-{3 * number + each:04}@example.org" for each in range(1, 4))
        begin: dict[str, Callable[[], Visit]] = {
            "browse": Browser(writer, random).go_on,
            "near": Passerby(writer, random).go_on,
            "preview": Listener(writer, random).go_on,
            "download": Downloader(writer, random).go_on,
            "walk": Walker(writer, random, walker).walk_on,
            "review": Reviewer(writer, random, reviewer).review_a_tour,
            "sync": Returner(writer, random, returner).sync,
        }
        while True:
            (journey,) = random.choices(list(BEGINNINGS), weights=list(BEGINNINGS.values()))
            yield from begin[journey]()


class Visitor:
    """Looks around without an account, and goes on with what the app told."""

    def __init__(self, writer: Writer, random: Random) -> None:
        self.writer = writer
        self.random = random

    def tours(self, city: str | None = None, cursor: str | None = None) -> Step[Page]:
        """Look at a page of the list."""
        asked = {"city": city, "cursor": cursor}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        path = f"/api/tours?{query}" if query else "/api/tours"
        return (yield from told(self.writer.get("/api/tours", path, read=True), shapes.PAGE))

    def cities(self) -> Step[Sequence[City]]:
        """Look at all cities."""
        asked = self.writer.get("/api/cities", "/api/cities", read=True)
        return (yield from told(asked, shapes.CITIES)).cities

    def tour(self, card: Card) -> Step[Tour]:
        """Open a tour."""
        asked = self.writer.get("/api/tours/{id}", f"/api/tours/{card.id}", read=True)
        return (yield from told(asked, shapes.TOUR))

    def listed(self) -> Step[Card]:
        """Choose a tour of the first page."""
        return self.choose((yield from self.tours()).tours)

    def choose(self, cards: Sequence[AnyCard]) -> AnyCard:
        """Choose as visitors do: a tour by its share of all visits, so that few are hot (Zipf)."""
        return self.random.choices(cards, weights=[card.popularity for card in cards])[0]

    def one_of(self, *tasks: tuple[int, Callable[[], Visit]]) -> Visit:
        """Begin one of several tasks, by their weights."""
        weights, visits = zip(*tasks, strict=True)
        (visit,) = self.random.choices(visits, weights=weights)
        yield from visit()


class Browser(Visitor):
    """The journey browse."""

    def __init__(self, writer: Writer, random: Random) -> None:
        super().__init__(writer, random)
        self._seen: Sequence[Card] = ()
        self._cities: Sequence[str] = ()
        self._more: tuple[str | None, str] | None = None

    def go_on(self) -> Visit:
        yield from self.one_of((4, self._look_at_the_list), (3, self._search), (3, self._look_at_a_tour))

    def _look_at_the_list(self) -> Visit:
        self._cities = self._cities or [city.name for city in (yield from self.cities())]
        if self._more and self.random.choice((True, False)):
            city, cursor = self._more
        else:
            city, cursor = self.random.choice((*self._cities, None)), None
        page = yield from self.tours(city, cursor)
        self._seen = page.tours
        self._more = (city, page.next_cursor) if page.next_cursor else None

    def _search(self) -> Visit:
        title = self.choose(self._seen).title if self._seen else ""
        words = [word for word in title.split() if word.isalpha() and len(word) >= SHORTEST_WORD]
        query = urlencode({"q": self.random.choice(words or SEARCHES)})
        asked = self.writer.get("/api/search", f"/api/search?{query}", read=True)
        self._seen = (yield from told(asked, shapes.FOUND)).tours or self._seen

    def _look_at_a_tour(self) -> Visit:
        if not self._seen:
            self._seen = (yield from self.tours()).tours
        card = self.choose(self._seen)
        yield self.writer.get("/api/tours/{id}", f"/api/tours/{card.id}")


class Passerby(Visitor):
    """The journey near."""

    def __init__(self, writer: Writer, random: Random) -> None:
        super().__init__(writer, random)
        self._city: City | None = None

    def go_on(self) -> Visit:
        yield from self.one_of((4, self._look_around), (1, self._travel_on))

    def _look_around(self) -> Visit:
        if self._city is None:
            cities = yield from self.cities()
            self._city = self.random.choices(cities, weights=[city.tour_count for city in cities])[0]
        north, east = (self.random.uniform(-STRAY, STRAY) for _ in range(2))
        latitude, longitude = self._city.latitude + north, self._city.longitude + east
        where = f"latitude={latitude:.5f}&longitude={longitude:.5f}&radius={RADIUS}"
        yield self.writer.get("/api/tours/near", f"/api/tours/near?{where}")

    def _travel_on(self) -> Visit:
        self._city = None
        yield from self._look_around()


class Listener(Visitor):
    """The journey preview."""

    def go_on(self) -> Visit:
        yield from self.one_of((3, self._try_a_tour), (1, self._come_back_to_a_tour))

    def _try_a_tour(self) -> Visit:
        tour = yield from self.tour((yield from self.listed()))
        stop = tour.stops[0]
        for photo in stop.photos:
            yield self.writer.get("/media", photo)
        yield self.writer.get("/media", stop.audio, {"Range": f"bytes=0-{FIRST_BYTES - 1}"}, accepted=PARTIAL)

    def _come_back_to_a_tour(self) -> Visit:
        card = yield from self.listed()
        name, path = "/api/tours/{id}", f"/api/tours/{card.id}"
        reply = yield self.writer.get(name, path)
        yield self.writer.get(name, path, {"If-None-Match": reply.etag}, accepted=UNCHANGED)


class Downloader(Visitor):
    """The journey download."""

    def go_on(self) -> Visit:
        yield from self.one_of((2, self._download_the_parts), (1, self._download_the_archive))

    def _download_the_parts(self) -> Visit:
        for part in (yield from self._chosen()).parts:
            yield self.writer.get("/media", part.path)

    def _download_the_archive(self) -> Visit:
        archive = (yield from self._chosen()).archive
        edition: dict[str, str] = {}
        for first in range(0, archive.size, PIECE):
            piece = {"Range": f"bytes={first}-{first + PIECE - 1}"}
            reply = yield self.writer.get("/bundles", archive.path, piece | edition, accepted=PARTIAL)
            edition = {"If-Range": reply.etag}

    def _chosen(self) -> Step[Bundle]:
        card = yield from self.listed()
        path = f"/api/tours/{card.id}/bundle"
        return (yield from told(self.writer.get("/api/tours/{id}/bundle", path, read=True), shapes.BUNDLE))


class Member(Visitor):
    """Has an account of its own, and arrives with its token."""

    def __init__(self, writer: Writer, random: Random, account: str) -> None:
        super().__init__(writer, random)
        self.bearer = {"Authorization": f"Bearer demo.{account}"}

    def version(self, tour_id: int) -> Step[str]:
        """Look how far this account has come on a tour; return the version of its mark."""
        path = f"/api/progress/{tour_id}"
        return (yield self.writer.get("/api/progress/{id}", path, self.bearer)).etag


class Walker(Member):
    """The journey walk; like its users, this one is met in the midst of a walk."""

    def __init__(self, writer: Writer, random: Random, account: str) -> None:
        super().__init__(writer, random, account)
        self._tour: Card | None = None
        self._stop = 0
        self._version = ""
        self._arriving = True

    def walk_on(self) -> Visit:
        if self._tour is None:
            self._tour = yield from self.listed()
            self._version = yield from self.version(self._tour.id)
            self._stop = self.random.randrange(self._tour.stop_count) if self._arriving else 0
            self._arriving = False
        else:
            yield from self._reach_the_next_stop(self._tour)

    def _reach_the_next_stop(self, tour: Card) -> Visit:
        self._stop += 1
        mark = {"stop": self._stop, "seconds": float(self.random.randint(0, LONGEST_STORY))}
        headers = {**self.bearer, "If-Match": self._version}
        path = f"/api/progress/{tour.id}"
        self._version = (yield self.writer.send("PUT", "/api/progress/{id}", path, mark, headers)).etag
        self._tour = tour if self._stop < tour.stop_count else None


class Reviewer(Member):
    """The journey review."""

    def review_a_tour(self) -> Visit:
        card = yield from self.listed()
        name, path = "/api/tours/{id}/reviews", f"/api/tours/{card.id}/reviews"
        yield self.writer.get(name, path)
        opinion = {"rating": self.random.randint(1, 5), "text": self.random.choice(TEXTS)}
        yield self.writer.send("POST", name, path, opinion, self.bearer, accepted=CREATED)
        yield self.writer.get(name, f"{path}?limit={HIGHEST_LIMIT}")


class Returner(Member):
    """The journey sync."""

    def sync(self) -> Visit:
        cards = (yield from self.tours()).tours
        marks = self._recorded([self.choose(cards) for _ in range(self.random.randint(1, TOURS))])
        # Not by the seeded generator: every trial has other marks.
        headers = {**self.bearer, "Idempotency-Key": str(uuid.uuid4())}
        batch = self.writer.send("POST", "/api/sync", "/api/sync", {"marks": marks}, headers)
        yield batch
        if self.random.uniform(0, 1) < LOST:
            yield batch
        yield from self.version(marks[-1].tour_id)

    def _recorded(self, cards: Sequence[Card]) -> list[RecordedMark]:
        now, before = time.time(), range(self.random.randint(*MARKS) - 1)
        moments = [*sorted(now - self.random.uniform(1, AWAY) for _ in before), now]
        return [self._mark(self.random.choice(cards), moment) for moment in moments]

    def _mark(self, card: Card, moment: float) -> RecordedMark:
        heard = float(self.random.randint(0, LONGEST_STORY))
        stop = self.random.randint(1, card.stop_count)
        return RecordedMark(card.id, stop, heard, datetime.fromtimestamp(moment, UTC))
