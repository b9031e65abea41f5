"""The catalogue: lists, what is near, search, cities, and one tour."""

import math
from typing import Annotated

import msgspec

from tourapp.api.operation import Answer, Call, Operation
from tourapp.api.problem import refusal
from tourapp.api.shapes import DEFAULT_LIMIT, Cursor, Limit, ShortText, TourPath
from tourapp.api.variants import FLAGS, VARY, variant_of
from tourapp.content.seed import Language
from tourapp.media.packing import TourText
from tourapp.site import Site
from tourapp.store.catalogue import Card, Detail, Neighbour, TownCount
from tourapp.wire.words import NO_SUCH_TOUR


class ListQuery(msgspec.Struct, frozen=True):
    """Which tours to list."""

    city: ShortText | None = None
    language: Language | None = None
    theme: ShortText | None = None
    cursor: Cursor = 0
    limit: Limit = DEFAULT_LIMIT


class NearQuery(msgspec.Struct, frozen=True):
    """Round which point, in degrees, to look for tours, and how far in metres."""

    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90, examples=[38.71])]
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180, examples=[-9.14])]
    radius: Annotated[float, msgspec.Meta(ge=1, le=50_000)] = 2_000
    limit: Limit = DEFAULT_LIMIT

    def __post_init__(self) -> None:
        """Refuse "nan", which is neither under nor over any bound."""
        for name in ("latitude", "longitude", "radius"):
            if math.isnan(getattr(self, name)):
                raise ValueError(f"{name}: must be a number")


class SearchQuery(msgspec.Struct, frozen=True):
    """Which words to look for; they hold a letter or a digit."""

    q: Annotated[
        ShortText,
        # Of any script; Python's own patterns know no \p, and others read \w as a to z.
        msgspec.Meta(extra_json_schema={"pattern": r"[\p{L}\p{N}]"}, examples=["harbour"]),
    ]
    limit: Limit = DEFAULT_LIMIT

    def __post_init__(self) -> None:
        """Refuse what holds no word."""
        if not any(character.isalnum() for character in self.q):
            raise ValueError("q: must hold a letter or a digit")


class CardList(msgspec.Struct, frozen=True):
    """A page of tours; `next_cursor` is null on the last one."""

    tours: tuple[Card, ...]
    next_cursor: str | None


class NeighbourList(msgspec.Struct, frozen=True):
    """Tours by distance."""

    tours: tuple[Neighbour, ...]


class Findings(msgspec.Struct, frozen=True):
    """What a search found."""

    query: str
    tours: tuple[Card, ...]


class TownList(msgspec.Struct, frozen=True):
    """All cities, by name."""

    cities: tuple[TownCount, ...]


class TourDetail(TourText, frozen=True):
    """One tour with its text, its stops in walking order, and its stars from 1 to 5 in the mean."""

    rating_mean: float | None
    review_count: int


class Tours:
    """The handlers of the catalogue."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations of the catalogue; what is asked for most comes first."""
        return (
            Operation(method="GET", path="/api/tours", handler=self.list_tours, answer=CardList, public=True),
            Operation(
                method="GET", path="/api/tours/near", handler=self.near, answer=NeighbourList, public=True
            ),
            Operation(method="GET", path="/api/search", handler=self.search, answer=Findings, public=True),
            Operation(
                method="GET", path="/api/tours/{tour_id}", handler=self.tour, answer=TourDetail, public=True
            ),
            Operation(method="GET", path="/api/cities", handler=self.cities, answer=TownList, public=True),
        )

    async def list_tours(self, _call: Call, query: ListQuery) -> Answer:
        """List tours by popularity."""
        page = self._site.catalogue.page(
            city=query.city,
            language=query.language,
            theme=query.theme,
            after=query.cursor,
            limit=query.limit,
        )
        following = None if page.following is None else str(page.following)
        return Answer(CardList(page.cards, following))

    async def near(self, _call: Call, query: NearQuery) -> Answer:
        """List the tours that start near a point, nearest first."""
        found = self._site.catalogue.near(query.latitude, query.longitude, query.radius, query.limit)
        return Answer(NeighbourList(found))

    async def search(self, call: Call, query: SearchQuery) -> Answer:
        """Find tours by words, or beginnings of words."""
        order = FLAGS[variant_of(call.request)].search_order
        found = self._site.catalogue.search(query.q, query.limit, order)
        return Answer(Findings(query.q, found), {"vary": VARY})

    async def cities(self, _call: Call) -> Answer:
        """List the cities with their numbers of tours, counted half a minute ago at most."""
        return Answer(TownList(await self._site.towns.counts()))

    async def tour(self, _call: Call, path: TourPath) -> Answer:
        """Show one tour with its stops."""
        detail = known_tour(self._site, path)
        rating = await self._site.reviews.rating(path.tour_id)
        text = msgspec.structs.asdict(self._site.packing.told(detail))
        return Answer(TourDetail(**text, rating_mean=rating.mean, review_count=rating.count))


def known_tour(site: Site, path: TourPath) -> Detail:
    """Return the tour that is meant; refuses when there is none."""
    detail = site.catalogue.detail(path.tour_id)
    if detail is None:
        raise refusal(404, NO_SUCH_TOUR)
    return detail


def known_stops(site: Site, path: TourPath) -> int:
    """Return how many stops the tour has that is meant; refuses when there is none."""
    stops = site.catalogue.stop_count(path.tour_id)
    if stops is None:
        raise refusal(404, NO_SUCH_TOUR)
    return stops
