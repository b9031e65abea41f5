"""Who visits the tour app: somebody who looks around, and somebody who has an account."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import TypeVar
from urllib.parse import urlencode

from scenarios.engine.attentive import AttentiveUser
from scenarios.engine.rows import Rows
from scenarios.tours import account_checks, checks
from scenarios.tours.account_checks import Progress
from scenarios.tours.shapes import Card, City, Found, NearCard, Page, Tour

AnyCard = TypeVar("AnyCard", bound=Card)

# What the app's pages ask for at a time.
LIMIT = 20
# Seconds of a story that a phone has heard, at most: the usual length of one.
LONGEST_STORY = 90

# The numbers of the app's published accounts.
ACCOUNTS = Rows(range(1, 100_001))


class Visitor(AttentiveUser):
    """Looks around without an account, and goes on with what the app told: tours, cities, cursors."""

    abstract = True

    def tours(self, city: str | None = None, cursor: str | None = None) -> Page:
        """Look at a page of the list."""
        asked = {"city": city, "cursor": cursor}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        read = partial(checks.page, limit=LIMIT, city=city)
        return self.get(f"/api/tours?{query}" if query else "/api/tours", read, name="/api/tours")

    def find(self, words: str) -> Found:
        """Search for *words*."""
        read = partial(checks.found, words=words, limit=LIMIT)
        return self.get(f"/api/search?{urlencode({'q': words})}", read, name="/api/search")

    def cities(self) -> Sequence[City]:
        """Look at all cities."""
        return self.get("/api/cities", checks.cities, name="/api/cities")

    def near(self, place: tuple[float, float], radius: int) -> list[NearCard]:
        """Look for tours within *radius* metres of a *place*, latitude and longitude in degrees."""
        query = f"latitude={place[0]:.5f}&longitude={place[1]:.5f}&radius={radius}"
        read = partial(checks.near, place=place, radius=radius, limit=LIMIT)
        return self.get(f"/api/tours/near?{query}", read, name="/api/tours/near")

    def tour(self, card: Card) -> Tour:
        """Open a tour."""
        read = partial(checks.tour, tour_id=card.id)
        return self.get(f"/api/tours/{card.id}", read, name="/api/tours/{id}")

    def choose(self, cards: Sequence[AnyCard]) -> AnyCard:
        """Choose as visitors do: a tour by its share of all visits, so that few are hot (Zipf)."""
        return self.random.choices(cards, weights=[card.popularity for card in cards])[0]


class Member(Visitor):
    """Has an account of its own, and arrives with its token: ten thousand logins would be another test."""

    abstract = True

    def on_start(self) -> None:
        """Take an account that nobody else has."""
        number = self.take(ACCOUNTS)
        self.account, self.password = f"walker-{number:04}@example.org", f"tour-{number:04}"
        # The token that the app publishes for each seeded account (its option --demo-tokens).
        self.bearer = bearer(f"demo.{self.account}")

    def progress(self, tour_id: int) -> Progress:
        """Look how far this account has come on a tour."""
        read = partial(account_checks.progress, account=self.account, tour_id=tour_id)
        return self.get(f"/api/progress/{tour_id}", read, name="/api/progress/{id}", headers=self.bearer)


def bearer(token: str) -> dict[str, str]:
    """Return the header that shows a *token* (RFC 6750, section 2.1)."""
    return {"Authorization": f"Bearer {token}"}


def endpoint_of(path: str) -> str:
    """Return the name under which what is like that at *path* is counted.

    That is ``/media/{digest}.opus``, or ``/api/tours/{id}`` where the last part is a number.
    """
    file = PurePosixPath(path)
    return f"{file.parent}/{'{id}' if file.stem.isdigit() else '{digest}'}{file.suffix}"
