"""What the tour app's visitors ask, as fast as they are answered.

The journeys of scenarios/journeys without their pauses, each begun as often as its users begin it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from tests.crowd import Ask, Visit

# How often a hundred users begin each journey in a second: its weight over the mean of its pause, from the
# modules of scenarios/journeys (the mean of a log-normal pause is its median times 1.13).
BEGINNINGS = {
    "browse": 38 / 1.13,
    "near": 20 / 4.5,
    "preview": 14 / 9.1,
    "download": 8 / 22.7,
    "walk": 14 / 48.0,
    "review": 3 / 22.7,
    "sync": 3 / 22.7,
}

# Tours that this crowd visits: the most popular ones, which get two thirds of all visits.
TOURS = 200

FIRST_BYTES = 65_536
PIECE = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One tour as its visitors come to know it."""

    tour_id: int
    popularity: float
    city: str
    place: tuple[float, float]
    words: tuple[str, ...]
    stops: int
    audio: str
    photos: tuple[str, ...]
    parts: tuple[str, ...]
    archive: str
    archive_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """One account, and the versions of its marks by tour."""

    account: str
    versions: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Where the visitors go, and what they know beforehand."""

    host: str
    sights: tuple[Sight, ...]

    def visitor(self, number: int) -> Visit:
        """Make the visit of one user, who begins one journey after the other for ever."""
        rng = Random(number)  # noqa: S311 - choices, not secrets
        walker = Walker(account=f"walker-{number + 1:04}@example.org")
        journeys: dict[str, Callable[[Random, Sight], Visit]] = {
            "browse": self._browse,
            "near": self._look_near,
            "preview": self._preview,
            "download": self._download,
            "walk": partial(self._walk, walker=walker),
            "review": partial(self._review, account=walker.account),
            # Another account: what it sends of a walk would come between the walker's own marks.
            "sync": partial(self._sync, account=f"walker-{number + 50_001}@example.org"),
        }
        weights = [sight.popularity for sight in self.sights]
        while True:
            (name,) = rng.choices(list(BEGINNINGS), weights=list(BEGINNINGS.values()))
            (sight,) = rng.choices(self.sights, weights=weights)
            yield from journeys[name](rng, sight)

    def _browse(self, rng: Random, sight: Sight) -> Visit:
        (kind,) = rng.choices(("list", "search", "tour"), weights=(4, 3, 3))
        if kind == "list":
            city = rng.choice(("", f"&city={quote(sight.city)}"))
            yield self._get("/api/tours", f"/api/tours?limit=20{city}")
        elif kind == "search":
            yield self._get("/api/search", f"/api/search?q={quote(rng.choice(sight.words))}&limit=20")
        else:
            yield self._get("/api/tours/{id}", f"/api/tours/{sight.tour_id}")

    def _look_near(self, rng: Random, sight: Sight) -> Visit:
        latitude, longitude = (each + rng.uniform(-0.005, 0.005) for each in sight.place)
        where = f"latitude={latitude:.5f}&longitude={longitude:.5f}&radius=5000"
        yield self._get("/api/tours/near", f"/api/tours/near?{where}&limit=20")

    def _preview(self, _rng: Random, sight: Sight) -> Visit:
        yield self._get("/api/tours", "/api/tours?limit=20")
        yield self._get("/api/tours/{id}", f"/api/tours/{sight.tour_id}")
        for photo in sight.photos:
            yield self._get("/media", photo)
        yield self._piece("/media", sight.audio, 0, FIRST_BYTES - 1)

    def _download(self, rng: Random, sight: Sight) -> Visit:
        yield self._get("/api/tours", "/api/tours?limit=20")
        yield self._get("/api/tours/{id}/bundle", f"/api/tours/{sight.tour_id}/bundle")
        # Two of three take the parts, as the pages do; the others the archive in pieces.
        if rng.randrange(3):
            for part in sight.parts:
                yield self._get("/media", part)
        else:
            for first in range(0, sight.archive_size, PIECE):
                yield self._piece("/bundles", sight.archive, first, first + PIECE - 1)

    def _walk(self, rng: Random, sight: Sight, walker: Walker) -> Visit:
        name, path = "/api/progress/{id}", f"/api/progress/{sight.tour_id}"
        if sight.tour_id not in walker.versions:
            reply = yield self._get(name, path, walker.account)
            walker.versions[sight.tour_id] = reply.etag
        mark = {"stop": rng.randint(0, sight.stops), "seconds": 12.5}
        condition = {"If-Match": walker.versions[sight.tour_id]}
        reply = yield self._send(f"PUT {name}", path, walker.account, mark, condition)
        walker.versions[sight.tour_id] = reply.etag

    def _review(self, _rng: Random, sight: Sight, account: str) -> Visit:
        name, path = "/api/tours/{id}/reviews", f"/api/tours/{sight.tour_id}/reviews"
        yield self._get(name, path)
        yield self._send(f"POST {name}", path, account, {"rating": 4, "text": "We walked it twice."}, {})
        yield self._get(name, path)

    def _sync(self, rng: Random, sight: Sight, account: str) -> Visit:
        mark = {"tour_id": sight.tour_id, "stop": 1, "seconds": 3.0, "recorded_at": "2026-01-01T00:00:00Z"}
        key = {"Idempotency-Key": str(uuid.UUID(int=rng.getrandbits(128)))}
        marks = {"marks": [mark] * rng.randint(5, 40)}
        yield self._send("POST /api/sync", "/api/sync", account, marks, key)

    def _get(self, name: str, path: str, account: str = "") -> Ask:
        return Ask(f"GET {name}", self._request("GET", path, account, {}))

    def _piece(self, name: str, path: str, first: int, last: int) -> Ask:
        content = self._request("GET", path, "", {"Range": f"bytes={first}-{last}"})
        return Ask(f"GET {name}", content, frozenset({206}))

    def _send(self, name: str, path: str, account: str, body: object, headers: dict[str, str]) -> Ask:
        content = json.dumps(body).encode()
        told = {**headers, "Content-Type": "application/json", "Content-Length": str(len(content))}
        head = self._request(name.partition(" ")[0], path, account, told)
        return Ask(name, head + content, frozenset({200, 201}))

    def _request(self, method: str, path: str, account: str, headers: dict[str, str]) -> bytes:
        lines = {"Host": self.host, "Accept-Encoding": "gzip, deflate, br", **headers}
        if account:
            lines["Authorization"] = f"Bearer demo.{account}"
        told = "".join(f"{name}: {text}\r\n" for name, text in lines.items())
        return f"{method} {path} HTTP/1.1\r\n{told}\r\n".encode()


def crowd_at(address: str) -> Crowd:
    """Look round as a first visitor would, and return the crowd that follows."""
    with httpx.Client(base_url=address) as client:
        cards: list[dict[str, Any]] = []
        cursor = "0"
        while len(cards) < TOURS:
            page = client.get("/api/tours", params={"limit": 100, "cursor": cursor}).json()
            cards += page["tours"]
            cursor = page["next_cursor"]
        return Crowd(host=urlsplit(address).netloc, sights=tuple(_sight(client, card) for card in cards))


def _sight(client: httpx.Client, card: dict[str, Any]) -> Sight:
    tour = client.get(f"/api/tours/{card['id']}").json()
    bundle = client.get(f"/api/tours/{card['id']}/bundle").json()
    return Sight(
        tour_id=tour["id"],
        popularity=tour["popularity"],
        city=tour["city"],
        place=(tour["latitude"], tour["longitude"]),
        words=tuple(word for word in tour["title"].split() if len(word) > 3 and word.isalpha()),
        stops=tour["stop_count"],
        audio=tour["stops"][0]["audio"],
        photos=tuple(tour["stops"][0]["photos"]),
        parts=tuple(part["path"] for part in bundle["parts"]),
        archive=bundle["archive"]["path"],
        archive_size=bundle["archive"]["size"],
    )
