"""What can be asked of the catalogue, held against slower and simpler ways to find the same."""

import math
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from tests.tourapp.conftest import Visitor
from tourapp.content.seed import Tour, seeded_tours
from tourapp.content.sphere import vector
from tourapp.store.catalogue import Catalogue, SearchOrder
from tourapp.store.database import open_catalogue, open_logbook_for_writing

RADIUS = 6_371_008.8


@pytest.fixture
def asked(catalogue: Path) -> Iterator[Catalogue]:
    with closing(open_catalogue(catalogue)) as connection:
        yield Catalogue(connection)


@pytest.fixture(scope="module")
def tours() -> list[Tour]:
    return list(seeded_tours(1))


def metres(latitude: float, longitude: float, tour: Tour) -> float:
    """Measure along the great circle by the angle between two vectors, which has no haversine in it."""
    start = tour.stops[0]
    one, two = _vector(latitude, longitude), _vector(start.latitude, start.longitude)
    across = math.dist((0, 0, 0), _cross(one, two))
    return RADIUS * math.atan2(across, sum(a * b for a, b in zip(one, two, strict=True)))


def _vector(latitude: float, longitude: float) -> tuple[float, float, float]:
    north, east = math.radians(latitude), math.radians(longitude)
    return math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)


def _cross(one: tuple[float, float, float], two: tuple[float, float, float]) -> tuple[float, float, float]:
    return (
        one[1] * two[2] - one[2] * two[1],
        one[2] * two[0] - one[0] * two[2],
        one[0] * two[1] - one[1] * two[0],
    )


def test_near_finds_what_measuring_every_tour_finds(asked: Catalogue, tours: list[Tour]) -> None:
    choose = Random(7)  # noqa: S311 - places, not secrets
    for _ in range(60):
        around = choose.choice(tours).stops[0]
        latitude = around.latitude + choose.uniform(-0.3, 0.3)
        longitude = around.longitude + choose.uniform(-0.3, 0.3)
        radius = choose.choice([50, 500, 2_000, 20_000, 50_000])
        measured = {tour.tour_id: metres(latitude, longitude, tour) for tour in tours}
        expected = {number for number, far in measured.items() if far <= radius}
        found = asked.near(latitude, longitude, radius, limit=3_000)
        assert {each.tour_id for each in found} == expected
        assert [each.distance_meters for each in found] == sorted(each.distance_meters for each in found)
        for each in found:
            assert each.distance_meters == pytest.approx(measured[each.tour_id], abs=0.06)


def test_a_tour_under_ones_feet_is_found_at_any_radius(asked: Catalogue, tours: list[Tour]) -> None:
    for tour in tours[::50]:
        start = tour.stops[0]
        nearest, *_ = asked.near(start.latitude, start.longitude, 1, limit=1)
        assert nearest.distance_meters == 0


def placed_at(path: Path, *places: tuple[float, float]) -> Catalogue:
    """Return a copy of the catalogue whose first tours lie at these places, at the ends of the earth."""
    connection = open_logbook_for_writing(path)
    for number, (latitude, longitude) in enumerate(places, start=1):
        connection.execute(
            "UPDATE tours SET x = ?, y = ?, z = ? WHERE tour_id = ?", (*vector(latitude, longitude), number)
        )
        connection.execute(
            "UPDATE tour_boxes SET south = ?1, north = ?1, west = ?2, east = ?2 WHERE tour_id = ?3",
            (latitude, longitude, number),
        )
    return Catalogue(connection)


@pytest.mark.parametrize(
    ("latitude", "longitude", "found"),
    [
        # Fiji: 1 and 2 lie on both sides of the date line, 2.2 km apart.
        (-17.0, 179.999, [1, 2]),
        (-17.0, -179.999, [2, 1]),
        (-17.0, 179.9999, [1, 2]),
        (-17.0, -179.9999, [2, 1]),
        # 3 and 4 lie 11 km from the north pole, on opposite sides of it; 5 on the south pole.
        (90.0, 0.0, [3, 4]),
        (89.9, 0.0, [3, 4]),
        (89.9, 170.0, [4, 3]),
        (-89.8, 45.0, [5]),
        (-90.0, -180.0, [5]),
    ],
)
def test_near_knows_the_date_line_and_the_poles(
    catalogue: Path, tmp_path: Path, latitude: float, longitude: float, found: list[int]
) -> None:
    path = tmp_path / "copy.sqlite"
    path.write_bytes(catalogue.read_bytes())
    ends = ((-17.0, 179.99), (-17.0, -179.99), (89.9, 0.0), (89.9, 180.0), (-90.0, 12.0))
    copy = placed_at(path, *ends)
    with closing(copy.connection):
        assert [each.tour_id for each in copy.near(latitude, longitude, 30_000, limit=10)] == found


def test_a_search_by_popularity_finds_the_same_in_another_order(asked: Catalogue) -> None:
    by_relevance = asked.search("people", 2_000)
    by_popularity = asked.search("people", 2_000, SearchOrder.POPULARITY)
    assert {each.tour_id for each in by_relevance} == {each.tour_id for each in by_popularity}
    assert [each.place for each in by_popularity] == sorted(each.place for each in by_popularity)
    assert by_relevance != by_popularity


@pytest.mark.parametrize("text", ["river", "old town", "ri", "the", "people street"])
def test_a_search_ranks_what_a_tour_is_about_before_what_its_text_mentions(
    asked: Catalogue, tours: list[Tour], text: str
) -> None:
    def holds(*texts: str) -> bool:
        words = re.findall(r"\w+", " ".join(texts).lower())
        return all(any(word.startswith(asked_for) for word in words) for asked_for in text.split())

    ranked = sorted(tours, key=lambda tour: tour.place)
    about = [each.place for each in ranked if holds(each.title, each.city.name, each.theme)]
    mentioned = [
        each.place
        for each in ranked
        if holds(each.title, each.city.name, each.theme, each.description) and each.place not in about
    ]
    assert [each.place for each in asked.search(text, 100)] == (about + mentioned)[:100]


def test_cities_are_counted_as_the_content_has_them(visit: Visitor, tours: list[Tour]) -> None:
    towns = visit.get("/api/cities").json()["cities"]
    assert len(towns) == 120
    assert [town["name"] for town in towns] == sorted(town["name"] for town in towns)
    lisbon = next(town for town in towns if town["name"] == "Lisbon")
    stops = [stop for tour in tours if tour.city.name == "Lisbon" for stop in tour.stops]
    assert lisbon["tour_count"] == sum(tour.city.name == "Lisbon" for tour in tours)
    assert lisbon["latitude"] == pytest.approx(sum(stop.latitude for stop in stops) / len(stops), abs=1e-5)


@pytest.mark.parametrize("number", ["nan", "NaN", "inf", "-inf", "1e999", "null"])
def test_what_is_no_number_is_refused(visit: Visitor, number: str) -> None:
    for name in ("latitude", "longitude", "radius"):
        query = {"latitude": "38.7", "longitude": "-9.1", "radius": "100"} | {name: number}
        assert visit.get("/api/tours/near", params=query).status_code == 400
