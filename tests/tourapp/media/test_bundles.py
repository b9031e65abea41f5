"""The bundle of a tour and its archive."""

import hashlib
import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tourapp.content.seed import Tour, seeded_tours
from tourapp.media.bundles import Bundle, Part, bundle_of
from tourapp.media.files import MediaFile, Suffix
from tourapp.media.library import Library

# Bytes that a phone should spend on one tour at most.
LARGEST_BUNDLE = 10_000_000

# Other work on the machine is no fault of the code.
unhurried = settings(deadline=None)

parts = st.lists(st.binary(max_size=1200), max_size=6)
marks = st.integers(0, 30_000)


def part(name: str, content: bytes) -> Part:
    sha256 = hashlib.sha256(content).hexdigest()
    return Part(name=name, path=f"/{name}", media_type="text/plain", sha256=sha256, content=content)


def bundle(*contents: bytes) -> Bundle:
    return Bundle(tour_id=1, parts=[part(f"part-{number}", one) for number, one in enumerate(contents)])


def whole(made: Bundle) -> bytes:
    archive = made.archive()
    return b"".join(archive.slice(0, archive.size))


@pytest.fixture(scope="session")
def tour() -> Tour:
    return next(seeded_tours(1))


@pytest.fixture(scope="session")
def packed(tour: Tour, library: Library) -> Bundle:
    return bundle_of(
        tour.tour_id,
        text=MediaFile.of(b'{"id":1}', Suffix.JSON),
        streets=MediaFile.of(b'{"type":"FeatureCollection"}', Suffix.GEOJSON, digest="0" * 32),
        tracks=[library.track_of(stop.story) for stop in tour.stops],
        photos=[library.photos_of(tour.tour_id, stop.position) for stop in tour.stops],
    )


def test_a_bundle_holds_all_that_a_walk_without_a_network_needs(tour: Tour, packed: Bundle) -> None:
    stops = [
        f"stops/{stop.position:02}/{file}"
        for stop in tour.stops
        for file in ("story.opus", "photo-1.webp", "photo-2.webp")
    ]
    assert [one.name for one in packed.parts] == ["tour.json", "streets.geojson", "hero.webp", *stops]
    assert [one.path for one in packed.parts[:2]] == [
        "/media/" + packed.parts[0].sha256[:32] + ".json",
        f"/media/{'0' * 32}.geojson",
    ]
    assert {one.media_type for one in packed.parts} == {
        *("application/json", "application/geo+json", "image/webp", "audio/ogg; codecs=opus")
    }


def test_the_archive_opens_as_tar_and_holds_every_part_with_its_digest(packed: Bundle) -> None:
    with tarfile.open(fileobj=io.BytesIO(whole(packed))) as archive:
        members = archive.getmembers()
        digests = {
            member.name: hashlib.sha256(archive.extractfile(member).read()).hexdigest()  # type: ignore[union-attr]
            for member in members
        }
    assert digests == {one.name: one.sha256 for one in packed.parts}
    assert all(member.mtime == member.uid == member.gid == 0 for member in members)


@unhurried
@given(parts)
def test_the_archive_is_the_one_that_pythons_tarfile_writes(contents: list[bytes]) -> None:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for one in bundle(*contents).parts:
            header = tarfile.TarInfo(one.name)
            header.size = one.size
            archive.addfile(header, io.BytesIO(one.content))
    assert whole(bundle(*contents)) == written.getvalue()


@unhurried
@given(parts, marks, marks)
def test_any_slice_is_the_slice_of_the_whole(contents: list[bytes], start: int, stop: int) -> None:
    made = bundle(*contents)
    assert b"".join(made.archive().slice(start, stop)) == whole(made)[start:stop]


def test_the_parts_of_the_library_are_shared_and_not_copied(packed: Bundle) -> None:
    archive = packed.archive()
    sent = list(archive.slice(0, archive.size))
    assert all(any(piece is one.content for piece in sent) for one in packed.parts)


def test_the_digest_tells_another_content_name_or_order() -> None:
    one, other = part("a", b"x"), part("b", b"y")
    changed = [(one, other), (other, one), (one, part("b", b"z")), (one, part("c", b"y")), (one,)]
    assert len({Bundle(tour_id=1, parts=parts).digest for parts in changed}) == len(changed)
    again = (part("a", b"x"), part("b", b"y"))
    assert Bundle(tour_id=1, parts=again).path == Bundle(tour_id=1, parts=(one, other)).path


def test_every_tour_stays_below_10_mb_at_the_most_that_a_track_a_photograph_and_a_map_weigh() -> None:
    # The bounds are held by the tests of tracks (34 kbit/s), photographs and streets.
    for tour in seeded_tours(1):
        told = sum(stop.seconds for stop in tour.stops)
        weight = told * 34_000 // 8 + 2 * len(tour.stops) * 125_000 + 25_000 + 400_000 + 20_000
        assert weight < LARGEST_BUNDLE
