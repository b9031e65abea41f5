"""Questions that cost the database too much: the defects "n-plus-one" and "missing-index"."""

import sqlite3

from tourapp.store.catalogue import Card, Catalogue, SearchOrder

# What an object mapper that loads nothing before it is needed asks for on its own.
STOP_FIELDS = ("name", "story", "latitude", "longitude", "seconds")


class OneByOne(Catalogue):
    """A catalogue whose search loads each hit on its own, then each of its stops, field by field."""

    def search(self, text: str, limit: int, order: SearchOrder = SearchOrder.RELEVANCE) -> tuple[Card, ...]:
        """Return the best matches, after one query for them and some sixty for each."""
        found = super().search(text, limit, order)
        for card in found:
            self._load(card.tour_id)
        return found

    def _load(self, tour_id: int) -> None:
        self.connection.execute("SELECT * FROM tours WHERE tour_id = ?", (tour_id,)).fetchone()
        positions = self.connection.execute("SELECT position FROM stops WHERE tour_id = ?", (tour_id,))
        for (position,) in positions.fetchall():
            for name in STOP_FIELDS:
                self.connection.execute(
                    f"SELECT {name} FROM stops WHERE tour_id = ? AND position = ?",  # noqa: S608 - constants
                    (tour_id, position),
                ).fetchone()


def lose_index(connection: sqlite3.Connection, rows: int) -> None:
    """Put in the place of the table of stops one without an index, which has grown to about as many rows.

    The catalogue file is never written to; but SQLite looks for a table among the temporary ones first, so
    every query finds this one instead.  What it holds besides the stops are those of earlier editions, under
    the negative numbers of their tours.
    """
    (live,) = connection.execute("SELECT count(*) FROM main.stops").fetchone()
    connection.execute("CREATE TEMP TABLE stops AS SELECT * FROM main.stops LIMIT 0")
    for _ in range(round(rows / live) - 1):
        connection.execute("INSERT INTO temp.stops SELECT * FROM main.stops")
    connection.execute("UPDATE temp.stops SET tour_id = -tour_id")
    connection.execute("INSERT INTO temp.stops SELECT * FROM main.stops")
