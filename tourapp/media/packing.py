"""Finds what belongs to a tour: its text, its map, its sound and pictures, and all of it as one bundle.

Maps are drawn when they are first asked for, because all of them together would take half a minute; they are
kept compressed, the last few hundred.  Which file belongs to which tour is found out at the first question.
"""

import asyncio
import gzip
import math
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from tourapp.content.seed import Stop
from tourapp.content.streets import streets_around, streets_digest
from tourapp.media.bundles import Archive, Bundle, bundle_of
from tourapp.media.files import MediaFile, Suffix
from tourapp.media.library import Library
from tourapp.store.catalogue import Card, Catalogue, Detail
from tourapp.store.kept import Kept

Held = TypeVar("Held")

# Maps that are kept: some 60 kB each when compressed; the most popular 400 tours get 80 % of all visits.
MAPS_KEPT = 400

# Texts that are kept, some 5 kB each.
TEXTS_KEPT = 400

# Bundles that are kept with their map as it is sent, 300 kB each, because a download asks for many pieces.
BUNDLES_KEPT = 16


class ToldStop(msgspec.Struct, frozen=True):
    """A stop with the addresses of its story and its photographs."""

    position: int
    name: str
    story: str
    latitude: float
    longitude: float
    seconds: int
    audio: str
    photos: tuple[str, ...]


class TourText(Card, frozen=True):
    """All that is told of a tour and never changes while a release serves."""

    description: str
    all_stops: tuple[ToldStop, ...] = msgspec.field(name="stops")


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A bundle, and the archive of it."""

    bundle: Bundle
    archive: Archive


class Packing:
    """The media of all tours."""

    def __init__(self, catalogue: Catalogue, library: Library) -> None:
        self._catalogue = catalogue
        self._library = library
        self._texts: OrderedDict[int, TourText] = OrderedDict()
        self._maps: OrderedDict[int, bytes] = OrderedDict()
        # Maps that are being drawn: once for all who wait.
        self._drawings: dict[int, asyncio.Task[bytes]] = {}
        self._packed: OrderedDict[int, Packed] = OrderedDict()
        self._sizes: dict[int, int] = {}
        # Read once: while a release serves, no tour changes.
        self._tours = Kept(lambda: asyncio.to_thread(self._owners), seconds=math.inf, clock=time.monotonic)

    def told(self, detail: Detail) -> TourText:
        """Return the text of a tour, with the addresses of what is to be heard and seen."""
        tour_id = detail.card.tour_id
        if tour_id not in self._texts:
            self._texts[tour_id] = self._text(detail)
        return _recent(self._texts, tour_id, TEXTS_KEPT)

    def map_path(self, detail: Detail) -> str:
        """Return the address of the streets round a tour."""
        return f"/media/{streets_digest(detail.card.tour_id, detail.stops)}.{Suffix.GEOJSON}"

    def hero(self, detail: Detail) -> MediaFile:
        """Return the small photograph for the top of a tour's page."""
        return self._library.hero_of(detail.card.tour_id).small

    async def file(self, digest: str, suffix: Suffix) -> MediaFile | None:
        """Return the file of this address, None when there is none."""
        file = self._library.find(digest, suffix)
        if file is not None:
            return file
        detail = await self._owner(digest, suffix)
        if detail is None:
            return None
        if suffix is Suffix.JSON:
            return _text_file(self.told(detail))
        return _unpacked(await self._map(detail), detail)

    async def gzipped_map(self, digest: str) -> bytes | None:
        """Return the map of this address as gzip leaves it, None when there is none."""
        detail = await self._owner(digest, Suffix.GEOJSON)
        return None if detail is None else await self._map(detail)

    async def packed(self, detail: Detail) -> Packed:
        """Return all that a tour needs without a network."""
        tour_id = detail.card.tour_id
        if tour_id not in self._packed:
            bundle = await self._bundle(detail)
            self._packed[tour_id] = Packed(bundle=bundle, archive=bundle.archive())
        return _recent(self._packed, tour_id, BUNDLES_KEPT)

    async def size(self, detail: Detail) -> int:
        """Return the bytes of the tour's bundle, which is not kept for it: a visit is no download."""
        tour_id = detail.card.tour_id
        if tour_id not in self._sizes:
            self._sizes[tour_id] = (await self._bundle(detail)).size
        return self._sizes[tour_id]

    async def _bundle(self, detail: Detail) -> Bundle:
        tour_id = detail.card.tour_id
        return bundle_of(
            tour_id,
            text=_text_file(self.told(detail)),
            streets=_unpacked(await self._map(detail), detail),
            tracks=[self._library.track_of(stop.story) for stop in detail.stops],
            photos=[self._library.photos_of(tour_id, stop.position) for stop in detail.stops],
        )

    async def _map(self, detail: Detail) -> bytes:
        tour_id, stops = detail.card.tour_id, detail.stops
        if tour_id in self._maps:
            return _recent(self._maps, tour_id, MAPS_KEPT)
        if tour_id not in self._drawings:
            # Drawing takes some 20 ms, during which others are served.
            drawing = asyncio.create_task(asyncio.to_thread(_drawn, tour_id, stops))
            self._drawings[tour_id] = drawing
            drawing.add_done_callback(lambda _: self._drawings.pop(tour_id))
        # A caller that goes away takes nothing from the others.
        self._maps[tour_id] = gzipped = await asyncio.shield(self._drawings[tour_id])
        _recent(self._maps, tour_id, MAPS_KEPT)
        return gzipped

    async def _owner(self, digest: str, suffix: Suffix) -> Detail | None:
        """Return the tour of a map or text."""
        # All tours are read the first time, which takes 0.1 s, during which others are served.
        tour_id = (await self._tours.value()).get(f"/media/{digest}.{suffix}")
        return None if tour_id is None else self._detail(tour_id)

    def _owners(self) -> Mapping[str, int]:
        """Return the tour of each map and each text, by its address.

        It runs in a thread, and so leaves alone what is kept for the event loop.
        """
        owners = {}
        for tour_id in self._catalogue.tour_ids():
            detail = self._detail(tour_id)
            owners[self.map_path(detail)] = owners[_text_file(self._text(detail)).path] = tour_id
        return owners

    def _text(self, detail: Detail) -> TourText:
        card = msgspec.structs.asdict(detail.card)
        stops = tuple(self._told_stop(detail.card.tour_id, stop) for stop in detail.stops)
        return TourText(**card, description=detail.description, all_stops=stops)

    def _told_stop(self, tour_id: int, stop: Stop) -> ToldStop:
        return ToldStop(
            position=stop.position,
            name=stop.name,
            story=stop.story,
            latitude=stop.latitude,
            longitude=stop.longitude,
            seconds=stop.seconds,
            audio=self._library.track_of(stop.story).path,
            photos=tuple(photo.full.path for photo in self._library.photos_of(tour_id, stop.position)),
        )

    def _detail(self, tour_id: int) -> Detail:
        detail = self._catalogue.detail(tour_id)
        if detail is None:
            raise KeyError(tour_id)
        return detail


def _text_file(text: TourText) -> MediaFile:
    return MediaFile.of(msgspec.json.encode(text), Suffix.JSON)


def _drawn(tour_id: int, stops: Sequence[Stop]) -> bytes:
    return gzip.compress(streets_around(tour_id, stops), mtime=0)


def _unpacked(gzipped: bytes, detail: Detail) -> MediaFile:
    digest = streets_digest(detail.card.tour_id, detail.stops)
    return MediaFile.of(gzip.decompress(gzipped), Suffix.GEOJSON, digest=digest)


def _recent(kept: OrderedDict[int, Held], tour_id: int, most: int) -> Held:
    """Return what is kept of this tour as the last that was asked for; what was not for longest is let go."""
    kept.move_to_end(tour_id)
    while len(kept) > most:
        kept.popitem(last=False)
    return kept[tour_id]
