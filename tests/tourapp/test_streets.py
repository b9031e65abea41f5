"""The map of the streets round a route."""

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from itertools import islice, pairwise
from typing import Any

import pytest

from tourapp.content.seed import Tour, seeded_tours
from tourapp.content.streets import Kind, streets_around, streets_digest

TOURS = list(islice(seeded_tours(1), 12))


@cache
def drawn(tour: Tour) -> bytes:
    return streets_around(tour.tour_id, tour.stops)


def features(tour: Tour, *kinds: Kind) -> list[Any]:
    found = json.loads(drawn(tour))["features"]
    return [feature for feature in found if not kinds or feature["properties"]["kind"] in kinds]


def points(feature: Any) -> list[tuple[float, float]]:
    found = feature["geometry"]["coordinates"]
    return [tuple(point) for point in (found[0] if feature["geometry"]["type"] == "Polygon" else found)]


def steps(line: list[tuple[float, float]]) -> Iterator[frozenset[tuple[float, float]]]:
    return (frozenset(step) for step in pairwise(line))


@pytest.mark.parametrize("tour", TOURS, ids=lambda tour: tour.city.name)
def test_a_map_has_the_size_of_a_download_over_a_weak_network(tour: Tour) -> None:
    assert 250_000 < len(drawn(tour)) < 400_000


def test_the_same_route_gives_the_same_map_and_another_one_another() -> None:
    assert streets_around(TOURS[0].tour_id, TOURS[0].stops) == drawn(TOURS[0]) != drawn(TOURS[1])


def test_a_map_shows_streets_parks_the_route_and_each_stop_and_some_show_water() -> None:
    maps = [features(tour) for tour in TOURS]
    kinds = [{feature["properties"]["kind"] for feature in found} for found in maps]
    assert all(set(Kind) - {Kind.WATER} <= found for found in kinds)
    assert 0 < sum(Kind.WATER in found for found in kinds) < len(kinds)
    for tour in TOURS:
        stops = [feature["properties"] for feature in features(tour, Kind.STOP)]
        assert stops == [
            {"kind": "stop", "name": stop.name, "position": stop.position} for stop in tour.stops
        ]


def test_the_route_visits_the_stops_in_order_and_keeps_to_the_streets_between_them() -> None:
    for tour in TOURS:
        (route,) = map(points, features(tour, Kind.ROUTE))
        stops = [(stop.longitude, stop.latitude) for stop in tour.stops]
        assert [point for point in route if point in stops] == stops
        streets = {step for street in features(tour, Kind.STREET) for step in steps(points(street))}
        assert all(step in streets for step in steps(route) if not step & set(stops))


def test_areas_are_closed_and_turn_counterclockwise_as_rfc_7946_asks() -> None:
    for feature in features(TOURS[0], Kind.PARK, Kind.WATER) + features(TOURS[1], Kind.PARK, Kind.WATER):
        ring = points(feature)
        assert ring[0] == ring[-1]
        assert sum(x * y1 - x1 * y for (x, y), (x1, y1) in pairwise(ring)) > 0


def test_every_route_lies_on_its_map_with_streets_around_it() -> None:
    for tour in TOURS:
        on_map = [point for street in features(tour, Kind.STREET) for point in points(street)]
        for axis, name in enumerate(("longitude", "latitude")):
            places = [getattr(stop, name) for stop in tour.stops]
            found = [point[axis] for point in on_map]
            assert min(found) < min(places) < max(places) < max(found)


def test_a_map_is_named_by_what_it_is_drawn_from() -> None:
    names = {streets_digest(tour.tour_id, tour.stops) for tour in seeded_tours(1)}
    assert len(names) == 2_000
    assert all(len(name) == 32 for name in names)


def test_the_same_stops_give_the_same_bytes_in_every_python_version() -> None:
    assert (
        hashlib.sha256(drawn(TOURS[0])).hexdigest()
        == "39948c9e130f20e4f3774a49b59c79fa4e0c89fdd92c64d1cdbbb81487113659"
    ), "raise STREETS_VERSION with this digest"
