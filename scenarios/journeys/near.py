"""Standing in a city and looking for tours nearby."""

from __future__ import annotations

from locust import task
from locust.env import Environment

from scenarios.engine.users import think
from scenarios.tours.shapes import City
from scenarios.tours.visitor import Visitor

# Metres: an hour's walk there and back; every city has tours that start so near to its centre.
RADIUS = 5_000
# Degrees, some 500 m: people stand around the centre, and no two at the same place.
STRAY = 0.005


class Passerby(Visitor):
    """Somebody on the street whose phone knows where they are."""

    weight = 20
    # Seconds between two looks at the map: a few steps.
    wait_time = think(median=4.0)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._city: City | None = None

    @task(4)
    def look_around(self) -> None:
        """Ask for the tours nearby."""
        if self._city is None:
            cities = self.cities()
            # Visitors are where the tours are.
            self._city = self.random.choices(cities, weights=[city.tour_count for city in cities])[0]
        place = (
            self._city.latitude + self.random.uniform(-STRAY, STRAY),
            self._city.longitude + self.random.uniform(-STRAY, STRAY),
        )
        self.near(place, RADIUS)

    @task(1)
    def travel_on(self) -> None:
        """Arrive in another city."""
        self._city = None
        self.look_around()
