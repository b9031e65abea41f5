"""What pages show of a tour beside its text: the addresses of its photos, sounds and streets."""

from dataclasses import dataclass

from tourapp.media.packing import Packing
from tourapp.store.catalogue import Detail


@dataclass(frozen=True, slots=True, kw_only=True)
class StopMedia:
    """The addresses of one stop's audio and photos."""

    audio: str
    photos: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TourMedia:
    """The media of a tour: one StopMedia a stop in walking order, and addresses.

    `hero` is the small photo for the top of its page, `streets` the map (GeoJSON); `download_size` what the
    parts of the bundle weigh together, in bytes.
    """

    stops: tuple[StopMedia, ...]
    hero: str
    streets: str
    download_size: int


async def media_of(packing: Packing, detail: Detail) -> TourMedia:
    """Return the media of a tour."""
    told = packing.told(detail)
    return TourMedia(
        stops=tuple(StopMedia(audio=stop.audio, photos=stop.photos) for stop in told.all_stops),
        hero=packing.hero(detail).path,
        streets=packing.map_path(detail),
        download_size=await packing.size(detail),
    )
