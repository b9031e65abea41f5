"""The library of all tracks and photographs: made once, checked at every start, kept in memory."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from tourapp.content.seed import STORIES, story_seconds
from tourapp.media.files import MediaFile, Photograph, Suffix
from tourapp.media.folder import Access, add_works, intact_works, opened
from tourapp.media.photos import photograph
from tourapp.media.tracks import track

# Threads that make files: drawing and encoding leave the interpreter to others, and take about 50 MB each.
MAKERS = min(4, os.cpu_count() or 1)

PHOTOS_PER_STOP = 2

# How far apart in the library the photographs of a tour lie, so that neighbours differ in light and motif.  A
# prime and no divisor of 48, so that a tour comes to every photograph before it sees one again.
STRIDE = 31

Recipe = Callable[[], Sequence[MediaFile]]


class IncompleteLibraryError(Exception):
    """The folder lacks a work of the library, or holds a damaged one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What a library holds: a track for each story of STORIES, `seconds` long, and so many photographs."""

    seconds: Sequence[int]
    photographs: int

    def tracks(self) -> Mapping[str, Recipe]:
        """Return how each track is made, by a name that says all that it depends on."""
        return {
            f"track {number}, {seconds} s": partial(_recorded, number, seconds)
            for number, seconds in enumerate(self.seconds)
        }

    def pictures(self) -> Mapping[str, Recipe]:
        """Return how each photograph is made, by name."""
        return {f"photograph {number}": partial(_drawn, number) for number in range(self.photographs)}


# No tour has more than 28 photographs; 48 let tours of one city look different.
STOCK = Stock(seconds=tuple(map(story_seconds, STORIES)), photographs=48)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """All tracks, in the order of STORIES, and photographs; `files` by address.  About 11 MB in memory."""

    tracks: Sequence[MediaFile]
    photographs: Sequence[Photograph]
    files: Mapping[str, MediaFile]

    @classmethod
    def of(cls, tracks: Sequence[MediaFile], photographs: Sequence[Photograph]) -> Self:
        """Return the library of these."""
        pictures = [picture for photo in photographs for picture in (photo.full, photo.small)]
        files = {file.path: file for file in (*tracks, *pictures)}
        return cls(tracks=tracks, photographs=photographs, files=files)

    def track_of(self, story: str) -> MediaFile:
        """Return the audio of this story of STORIES."""
        return self.tracks[STORIES.index(story)]

    def photos_of(self, tour_id: int, position: int) -> Sequence[Photograph]:
        """Return the two photographs of the stop at this position, which counts from 1."""
        first = tour_id + PHOTOS_PER_STOP * (position - 1)
        return [
            self.photographs[number * STRIDE % len(self.photographs)]
            for number in range(first, first + PHOTOS_PER_STOP)
        ]

    def hero_of(self, tour_id: int) -> Photograph:
        """Return the photograph at the top of a tour's page: the first of its first stop."""
        return self.photos_of(tour_id, 1)[0]

    def find(self, digest: str, suffix: str) -> MediaFile | None:
        """Return the file with this digest and suffix in its address, None when there is none."""
        return self.files.get(f"/media/{digest}.{suffix}")


def ensure_library(folder: Path, stock: Stock = STOCK) -> None:
    """Make what `folder` lacks of the library: all of it takes some ten seconds of two cores, the first time.

    Servers that start at once wait until one of them is ready.  Raises ForeignFolderError for a folder of
    another kind.
    """
    recipes = {**stock.tracks(), **stock.pictures()}
    with opened(folder, Access.MAKING):
        there = intact_works(folder)
        lacking = {name: make for name, make in recipes.items() if name not in there}
        if lacking:
            with ThreadPoolExecutor(MAKERS) as pool:
                made = zip(lacking, pool.map(lambda make: make(), lacking.values()), strict=True)
                add_works(folder, there, dict(made))


def open_library(folder: Path, stock: Stock = STOCK) -> Library:
    """Read the library that `ensure_library` made.

    Raises ForeignFolderError for a folder of another kind, IncompleteLibraryError when a work is not there.
    """
    with opened(folder, Access.READING):
        there = intact_works(folder)
    try:
        tracks = [there[name] for name in stock.tracks()]
        pictures = [there[name] for name in stock.pictures()]
    except KeyError as error:
        raise IncompleteLibraryError(
            f"{folder} lacks {error}, or it is damaged. Start the server again: it makes what is missing."
        ) from error
    return Library.of(
        [file for (file,) in tracks], [Photograph(full=full, small=small) for full, small in pictures]
    )


def _recorded(number: int, seconds: int) -> Sequence[MediaFile]:
    return [MediaFile.of(track(number, seconds), Suffix.OPUS)]


def _drawn(number: int) -> Sequence[MediaFile]:
    photo = photograph(number)
    return [photo.full, photo.small]
