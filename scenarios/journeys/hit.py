"""Asking for the address itself, again and again: the journey that fits any web system."""

from __future__ import annotations

from locust import task

from scenarios.engine.users import LoadUser, think


class Hitter(LoadUser):
    """Somebody who opens one page and comes back to it."""

    # Seconds between two visits: short, so that a few users already make a steady load.
    wait_time = think(median=1.0)

    @task
    def open_the_address(self) -> None:
        """Ask for the root of the address."""
        self.client.get("/", name="/")
