"""The library of tracks and photographs."""

import fcntl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tourapp.content.seed import STORIES, seeded_tours
from tourapp.media import folder as keeping
from tourapp.media.files import MediaFile, Photograph, Suffix
from tourapp.media.folder import INDEX, LOCK, ForeignFolderError
from tourapp.media.library import (
    STOCK,
    IncompleteLibraryError,
    Library,
    Stock,
    ensure_library,
    open_library,
)


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.iterdir()}


def first_track(folder: Path) -> Path:
    return min(folder.glob("*.opus"))


def stand_in(number: int) -> Photograph:
    full, small = (MediaFile.of(f"{size} {number}".encode(), Suffix.WEBP) for size in ("full", "small"))
    return Photograph(full=full, small=small)


@pytest.fixture
def folder(tmp_path: Path, made: Path) -> Path:
    """Copy the samples, for a test that harms them."""
    own = tmp_path / "library"
    own.mkdir()
    for path in made.iterdir():
        (own / path.name).write_bytes(path.read_bytes())
    return own


def test_every_file_is_found_by_its_address(library: Library) -> None:
    for file in library.files.values():
        digest, suffix = file.path.removeprefix("/media/").split(".")
        assert library.find(digest, suffix) is file
        assert len(digest) == 32
        assert file.sha256.startswith(digest)
    track = library.track_of(STORIES[0])
    assert library.find(track.digest, "webp") is None
    assert library.find("../" + track.digest, "opus") is None


def test_each_story_has_its_own_track(library: Library) -> None:
    assert len({library.track_of(story).digest for story in STORIES}) == len(STORIES)


def test_no_tour_shows_a_photograph_twice() -> None:
    full = Library.of([], [stand_in(number) for number in range(STOCK.photographs)])
    for tour in seeded_tours(1):
        seen = [photo.full for stop in tour.stops for photo in full.photos_of(tour.tour_id, stop.position)]
        assert len({file.digest for file in seen}) == len(seen) == 2 * len(tour.stops)
        assert full.hero_of(tour.tour_id).full == seen[0]


def test_a_library_with_few_photographs_shows_them_in_turn() -> None:
    few = Library.of([], [stand_in(number) for number in range(5)])
    seen = [photo.full.digest for position in range(1, 6) for photo in few.photos_of(1, position)]
    assert seen[:5] == seen[5:]
    assert len(set(seen)) == 5


def test_a_library_that_is_there_is_reused(made: Path, samples: Stock) -> None:
    before = listing(made)
    ensure_library(made, samples)
    assert listing(made) == before


@pytest.mark.parametrize(
    "harm",
    [
        Path.unlink,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"),
        lambda path: path.write_bytes(path.read_bytes() + b"?"),
    ],
    ids=["missing", "empty", "changed", "longer"],
)
def test_a_harmed_file_is_made_again_and_the_others_are_kept(
    folder: Path, samples: Stock, library: Library, harm: Callable[[Path], object]
) -> None:
    before, harmed = listing(folder), first_track(folder)
    harm(harmed)
    with pytest.raises(IncompleteLibraryError, match="lacks 'track"):
        open_library(folder, samples)
    ensure_library(folder, samples)
    assert open_library(folder, samples) == library
    changed = {name for name, stamp in listing(folder).items() if before[name] != stamp}
    assert changed == {harmed.name, INDEX}


@pytest.mark.parametrize("text", ["", '{"version": 1, "works": {"track 0, 1 s": [{"size": 1}]}}'])
def test_a_harmed_index_means_a_new_library(
    folder: Path, samples: Stock, library: Library, text: str
) -> None:
    (folder / INDEX).write_text(text)
    ensure_library(folder, samples)
    assert open_library(folder, samples) == library


def test_a_library_of_another_version_is_made_anew(
    folder: Path, samples: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = listing(folder)
    monkeypatch.setattr(keeping, "LIBRARY_VERSION", 2)
    with pytest.raises(IncompleteLibraryError):
        open_library(folder, samples)
    ensure_library(folder, samples)
    after = listing(folder)
    assert {name for name in before if before[name] == after[name]} == {LOCK}


def test_a_folder_of_another_kind_is_never_written_to(tmp_path: Path, samples: Stock) -> None:
    letters, letter = tmp_path / "letters", tmp_path / "letters" / "to-anna.txt"
    letters.mkdir()
    letter.write_text("Dear Anna")
    for path in (letters, letter):
        with pytest.raises(ForeignFolderError, match="Name a new folder"):
            ensure_library(path, samples)
        with pytest.raises(ForeignFolderError, match="Name a new folder"):
            open_library(path, samples)
    assert [path.name for path in letters.iterdir()] == ["to-anna.txt"]
    assert letter.read_text() == "Dear Anna"


def test_a_killed_maker_leaves_a_folder_that_the_next_start_completes(
    tmp_path: Path, made: Path, samples: Stock, library: Library
) -> None:
    # What is there at any moment of making: the lock, some files, one of them half written; no index.
    folder = tmp_path / "library"
    folder.mkdir()
    for name in (LOCK, first_track(made).name):
        (folder / name).write_bytes((made / name).read_bytes())
    (folder / "half.webp.part").write_bytes(b"RIFF")
    ensure_library(folder, samples)
    assert open_library(folder, samples) == library


def test_servers_that_start_at_once_make_one_library(
    tmp_path: Path, library: Library, samples: Stock
) -> None:
    folder = tmp_path / "media" / "library"

    def start(_: int) -> tuple[dict[str, tuple[int, int]], Library]:
        ensure_library(folder, samples)
        return listing(folder), open_library(folder, samples)

    with ThreadPoolExecutor(3) as servers:
        seen = list(servers.map(start, range(3)))
    assert all(found == library for _, found in seen)
    assert all(files == listing(folder) for files, _ in seen)


def test_a_reader_waits_for_the_maker(folder: Path, library: Library, samples: Stock) -> None:
    with ThreadPoolExecutor(1) as reader:
        with (folder / LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            harmed = first_track(folder)
            content = harmed.read_bytes()
            harmed.write_bytes(b"half")
            reading = reader.submit(open_library, folder, samples)
            harmed.write_bytes(content)
        assert reading.result() == library
