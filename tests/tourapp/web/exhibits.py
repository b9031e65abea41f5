"""Real small media for tours: photos, sounds, streets and reviews, so that pages can be seen whole."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import soundfile
from PIL import Image, ImageFilter

from tourapp.store.catalogue import Catalogue
from tourapp.web.shelf import Review, ReviewPage, StopMedia, TourMedia

HOSTILE = "</script><img src=x onerror=\"document.title='taken over'\"><b>bold</b>"
# The fastest that Opus takes without resampling, and long enough to be asked for in ranges.
SAMPLE_RATE = 24_000
SOUND_SECONDS = 20
WRITTEN = datetime(2026, 10, 3, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Exhibits:
    """A shelf of made things; `files` holds their bytes by address, `written` what came by the API."""

    catalogue: Catalogue
    files: dict[str, bytes] = field(default_factory=dict)
    written: dict[int, list[Review]] = field(default_factory=dict)
    made: dict[int, Mapping[str, bytes]] = field(default_factory=dict)

    async def media(self, tour_id: int) -> TourMedia | None:
        parts = self.parts(tour_id)
        addresses = list(parts)
        stops = tuple(
            StopMedia(audio=audio, photos=(photo,))
            for photo, audio in zip(addresses[1::2], addresses[2::2], strict=True)
        )
        return TourMedia(
            stops=stops, streets=addresses[0], download_size=sum(len(body) for body in parts.values())
        )

    async def reviews(self, tour_id: int, cursor: str | None, limit: int) -> ReviewPage:
        every = [*reversed(self.written.get(tour_id, [])), *seeded_reviews()]
        start = int(cursor) if cursor and cursor.isdigit() else 0
        following = str(start + limit) if start + limit < len(every) else None
        return ReviewPage(reviews=tuple(every[start : start + limit]), following=following)

    def parts(self, tour_id: int) -> Mapping[str, bytes]:
        """Return the streets, then a photo and a sound for each stop, by address."""
        if tour_id not in self.made:
            self.made[tour_id] = self.make_parts(tour_id)
            self.files.update(self.made[tour_id])
        return self.made[tour_id]

    def make_parts(self, tour_id: int) -> Mapping[str, bytes]:
        detail = self.catalogue.detail(tour_id)
        assert detail
        places = [(stop.longitude, stop.latitude) for stop in detail.stops]
        bodies = [("geojson", streets(places))]
        for stop in detail.stops:
            bodies += [("webp", photo(tour_id + stop.position)), ("opus", sound(stop.position))]
        return {f"/media/{digest_of(body)}.{suffix}": body for suffix, body in bodies}


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


@cache
def photo(number: int) -> bytes:
    """Paint hills at dusk with grain: about as many bytes as a photo of this size has."""
    rng = np.random.default_rng(number)
    width, height = 960, 640
    rows = np.linspace(0, 1, height)[:, None, None]
    picture = (1 - rows) * np.array([70, 110, 160]) + rows * np.array([240, 190, 140])
    picture = np.broadcast_to(picture, (height, width, 3)).copy()
    for depth in range(4):
        ridge = 300 + 75 * depth + 50 * np.sin(np.arange(width) / (140 - 20 * depth) + 6 * rng.random())
        picture[np.arange(height)[:, None] > ridge[None, :]] = np.array([90, 110, 90]) - 20 * depth
    noise = rng.normal(0, 9, picture.shape)
    image = Image.fromarray(np.clip(picture + noise, 0, 255).astype(np.uint8))
    webp = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(0.8)).save(webp, "WEBP", quality=75, method=2)
    return webp.getvalue()


@cache
def sound(number: int) -> bytes:
    """Play a soft chord."""
    time = np.arange(SAMPLE_RATE * SOUND_SECONDS) / SAMPLE_RATE
    chord = sum(np.sin(2 * np.pi * 110 * (number + harmony) * time) for harmony in (1, 1.5, 2))
    opus = io.BytesIO()
    soundfile.write(opus, 0.05 * chord, SAMPLE_RATE, format="OGG", subtype="OPUS")
    return opus.getvalue()


def streets(places: list[tuple[float, float]]) -> bytes:
    """Lay a grid of streets, a park, a river, and the way from stop to stop by right angles."""
    west, east = min(x for x, _ in places) - 0.004, max(x for x, _ in places) + 0.004
    south, north = min(y for _, y in places) - 0.003, max(y for _, y in places) + 0.003
    across, up = np.linspace(west, east, 24), np.linspace(south, north, 24)
    middle = (south + north) / 2
    way = [places[0]]
    for x, y in places[1:]:
        way += [(x, way[-1][1]), (x, y)]
    features = [
        shape(
            "water",
            "Polygon",
            [
                [(x, middle + 0.001 * np.sin(at)) for at, x in enumerate(across)]
                + [(x, middle - 0.0006) for x in across[::-1]]
            ],
        ),
        shape(
            "park",
            "Polygon",
            [[(across[4], up[15]), (across[9], up[15]), (across[9], up[19]), (across[4], up[19])]],
        ),
        *(shape("street", "LineString", [(x, south), (x, north)]) for x in across),
        *(shape("street", "LineString", [(west, y), (east, y)]) for y in up),
        shape("route", "LineString", way),
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def shape(kind: str, geometry: str, coordinates: object) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": {"kind": kind, "name": kind.capitalize()},
        "geometry": {"type": geometry, "coordinates": coordinates},
    }


def seeded_reviews() -> list[Review]:
    texts = [
        "We took the long way and never looked at a phone. The baker at stop three still laughs.",
        HOSTILE,
        "Good voices. A little steep after the bridge, so bring real shoes.",
        "Played it offline in the rain.\nEverything worked.",
        "Too short for me, but the courtyards alone were worth it.",
        "<script>document.title = 'taken over'</script> Lovely.",
        "My children want to do it again tomorrow.",
    ]
    return [
        Review(
            author=f"Walker {number + 1}",
            rating=5 - number % 3,
            text=text,
            written_at=WRITTEN - timedelta(days=9 * number),
        )
        for number, text in enumerate(texts)
    ]
