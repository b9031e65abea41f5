"""Coming back online: all that a phone kept while it was offline, at once."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from functools import partial

from locust import task

from scenarios.engine.users import think
from scenarios.tours import account_checks
from scenarios.tours.shapes import Card, RecordedMark, Synced
from scenarios.tours.visitor import LONGEST_STORY, Member

# How many marks a phone kept, fewest and most: a short walk, and three long ones.
MARKS = (5, 40)
# Walks while it was offline, at most.
TOURS = 3
# Seconds for which it was offline: a walk of two hours.
AWAY = 7_200
# The share of phones that lose the answer on their still bad line, and send all of it again.
LOST = 0.25


class Returner(Member):
    """Somebody whose phone finds a line again after a walk."""

    weight = 3
    # Seconds between two returns: lines come and go in a city.
    wait_time = think(median=20.0)

    @task
    def sync(self) -> None:
        """Send what was recorded, sometimes twice, and see that the newest mark is the one that counts."""
        cards = self.tours().tours
        marks = self._recorded([self.choose(cards) for _ in range(self.random.randint(1, TOURS))])
        # Not by the seeded generator: another run of the same trial is no repetition.
        key = str(uuid.uuid4())
        first = self._send(marks, key)
        if self.random.uniform(0, 1) < LOST:
            self._send(marks, key, first)
        newest = marks[-1]
        self.get(
            f"/api/progress/{newest.tour_id}",
            partial(account_checks.kept, account=self.account, newest=newest),
            name="/api/progress/{id}",
            headers=self.bearer,
        )

    def _recorded(self, cards: list[Card]) -> list[RecordedMark]:
        """Return marks of walks on the tours of *cards*, oldest first; the last one is of this moment."""
        now, before = time.time(), range(self.random.randint(*MARKS) - 1)
        moments = [*sorted(now - self.random.uniform(1, AWAY) for _ in before), now]
        return [self._mark(self.random.choice(cards), moment) for moment in moments]

    def _mark(self, card: Card, moment: float) -> RecordedMark:
        heard = float(self.random.randint(0, LONGEST_STORY))
        recorded_at = datetime.fromtimestamp(moment, UTC)
        return RecordedMark(card.id, self.random.randint(1, card.stop_count), heard, recorded_at)

    def _send(self, marks: list[RecordedMark], key: str, first: Synced | None = None) -> Synced:
        if first is None:
            read = partial(account_checks.synced, sent=marks)
        else:
            read = partial(account_checks.synced_again, first=first)
        headers = {**self.bearer, "Idempotency-Key": key}
        return self.send("POST", "/api/sync", {"marks": marks}, read, name="/api/sync", headers=headers)
