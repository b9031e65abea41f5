"""Reading what others think of a tour, and adding to it."""

from __future__ import annotations

from functools import partial

from locust import task

from scenarios.engine.users import think
from scenarios.tours import account_checks
from scenarios.tours.visitor import LIMIT, Member

# The most reviews that the app shows at a time: others write as well, and the own one may have moved down.
HIGHEST_LIMIT = 100
TEXTS = (
    "The story at the bridge alone was worth it.",
    "A little long for children, but we saw courtyards that we would never have found.",
    "Good voice, good pace.  The map lost us once near the market.",
    "We walked it twice.",
)


class Reviewer(Member):
    """Somebody who is back from a walk."""

    weight = 3
    # Seconds between two reviews: what it takes to type one on a phone.
    wait_time = think(median=20.0)

    @task
    def review_a_tour(self) -> None:
        """Read the reviews of a tour, write one, and look whether it is there."""
        card = self.choose(self.tours().tours)
        address, name = f"/api/tours/{card.id}/reviews", "/api/tours/{id}/reviews"
        self.get(address, partial(account_checks.reviews, limit=LIMIT), name=name)
        rating, text = self.random.randint(1, 5), self.random.choice(TEXTS)
        read = partial(account_checks.posted, rating=rating, text=text)
        content = {"rating": rating, "text": text}
        review = self.send("POST", address, content, read, name=name, headers=self.bearer)
        again = partial(account_checks.found_again, review=review, limit=HIGHEST_LIMIT)
        # With the token, for a cache on the way may keep the public answer from before it was written.
        self.get(f"{address}?limit={HIGHEST_LIMIT}", again, name=name, headers=self.bearer)
