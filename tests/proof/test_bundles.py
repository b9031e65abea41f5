"""The real library, and the bundle of every tour of seed 1."""

from pathlib import Path
from statistics import mean

import pytest

from tourapp.content.seed import seeded_tours
from tourapp.content.streets import streets_around, streets_digest
from tourapp.media.bundles import bundle_of
from tourapp.media.files import MediaFile, Suffix
from tourapp.media.library import ensure_library, open_library

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]

# Bytes of a tour's JSON, generously: fourteen stops of 500 bytes each, and the texts.
TOUR_JSON = b" " * 10_000


def test_every_bundle_is_below_10_mb_and_one_of_twelve_stops_has_7(tmp_path: Path) -> None:
    ensure_library(tmp_path / "library")
    library = open_library(tmp_path / "library")
    weights: dict[int, list[int]] = {}
    for tour in seeded_tours(1):
        streets = streets_around(tour.tour_id, tour.stops)
        made = bundle_of(
            tour.tour_id,
            text=MediaFile.of(TOUR_JSON, Suffix.JSON),
            streets=MediaFile.of(streets, Suffix.GEOJSON, digest=streets_digest(tour.tour_id, tour.stops)),
            tracks=[library.track_of(stop.story) for stop in tour.stops],
            photos=[library.photos_of(tour.tour_id, stop.position) for stop in tour.stops],
        )
        assert 250_000 < len(streets) < 400_000
        assert len({part.sha256 for part in made.parts}) == len(made.parts)
        weights.setdefault(len(tour.stops), []).append(made.archive().size)
    assert max(map(max, weights.values())) < 10_000_000
    assert mean(weights[12]) == pytest.approx(7_000_000, rel=0.05)
