"""When an answer of the tour app's catalogue is right: what was asked for, in order and in bounds.  Pure.

Each function reads one kind of answer, and raises WrongAnswerError with the reason for a wrong one.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from scenarios.engine.answers import Answer, demand
from scenarios.tours import shapes
from scenarios.tours.shapes import Bundle, Card, City, Found, NearCard, Page, Part, Tour

# Metres; the mean radius of the earth (IUGG).
_EARTH = 6_371_009.0
# The app may take the earth for an ellipsoid, which differs from the sphere by up to 0.56 %.
_DISTANCE_SHARE = 0.01
# Metres: coordinates have five digits, some 1 m each.
_DISTANCE_GRAIN = 10.0
# RFC 9110, section 15.4.5.
_NOT_MODIFIED = 304
# The beginning of a file of each kind (RFC 9649, section 2; RFC 3533, section 6).
_BEGINNINGS = {"image/webp": b"RIFF", "audio/ogg": b"OggS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedTour:
    """A tour as it was answered, and the entity tag with which to ask after it."""

    tour: Tour
    tag: str | None


def page(answer: Answer, *, limit: int, city: str | None = None) -> Page:
    """Read a page of at most *limit* tours, all of one *city* if it was asked for."""
    listed = answer.json(shapes.PAGE)
    _demand_cards(listed.tours, limit)
    demand(bool(listed.tours), "an empty list, though there are tours")
    demand(city is None or all(card.city == city for card in listed.tours), "a tour of another city")
    return listed


def found(answer: Answer, *, words: str, limit: int) -> Found:
    """Read what a search for *words* found, which may be nothing."""
    listed = answer.json(shapes.FOUND)
    demand(listed.query == words, "the answer to another search")
    _demand_cards(listed.tours, limit)
    return listed


def cities(answer: Answer) -> Sequence[City]:
    """Read all cities."""
    listed = answer.json(shapes.CITIES).cities
    demand(bool(listed), "no cities, though there are tours")
    demand(len({city.name for city in listed}) == len(listed), "a city twice")
    demand(all(city.tour_count >= 1 for city in listed), "a city without tours")
    return listed


def near(answer: Answer, *, place: tuple[float, float], radius: float, limit: int) -> list[NearCard]:
    """Read the tours within *radius* metres of a *place*, latitude and longitude in degrees."""
    listed = answer.json(shapes.NEAR).tours
    _demand_cards(listed, limit)
    demand(bool(listed), "no tour nearby, though the place is amid some")
    demand(
        all(one.distance_meters <= other.distance_meters for one, other in pairwise(listed)),
        "tours nearby that are not nearest first",
    )
    demand(listed[-1].distance_meters <= radius, "a tour nearby that is too far")
    for card in (listed[0], listed[-1]):
        away = distance(place, (card.latitude, card.longitude))
        error = abs(card.distance_meters - away)
        demand(error <= _DISTANCE_SHARE * away + _DISTANCE_GRAIN, "a distance that is not the tour's")
    return listed


def tour(answer: Answer, tour_id: int) -> Tour:
    """Read the tour of this identifier."""
    told = answer.json(shapes.TOUR)
    demand(told.id == tour_id, "another tour than asked for")
    demand(bool(told.stops), "a tour without stops")
    demand(len(told.stops) == told.stop_count, "more or fewer stops than it says")
    positions = [stop.position for stop in told.stops]
    demand(positions == list(range(1, len(positions) + 1)), "stops that are not in order")
    return told


def playable(answer: Answer, tour_id: int) -> Tour:
    """Read a tour whose first stop can be seen and heard."""
    told = tour(answer, tour_id)
    first = told.stops[0]
    demand(_at_home(first.audio), "a stop without a story to hear")
    demand(bool(first.photos) and all(map(_at_home, first.photos)), "a stop without a photo")
    return told


def tagged(answer: Answer, tour_id: int) -> TaggedTour:
    """Read a tour with its entity tag."""
    return TaggedTour(tour=tour(answer, tour_id), tag=answer.headers.get("etag"))


def unchanged(answer: Answer, known: Tour) -> None:
    """Read what has become of a tour that is *known* already: not modified, or the tour anew."""
    if answer.status == _NOT_MODIFIED:
        demand(not answer.body, "a body with status 304")
    else:
        tour(answer, known.id)


def bundle(answer: Answer, tour_id: int) -> Bundle:
    """Read what the download of a tour consists of."""
    told = answer.json(shapes.BUNDLE)
    demand(told.tour_id == tour_id, "the bundle of another tour")
    demand(bool(told.parts), "a bundle without parts")
    demand(all(part.size > 0 for part in told.parts) and told.archive.size > 0, "an empty part")
    demand(sum(part.size for part in told.parts) == told.size, "parts that do not add up to the bundle")
    paths = [told.archive.path, *(part.path for part in told.parts)]
    demand(all(map(_at_home, paths)), "a part that is elsewhere")
    return told


def part(answer: Answer, expected: Part) -> None:
    """Read a whole part of a bundle."""
    answer.demand_status(200)
    # Its parameters (codecs) may be written in other ways.
    answer.demand_type(expected.media_type.partition(";")[0])
    demand(len(answer.body) == expected.size, "a part of another size than announced")


def genuine(answer: Answer, expected: Part) -> None:
    """Read a whole part of a bundle, and compare its digest."""
    part(answer, expected)
    demand(hashlib.sha256(answer.body).hexdigest() == expected.sha256, "a part with another digest")


def piece(answer: Answer, *, first: int, last: int, size: int) -> str | None:
    """Read a piece of an archive of *size* bytes; return its edition, for If-Range."""
    demand(answer.piece(first, last) == size, "an archive of another size than announced")
    return answer.headers.get("etag")


def picture(answer: Answer) -> None:
    """Read a photo."""
    answer.demand_status(200)
    _demand_kind(answer, "image/webp")


def beginning(answer: Answer, last: int) -> None:
    """Read the beginning of a story, up to its byte *last*."""
    answer.piece(0, last)
    _demand_kind(answer, "audio/ogg")


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the metres between two places, latitude and longitude in degrees (haversine)."""
    south, north = math.radians(one[0]), math.radians(other[0])
    east = math.radians(other[1] - one[1])
    chord = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin(east / 2) ** 2
    return 2 * _EARTH * math.asin(math.sqrt(chord))


def _demand_cards(cards: Sequence[Card], limit: int) -> None:
    demand(len(cards) <= limit, "a list longer than its limit")
    demand(len({card.id for card in cards}) == len(cards), "a tour twice in one list")
    demand(all(card.popularity > 0 for card in cards), "a tour that nobody visits")


def _demand_kind(answer: Answer, media_type: str) -> None:
    answer.demand_type(media_type)
    demand(answer.body.startswith(_BEGINNINGS[media_type]), f"content that is no {media_type}")


def _at_home(path: str) -> bool:
    """Whether *path* is one on the subject: two slashes would begin another host's address."""
    return path.startswith("/") and not path.startswith("//")
