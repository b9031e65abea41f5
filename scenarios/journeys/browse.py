"""Looking around for a tour: cities, list, search, detail.  Nobody logs in."""

from __future__ import annotations

from collections.abc import Sequence

from locust import task
from locust.env import Environment

from scenarios.engine.users import think
from scenarios.tours.shapes import Card, City
from scenarios.tours.visitor import Visitor

# What people type before they have seen a title.
SEARCHES = ("harbour", "old town", "river", "castle", "market", "garden")
# Letters; shorter words of a title ("of", "the") are not what people search for.
SHORTEST_WORD = 4


class Browser(Visitor):
    """Somebody on a sofa.  The weights follow what visitors of a tour catalogue do."""

    weight = 38
    # Seconds between two taps while looking around: quick, because lists are skimmed.
    wait_time = think(median=1.0)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._seen: Sequence[Card] = ()
        self._cities: Sequence[City] = ()
        self._more: tuple[str | None, str] | None = None

    @task(4)
    def look_at_the_list(self) -> None:
        """Go on to the next page of the list, or open the list of a city, or of all."""
        # The page offers them as a filter, and asks for them once.
        self._cities = self._cities or self.cities()
        if self._more and self.random.choice((True, False)):
            city, cursor = self._more
        else:
            chosen = self.random.choice((*self._cities, None))
            city, cursor = chosen.name if chosen else None, None
        page = self.tours(city, cursor)
        self._seen = page.tours
        self._more = (city, page.next_cursor) if page.next_cursor else None

    @task(3)
    def search(self) -> None:
        """Type a word, often one of a title that was on the screen."""
        title = self.choose(self._seen).title if self._seen else ""
        words = [word for word in title.split() if word.isalpha() and len(word) >= SHORTEST_WORD]
        found = self.find(self.random.choice(words or SEARCHES))
        self._seen = found.tours or self._seen

    @task(3)
    def look_at_a_tour(self) -> None:
        """Open one tour of those on the screen."""
        if not self._seen:
            self._seen = self.tours().tours
        self.tour(self.choose(self._seen))
