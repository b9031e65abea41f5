"""What can be asked of the catalogue: a page of tours, one tour, a search.

Every query is served by an index and takes about a millisecond at most, so callers run it on the event loop.
"""

import re
import sqlite3
from dataclasses import dataclass

from tourapp.content.seed import Language, Stop

CARD_COLUMNS = """
tours.tour_id, tours.place, tours.popularity, tours.title, tours.theme, tours.city, cities.country,
tours.language, tours.seconds, tours.price, tours.latitude, tours.longitude, tours.stops
"""

# More words than this narrow a search no further.
SEARCH_WORDS = 8


@dataclass(frozen=True, slots=True)
class Card:
    """A tour as lists show it; the fields follow CARD_COLUMNS.

    `place` is the rank by popularity from 1; `seconds` the whole walk; `price` euro cents; `stops` their
    number; the coordinates are degrees of the first stop.
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
    latitude: float
    longitude: float
    stops: int


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


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The questions, asked over one read-only connection."""

    connection: sqlite3.Connection

    def page(self, *, city: str | None, language: Language | None, after: int, limit: int) -> Page:
        """Return up to `limit` tours by falling popularity, from behind the place `after` (0: the top)."""
        conditions = ["tours.place > :after"]
        if city is not None:
            conditions.append("tours.city = :city")
        if language is not None:
            conditions.append("tours.language = :language")
        rows = self.connection.execute(
            f"SELECT {CARD_COLUMNS} FROM tours JOIN cities ON cities.name = tours.city"  # noqa: S608 - constants
            f" WHERE {' AND '.join(conditions)} ORDER BY tours.place LIMIT :limit",
            # One row more tells whether there is a next page.
            {"after": after, "city": city, "language": language, "limit": limit + 1},
        ).fetchall()
        cards = tuple(Card(*row) for row in rows[:limit])
        return Page(cards=cards, following=cards[-1].place if len(rows) > limit else None)

    def detail(self, tour_id: int) -> Detail | None:
        """Return the tour, None when there is none of that number."""
        row = self.connection.execute(
            f"SELECT tours.description, {CARD_COLUMNS} FROM tours"  # noqa: S608 - constants
            " JOIN cities ON cities.name = tours.city WHERE tours.tour_id = ?",
            (tour_id,),
        ).fetchone()
        if row is None:
            return None
        stops = self.connection.execute(
            "SELECT position, name, story, latitude, longitude, seconds FROM stops"
            " WHERE tour_id = ? ORDER BY position",
            (tour_id,),
        )
        return Detail(
            card=Card(*row[1:]),
            description=row[0],
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

    def search(self, text: str, limit: int) -> tuple[Card, ...]:
        """Return the best matches: tours that hold every word of `text`, or longer words that begin so.

        No tour matches a text without letters or digits.
        """
        words = re.findall(r"\w+", text)[:SEARCH_WORDS]
        if not words:
            return ()
        rows = self.connection.execute(
            f"SELECT {CARD_COLUMNS} FROM tour_words JOIN tours ON tours.tour_id = tour_words.rowid"  # noqa: S608 - constants
            " JOIN cities ON cities.name = tours.city WHERE tour_words MATCH ?"
            " ORDER BY bm25(tour_words), tours.place LIMIT ?",
            # Quoted, a word is never read as an operator of the query language.
            (" ".join(f'"{word}"*' for word in words), limit),
        )
        return tuple(Card(*row) for row in rows)

    def cities(self) -> tuple[str, ...]:
        """Return the names of all cities, by name."""
        return tuple(name for (name,) in self.connection.execute("SELECT name FROM cities ORDER BY name"))

    def counts(self) -> Counts:
        """Tell how much content there is, as counted when the file was built."""
        tours, cities, stops = self.connection.execute("SELECT tours, cities, stops FROM edition").fetchone()
        return Counts(tours=tours, cities=cities, stops=stops)
