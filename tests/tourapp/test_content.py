"""The seeded content."""

import hashlib

from tourapp.content.seed import STORIES, TOURS, cities, seeded_tours, story_seconds


def test_the_same_seed_gives_the_same_bytes_in_every_python_version() -> None:
    digest = hashlib.sha256("\n".join(map(repr, seeded_tours(1))).encode()).hexdigest()
    assert digest == "ea889713f73d0c8bb607e18403ab39d90dcefa68dc7222f4f2f4f9e6a99f1746", (
        "raise CONTENT_VERSION with this digest"
    )


def test_another_seed_gives_other_tours() -> None:
    assert list(seeded_tours(1)) != list(seeded_tours(2))


def test_there_are_2000_tours_in_120_cities() -> None:
    tours = list(seeded_tours(1))
    assert [tour.tour_id for tour in tours] == list(range(1, 2_001))
    assert len(cities()) == len({tour.city.name for tour in tours}) == 120


def test_popularity_follows_zipf_and_sums_to_one() -> None:
    by_place = sorted(seeded_tours(1), key=lambda tour: tour.place)
    assert [tour.place for tour in by_place] == list(range(1, TOURS + 1))
    assert abs(sum(tour.popularity for tour in by_place) - 1) < 1e-5
    assert abs(by_place[0].popularity / by_place[9].popularity - 10) < 1e-5


def test_the_stops_of_a_tour_lie_near_its_city_and_repeat_nothing() -> None:
    for tour in seeded_tours(1):
        assert len({stop.name for stop in tour.stops}) == len(tour.stops) >= 6
        assert len({stop.story for stop in tour.stops}) == len(tour.stops)
        assert all(abs(stop.latitude - tour.city.latitude) < 0.05 for stop in tour.stops)


def test_a_stop_takes_as_long_as_its_story_in_every_tour() -> None:
    stops = [stop for tour in seeded_tours(1) for stop in tour.stops]
    assert all(stop.seconds == story_seconds(stop.story) for stop in stops)
    lengths = [story_seconds(story) for story in STORIES]
    assert min(lengths) >= 60
    assert max(lengths) <= 120
    assert sum(lengths) / len(lengths) == 90
