"""What can be asked of the catalogue: a page of tours, one tour, a search.

Every query is served by an index and takes about a millisecond at most, so callers run it on the event loop;
save the count of the cities, which takes 4 to 5 ms.
"""

import enum
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from tourapp.content import sphere
from tourapp.content.seed import Language, Stop, Tour

# The columns of the word index that say what a tour is about.
HEADLINES = "{title city theme}"

# More words than this narrow a search no further.
SEARCH_WORDS = 8


class Card(
    msgspec.Struct,
    frozen=True,
    rename={
        "tour_id": "id",
        "seconds": "duration_seconds",
        "price": "price_cents",
        "stops": "stop_count",
    },
):
    """A tour as lists show it; encoded as it stands, and kept so in the column `card`.

    `place` is the rank by popularity from 1; `seconds` the whole walk; `price` cents; `stops` their number;
    the coordinates are degrees of the first stop; `image` the address of its drawing.
    """

    tour_id: int
    place: int
    popularity: float
    title: str
    theme: str
    city: str
    country: str
    language: str
    seconds: int
    price: int
    currency: str
    latitude: float
    longitude: float
    stops: int
    image: str


def card_of(tour: Tour) -> Card:
    """Return what lists show of a tour."""
    start = tour.stops[0]
    return Card(
        tour_id=tour.tour_id,
        place=tour.place,
        popularity=tour.popularity,
        title=tour.title,
        theme=tour.theme,
        city=tour.city.name,
        country=tour.city.country,
        language=tour.language.value,
        seconds=tour.seconds,
        price=tour.price,
        currency="EUR",
        latitude=start.latitude,
        longitude=start.longitude,
        stops=len(tour.stops),
        image=f"/pictures/{tour.tour_id}.svg",
    )


class Neighbour(Card, frozen=True):
    """A tour and how far away it starts, in metres."""

    distance_meters: float


class SearchOrder(enum.StrEnum):
    """What comes first: the tour that fits the words best, or the one that is walked most."""

    RELEVANCE = "relevance"
    POPULARITY = "popularity"


class TownCount(msgspec.Struct, frozen=True):
    """A city, its middle (the mean of all stops of its tours, in degrees), and the number of its tours."""

    name: str
    country: str
    latitude: float
    longitude: float
    tour_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One tour with its text and its stops in walking order."""

    card: Card
    description: str
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Part of a list; `following` is the place to go on after, None on the last page."""

    cards: tuple[Card, ...]
    following: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much content there is."""

    tours: int
    cities: int
    stops: int


# One column of JSON is read quicker than fifteen columns.
CARDS = msgspec.json.Decoder(tuple[Card, ...])


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The questions, asked over one read-only connection."""

    connection: sqlite3.Connection

    def page(
        self,
        *,
        city: str | None = None,
        language: Language | None = None,
        theme: str | None = None,
        after: int = 0,
        limit: int,
    ) -> Page:
        """Return up to `limit` tours by falling popularity, from behind the place `after` (0: the top)."""
        conditions = ["tours.place > :after"]
        if city is not None:
            conditions.append("tours.city = :city")
        if language is not None:
            conditions.append("tours.language = :language")
        if theme is not None:
            conditions.append("tours.theme = :theme")
        rows = self.connection.execute(
            f"SELECT card FROM tours WHERE {' AND '.join(conditions)} ORDER BY tours.place LIMIT :limit",  # noqa: S608 - constants
            # One row more tells whether there is a next page.
            {"after": after, "city": city, "language": language, "theme": theme, "limit": limit + 1},
        ).fetchall()
        cards = _cards(rows[:limit])
        return Page(cards=cards, following=cards[-1].place if len(rows) > limit else None)

    def tour_ids(self) -> tuple[int, ...]:
        """Return the identifiers of all tours, rising."""
        rows = self.connection.execute("SELECT tour_id FROM tours ORDER BY tour_id")
        return tuple(tour_id for (tour_id,) in rows)

    def detail(self, tour_id: int) -> Detail | None:
        """Return the tour, None when there is none of that number."""
        row = self.connection.execute(
            "SELECT card, description FROM tours WHERE tour_id = ?", (tour_id,)
        ).fetchone()
        if row is None:
            return None
        (card,) = _cards([row[:1]])
        stops = self.connection.execute(
            "SELECT position, name, story, latitude, longitude, seconds FROM stops"
            " WHERE tour_id = ? ORDER BY position",
            (tour_id,),
        )
        return Detail(
            card=card,
            description=row[1],
            stops=tuple(
                Stop(
                    position=at,
                    name=name,
                    story=story,
                    latitude=latitude,
                    longitude=longitude,
                    seconds=seconds,
                )
                for at, name, story, latitude, longitude, seconds in stops
            ),
        )

    def stop_count(self, tour_id: int) -> int | None:
        """Return how many stops the tour has, None when there is none of that number."""
        row = self.connection.execute("SELECT stops FROM tours WHERE tour_id = ?", (tour_id,)).fetchone()
        return None if row is None else int(row[0])

    def near(self, latitude: float, longitude: float, radius: float, limit: int) -> tuple[Neighbour, ...]:
        """Return the tours that start within `radius` metres of a point in degrees, nearest first."""
        x, y, z = sphere.vector(latitude, longitude)
        found = [
            row
            for box in sphere.boxes(latitude, longitude, radius)
            for row in self.connection.execute(
                "SELECT (x - ?) * (x - ?) + (y - ?) * (y - ?) + (z - ?) * (z - ?) AS chord, place, card"
                " FROM tour_boxes CROSS JOIN tours USING (tour_id)"
                # The tree keeps single floats, widened outwards: what touches the box may lie in it.
                " WHERE north >= ? AND south <= ? AND east >= ? AND west <= ? AND chord <= ?"
                " ORDER BY chord, place LIMIT ?",
                (x, x, y, y, z, z, *box, sphere.squared_chord(radius), limit),
            )
        ]
        nearest = sorted(found)[:limit]
        return tuple(
            Neighbour(**msgspec.structs.asdict(card), distance_meters=round(sphere.metres(chord), 1))
            for (chord, _, _), card in zip(nearest, _cards(row[2:] for row in nearest), strict=True)
        )

    def search(self, text: str, limit: int, order: SearchOrder = SearchOrder.RELEVANCE) -> tuple[Card, ...]:
        """Return the first matches: tours that hold every word of `text`, or longer words that begin so.

        By relevance, those that hold them all in title, city or theme come before those that need their
        description for it; among equals, and by popularity, the more visited come first.  No tour matches a
        text without letters or digits.
        """
        words = re.findall(r"\w+", text)[:SEARCH_WORDS]
        if not words:
            return ()
        # Quoted, a word is never read as an operator of the query language.
        anywhere = " AND ".join(f'"{word}"*' for word in words)
        places = self._places(f"{HEADLINES} : ({anywhere})", limit) if order is SearchOrder.RELEVANCE else []
        if len(places) < limit:
            known = set(places)
            others = self._places(anywhere, limit + len(known))
            places += [place for place in others if place not in known][: limit - len(known)]
        marks = ", ".join("?" * len(places))
        rows = self.connection.execute(f"SELECT place, card FROM tours WHERE place IN ({marks})", places)  # noqa: S608 - marks
        cards = dict(rows.fetchall())
        return _cards((cards[place],) for place in places)

    def _places(self, query: str, limit: int) -> list[int]:
        """Return the first places that match; the index counts by place, and so stops at the limit.

        Ranking by bm25 would read all matches, however few are wanted.
        """
        found = self.connection.execute(
            "SELECT rowid FROM tour_words WHERE tour_words MATCH ? ORDER BY rowid LIMIT ?", (query, limit)
        )
        return [place for (place,) in found]

    def cities(self) -> tuple[str, ...]:
        """Return the names of all cities, by name."""
        return tuple(name for (name,) in self.connection.execute("SELECT name FROM cities ORDER BY name"))

    def town_counts(self) -> tuple[TownCount, ...]:
        """Count the tours of every city, by name; this reads all tours and all stops, for 4 to 5 ms."""
        rows = self.connection.execute(
            "SELECT cities.name, cities.country, round(avg(stops.latitude), 5),"
            " round(avg(stops.longitude), 5), count(DISTINCT tours.tour_id)"
            " FROM tours JOIN cities ON cities.name = tours.city JOIN stops USING (tour_id)"
            " GROUP BY cities.name ORDER BY cities.name"
        )
        return tuple(TownCount(*row) for row in rows)

    def counts(self) -> Counts:
        """Tell how much content there is, as counted when the file was built."""
        tours, cities, stops = self.connection.execute("SELECT tours, cities, stops FROM edition").fetchone()
        return Counts(tours=tours, cities=cities, stops=stops)


def _cards(rows: Iterable[tuple[bytes]]) -> tuple[Card, ...]:
    return CARDS.decode(b"[" + b",".join([card for (card,) in rows]) + b"]")
