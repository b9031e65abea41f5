"""Looking around for a tour: list, search, detail.  Nobody logs in."""

from __future__ import annotations

from locust import task

from scenarios.engine.users import LoadUser, think

CITIES = ("Lisbon", "Porto", "Vienna", "Ghent", "Bergen", "Turin")
SEARCHES = ("harbour", "old town", "river", "castle", "market", "garden")
TOURS = 2_000


class Browser(LoadUser):
    """Somebody on a sofa.  The weights follow what visitors of a tour catalogue do."""

    # Seconds between two taps while looking around: quick, because lists are skimmed.
    wait_time = think(median=1.0)

    @task(4)
    def look_at_the_list(self) -> None:
        """Open the list, most often that of a city."""
        city = self.random.choice((*CITIES, None))
        self.client.get("/api/tours" + (f"?city={city}" if city else ""), name="/api/tours")

    @task(3)
    def search(self) -> None:
        """Type a word."""
        words = self.random.choice(SEARCHES).replace(" ", "+")
        self.client.get(f"/api/search?q={words}", name="/api/search")

    @task(3)
    def look_at_a_tour(self) -> None:
        """Open one tour."""
        self.client.get(f"/api/tours/{self.random.randint(1, TOURS)}", name="/api/tours/{id}")
