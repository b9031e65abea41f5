"""Taking a tour along: its bundle, file by file or as one archive in pieces."""

from __future__ import annotations

from functools import partial

from locust import task

from scenarios.engine.users import think
from scenarios.tours import checks
from scenarios.tours.shapes import Bundle
from scenarios.tours.visitor import Visitor, endpoint_of

# Bytes; a phone on a weak line asks for pieces that it can afford to lose.
PIECE = 1_048_576


class Downloader(Visitor):
    """Somebody in a hotel who takes tours along before the line gets bad."""

    weight = 8
    # Seconds between two downloads: one is chosen with care.
    wait_time = think(median=20.0)

    @task(2)
    def download_the_parts(self) -> None:
        """Download file by file, as the app's pages do; check one digest, for hashing all costs too much."""
        bundle = self._chosen()
        sampled = self.random.choice(bundle.parts)
        for part in bundle.parts:
            read = partial(checks.genuine if part is sampled else checks.part, expected=part)
            self.get(part.path, read, name=endpoint_of(part.path))

    @task(1)
    def download_the_archive(self) -> None:
        """Download the archive piece by piece; each piece says of which edition it has to be."""
        archive = self._chosen().archive
        tag = None
        for first in range(0, archive.size, PIECE):
            last = first + PIECE - 1
            headers = {"Range": f"bytes={first}-{last}", **({"If-Range": tag} if tag else {})}
            read = partial(checks.piece, first=first, last=last, size=archive.size)
            tag = self.get(archive.path, read, name=endpoint_of(archive.path), headers=headers)

    def _chosen(self) -> Bundle:
        """Choose a tour, and ask what its download consists of."""
        card = self.choose(self.tours().tours)
        read = partial(checks.bundle, tour_id=card.id)
        return self.get(f"/api/tours/{card.id}/bundle", read, name="/api/tours/{id}/bundle")
