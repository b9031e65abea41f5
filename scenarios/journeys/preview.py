"""Trying a tour: its details, photos, and the beginning of its first story."""

from __future__ import annotations

from functools import partial

from locust import task

from scenarios.engine.users import think
from scenarios.tours import checks
from scenarios.tours.visitor import Visitor, endpoint_of

# Bytes: some 16 s of speech at 32 kbit/s, which is what a player asks for before it starts.
FIRST_BYTES = 65_536


class Listener(Visitor):
    """Somebody who wants to see and hear a tour before deciding."""

    weight = 14
    # Seconds between two tours: the time to look at photos and to listen to a sentence.
    wait_time = think(median=8.0)

    @task(3)
    def try_a_tour(self) -> None:
        """Open a tour, look at the photos of its first stop, and begin its story."""
        card = self.choose(self.tours().tours)
        read = partial(checks.playable, tour_id=card.id)
        stop = self.get(f"/api/tours/{card.id}", read, name="/api/tours/{id}").stops[0]
        for photo in stop.photos:
            self.get(photo, checks.picture, name=endpoint_of(photo))
        self.get(
            stop.audio,
            partial(checks.beginning, last=FIRST_BYTES - 1),
            name=endpoint_of(stop.audio),
            headers={"Range": f"bytes=0-{FIRST_BYTES - 1}"},
        )

    @task(1)
    def come_back_to_a_tour(self) -> None:
        """Open a tour, and open it once more: what a phone has already is not sent again."""
        card = self.choose(self.tours().tours)
        address, name = f"/api/tours/{card.id}", "/api/tours/{id}"
        known = self.get(address, partial(checks.tagged, tour_id=card.id), name=name)
        headers = {"If-None-Match": known.tag} if known.tag else None
        self.get(address, partial(checks.unchanged, known=known.tour), name=name, headers=headers)
