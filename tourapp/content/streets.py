"""The streets round a tour's route: a GeoJSON map (RFC 7946) that a phone can draw without a map service.

Invented, but the way a town is: a grid slightly turned, no block like the next, gaps, parks, often a river,
and the route along the streets from stop to stop.  Pure; drawn with `Random.random()` only, like the seed.
"""

import enum
import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from random import Random
from typing import Any, Self

import msgspec

from tourapp.content.seed import Stop
from tourapp.content.sphere import DEGREE

# 1: first map.  Raise it when the same tour gets other streets, so that phones fetch them anew.
STREETS_VERSION = 1

# Crossings along each side: blocks of 30 to 90 m at the usual extent of a route, and about 300 kB of GeoJSON.
CROSSINGS = 27

# Points of a street between two crossings, which is what makes it bend.
BENDS = 3

# How far a crossing and a bend lie off the ruler's line at most, in blocks.
CROSSING_OFFSET = 0.25
BEND_OFFSET = 0.05

# The most that the grid is turned against north, in radians.
LARGEST_TURN = 0.35

# Metres of town shown beyond the outermost stops.
MARGIN = 250.0

# Metres of one degree of latitude, to the metre: another value would be another edition of the maps.
METERS_PER_DEGREE = float(round(DEGREE))

# Decimals of a degree: 0.1 m, finer than any phone knows where it is.
DECIMALS = 6

# One side of a block in twelve has no street: courtyards and dead ends.
GAP_SHARE = 1 / 12

# Parks of two to four blocks each way.
PARKS = 6

# Six towns in ten have a river, one to two times this many blocks wide.
RIVER_SHARE = 0.6
RIVER_WIDTH = 0.5

# Each line of the grid has a name of two parts; 11 and 5 have no common divisor, so all 54 differ.
FIRST_NAMES = (
    *("Mill", "Abbey", "Cooper", "Lantern", "Orchard", "Saddler"),
    *("Quarry", "Willow", "Candle", "Garrison", "Weaver"),
)
SECOND_NAMES = ("Street", "Lane", "Row", "Rise", "Passage")

# Longitude and latitude where a feature is made, else blocks east and north of the grid's first crossing.
Point = tuple[float, float]
Crossing = tuple[int, int]
Side = tuple[Crossing, Crossing]
Sides = Mapping[Side, Sequence[Point]]
Feature = dict[str, Any]


class Kind(enum.StrEnum):
    """What a feature is, as its property "kind" says."""

    STREET = "street"
    PARK = "park"
    WATER = "water"
    ROUTE = "route"
    STOP = "stop"


def streets_around(tour_id: int, stops: Sequence[Stop]) -> bytes:
    """Return the map round these stops, two at least, as a compact FeatureCollection of 250 to 400 kB.

    Features come in the order of painting: water and parks (Polygon), streets and the route (LineString),
    stops (Point).  Each has the properties "kind" and "name", a stop its "position" too.
    """
    rng = Random(tour_id)  # noqa: S311 - a map, not a secret
    frame = _Frame.around(stops, turn=(2 * rng.random() - 1) * LARGEST_TURN)
    sides = _sides(rng)
    parks = [_park(rng) for _ in range(PARKS)]
    legs = [_walk(frame.crossing_at(start), frame.crossing_at(end)) for start, end in pairwise(stops)]
    features = chain(
        _water(rng, frame),
        _parks(frame, sides, parks),
        _streets(rng, frame, sides, parks, legs),
        [_feature(Kind.ROUTE, "The walk", "LineString", [*_route(frame, sides, stops, legs)])],
        (_feature(Kind.STOP, stop.name, "Point", _place(stop), position=stop.position) for stop in stops),
    )
    return msgspec.json.encode({"type": "FeatureCollection", "features": list(features)})


def streets_digest(tour_id: int, stops: Sequence[Stop]) -> str:
    """Return 32 hex digits that name this map: a digest of what it is drawn from.

    Not of its bytes: then all maps would have to be drawn before the first could be found by its name.
    """
    places = [(stop.position, stop.name, _place(stop)) for stop in stops]
    recipe = msgspec.json.encode((STREETS_VERSION, tour_id, places))
    return hashlib.sha256(recipe).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where the grid lies: the middle in degrees, the degrees of one block, and the turn against north."""

    longitude: float
    latitude: float
    east: float
    north: float
    cosine: float
    sine: float

    @classmethod
    def around(cls, stops: Sequence[Stop], *, turn: float) -> Self:
        """Return the frame with all stops and MARGIN metres beyond them inside; `turn` in radians."""
        west, east = _ends(stop.longitude for stop in stops)
        south, north = _ends(stop.latitude for stop in stops)
        meters_east = METERS_PER_DEGREE * math.cos(math.radians((south + north) / 2))
        half = max((east - west) * meters_east, (north - south) * METERS_PER_DEGREE) / 2 + MARGIN
        block = 2 * half / (CROSSINGS - 1)
        return cls(
            longitude=(west + east) / 2,
            latitude=(south + north) / 2,
            east=block / meters_east,
            north=block / METERS_PER_DEGREE,
            cosine=math.cos(turn),
            sine=math.sin(turn),
        )

    def degrees(self, point: Point) -> Point:
        """Turn blocks into longitude and latitude."""
        across, up = point[0] - (CROSSINGS - 1) / 2, point[1] - (CROSSINGS - 1) / 2
        return (
            round(self.longitude + self.east * (across * self.cosine - up * self.sine), DECIMALS),
            round(self.latitude + self.north * (across * self.sine + up * self.cosine), DECIMALS),
        )

    def crossing_at(self, stop: Stop) -> Crossing:
        """Return the crossing next to this stop."""
        across, up = (
            (stop.longitude - self.longitude) / self.east,
            (stop.latitude - self.latitude) / self.north,
        )
        return (
            _on_grid(across * self.cosine + up * self.sine),
            _on_grid(up * self.cosine - across * self.sine),
        )


def _ends(values: Iterable[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[0], ordered[-1]


def _on_grid(from_middle: float) -> int:
    return min(max(round(from_middle + (CROSSINGS - 1) / 2), 0), CROSSINGS - 1)


def _sides(rng: Random) -> Sides:
    """Draw every possible street from crossing to crossing, to the east and to the north."""
    lines = range(CROSSINGS)
    crossings = {(i, j): (_near(rng, i), _near(rng, j)) for i in lines for j in lines}
    return {
        (start, end): _bent(rng, crossings[start], crossings[end])
        for start in crossings
        for end in ((start[0] + 1, start[1]), (start[0], start[1] + 1))
        if end in crossings
    }


def _near(rng: Random, line: float, offset: float = CROSSING_OFFSET) -> float:
    return line + (2 * rng.random() - 1) * offset


def _bent(rng: Random, start: Point, end: Point) -> list[Point]:
    shares = [step / (BENDS + 1) for step in range(1, BENDS + 1)]
    bends = [
        (
            _near(rng, start[0] + share * (end[0] - start[0]), BEND_OFFSET),
            _near(rng, start[1] + share * (end[1] - start[1]), BEND_OFFSET),
        )
        for share in shares
    ]
    return [start, *bends, end]


def _walk(start: Crossing, *goals: Crossing) -> list[Crossing]:
    """Return the crossings from `start` to each goal in turn: first along one line, then along the other."""
    path = [start]
    for goal in goals:
        while path[-1] != goal:
            i, j = path[-1]
            path.append((i + _sign(goal[0] - i), j) if i != goal[0] else (i, j + _sign(goal[1] - j)))
    return path


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _side(start: Crossing, end: Crossing) -> Side:
    return min(start, end), max(start, end)


def _along(sides: Sides, path: Sequence[Crossing]) -> list[Point]:
    """Return the points of the streets along this path, none where the path stays at its crossing."""
    points = chain.from_iterable(
        sides[_side(start, end)][:: 1 if start < end else -1] for start, end in pairwise(path)
    )
    return [point for point, _ in groupby(points)]


def _park(rng: Random) -> tuple[Crossing, Crossing]:
    """Return the corners of a park, south-west and north-east in the grid."""
    wide, high = 2 + int(rng.random() * 3), 2 + int(rng.random() * 3)
    i, j = int(rng.random() * (CROSSINGS - wide)), int(rng.random() * (CROSSINGS - high))
    return (i, j), (i + wide, j + high)


def _parks(frame: _Frame, sides: Sides, parks: Sequence[tuple[Crossing, Crossing]]) -> Iterator[Feature]:
    for name, ((west, south), (east, north)) in zip(FIRST_NAMES, parks, strict=False):
        # Counterclockwise, as RFC 7946 section 3.1.6 asks of an outline.
        outline = _walk((west, south), (east, south), (east, north), (west, north), (west, south))
        points = [frame.degrees(point) for point in _along(sides, outline)]
        yield _feature(Kind.PARK, f"{name} Gardens", "Polygon", [points])


def _water(rng: Random, frame: _Frame) -> Iterator[Feature]:
    """Draw a river from west to east through some towns."""
    if rng.random() > RIVER_SHARE:
        return
    middle, width = rng.random() * CROSSINGS, RIVER_WIDTH * (1 + rng.random())
    banks: list[tuple[Point, Point]] = []
    for across in range(-1, CROSSINGS + 1):
        middle = _near(rng, middle)
        banks.append(((across, _near(rng, middle - width / 2, BEND_OFFSET)), (across, middle + width / 2)))
    south, north = zip(*banks, strict=True)
    points = [frame.degrees(point) for point in (*south, *reversed(north), south[0])]
    yield _feature(Kind.WATER, "The river", "Polygon", [points])


def _streets(
    rng: Random,
    frame: _Frame,
    sides: Sides,
    parks: Sequence[tuple[Crossing, Crossing]],
    legs: Sequence[Sequence[Crossing]],
) -> Iterator[Feature]:
    """Leave gaps and keep parks free, but never take away a street that the route needs."""
    walked = {_side(start, end) for leg in legs for start, end in pairwise(leg)}
    for side, points in sides.items():
        gap = rng.random() < GAP_SHARE
        if side in walked or not (gap or any(_crosses(side, park) for park in parks)):
            yield _feature(
                Kind.STREET, _street_name(side), "LineString", [frame.degrees(at) for at in points]
            )


def _crosses(side: Side, park: tuple[Crossing, Crossing]) -> bool:
    (low, high), (start, end) = park, side
    return all(2 * low[axis] < start[axis] + end[axis] < 2 * high[axis] for axis in (0, 1))


def _street_name(side: Side) -> str:
    start, end = side
    line = start[0] if start[0] == end[0] else CROSSINGS + start[1]
    return f"{FIRST_NAMES[line % len(FIRST_NAMES)]} {SECOND_NAMES[line % len(SECOND_NAMES)]}"


def _route(
    frame: _Frame, sides: Sides, stops: Sequence[Stop], legs: Sequence[Sequence[Crossing]]
) -> Iterator[Point]:
    yield _place(stops[0])
    for stop, leg in zip(stops[1:], legs, strict=True):
        yield from map(frame.degrees, _along(sides, leg))
        yield _place(stop)


def _place(stop: Stop) -> Point:
    return stop.longitude, stop.latitude


def _feature(kind: Kind, name: str, shape: str, coordinates: Any, **properties: int) -> Feature:
    return {
        "type": "Feature",
        "properties": {"kind": kind, "name": name, **properties},
        "geometry": {"type": shape, "coordinates": coordinates},
    }
