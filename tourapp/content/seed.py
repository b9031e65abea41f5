"""The seeded content: which tours exist, where they lead and how popular they are.

Pure: the same seed gives the same tours in every Python version, because only `Random.random()` is used, the
one generator method whose sequence Python promises to keep.
"""

import csv
import enum
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import TypeVar

Item = TypeVar("Item")

# 2: a stop takes as long as its story.  3: tours are found by where they start, and words lead to places.
# 4: a tour has a card.  Raise it when the same seed gives other tours or tables, so that stored databases
# are rebuilt.
CONTENT_VERSION = 4

TOURS = 2_000

# Tours that are told in English before any other language is considered, and tours that cost nothing.
ENGLISH_SHARE = 0.5
FREE_SHARE = 0.2

THEMES = (
    ("Markets and spices", "food"),
    ("Rooftops at dusk", "views"),
    ("Bridges and back lanes", "water"),
    ("Courtyards nobody shows you", "hidden corners"),
    ("Painters and their quarrels", "art"),
    ("Bakers before sunrise", "food"),
    ("Ghosts of the old town", "legends"),
    ("Harbour, ropes and salt", "water"),
    ("Revolutions and coffee houses", "history"),
    ("Stone, brick and concrete", "architecture"),
    ("Gardens behind the walls", "nature"),
    ("Songs of the backstreets", "music"),
    ("Printers, poets and spies", "books"),
    ("The night watchman's round", "legends"),
    ("Merchants and their houses", "history"),
    ("Tiles, glass and iron", "architecture"),
    ("A river and its people", "water"),
    ("Cathedrals for beginners", "architecture"),
    ("Workshops and makers", "crafts"),
    ("The long way to the castle", "views"),
)
QUALIFIERS = (
    "Old",
    "Upper",
    "Lower",
    "Royal",
    "Crooked",
    "Golden",
    "Blind",
    "Silent",
    "Merchants'",
    "Sailors'",
)
PLACES = (
    "Gate",
    "Square",
    "Market Hall",
    "Bridge",
    "Fountain",
    "Tower",
    "Arcade",
    "Chapel",
    "Stairs",
    "Courtyard",
)
OPENINGS = (
    "Begin where the locals meet and let the story take the slow way through {city}.",
    "This walk leaves the main street of {city} after two minutes and never comes back to it.",
    "{city} looks different once somebody has told you what happened behind these doors.",
    "Bring good shoes: {city} gives its best views to those who climb a little.",
)
MIDDLES = (
    "You will hear the voices of people who live here, with music recorded on the spot.",
    "Every stop has a short story, one photograph and one thing that most visitors walk past.",
    "The route avoids the crowds until noon and finds shade in the afternoon.",
    "It was written with a local historian who argues with half of the guide books.",
)
ENDINGS = (
    "It ends near a tram stop and an honest kitchen.",
    "It ends by the water, where the evening light is best.",
    "You can pause wherever you like; the story waits for you.",
    "Children get their own riddle at every stop.",
)
STORIES = (
    "Stand with your back to the wall and look up: the third window was bricked up after a wager.",
    "Two families fought over this corner for forty years; the compromise is still visible in the paving.",
    "The bell was cast twice, and listeners with good ears can hear why.",
    "In the winter of the great frost, bread was handed out here through the small iron door.",
    "A letter found in the roof names the mason, his wages and what he thought of the architect.",
    "Listen for the echo; the guild of singers chose this place because of it.",
    "The lamp above the door is older than the street, and nobody remembers who fills it.",
    "Count the steps: there is one more on the way down, and children have always known why.",
    "Here a fishmonger hid a printing press under the ice, and the pamphlets smelled of herring.",
    "The clock runs four minutes late by order of a council that missed its own inauguration.",
    "Put your hand on the stone; it is warm because the bakery behind it has never let its oven go out.",
    "The gap between the two houses was left for a cat, and the deed that says so still holds.",
    "From here you can see the hill on which the city was meant to be built before the river moved.",
    "The names under the arch belong to people who paid for the roof with eggs and a single cow.",
)
# Seconds that each story takes to tell, in the order of STORIES: one to two minutes, 90 s on average.
STORY_SECONDS = (84, 97, 72, 88, 103, 66, 91, 78, 112, 95, 101, 86, 93, 94)


class Language(enum.StrEnum):
    """The languages that tours are told in."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"
    ITALIAN = "it"
    PORTUGUESE = "pt"
    JAPANESE = "ja"


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A city with tours; its coordinates are degrees of the centre."""

    name: str
    country: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One stop of a tour; `position` counts from 1, `seconds` is the length of its story."""

    position: int
    name: str
    story: str
    latitude: float
    longitude: float
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """A tour as the seed makes it.

    `place` is its rank among all tours, 1 being the most visited; `popularity` its share of all visits,
    falling with 1/place (Zipf); `seconds` the whole walk; `price` euro cents, 0 for a free tour.
    """

    tour_id: int
    place: int
    popularity: float
    title: str
    theme: str
    city: City
    language: Language
    seconds: int
    price: int
    description: str
    stops: tuple[Stop, ...]


def cities() -> tuple[City, ...]:
    """Return the 120 cities, in the order of their file."""
    text = files("tourapp.content").joinpath("cities.csv").read_text(encoding="utf-8")
    return tuple(
        City(
            name=row["name"],
            country=row["country"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
        )
        for row in csv.DictReader(text.splitlines())
    )


def story_seconds(story: str) -> int:
    """Return how long this story of STORIES takes to tell; every tour tells it the same way."""
    return STORY_SECONDS[STORIES.index(story)]


def seeded_tours(seed: int) -> Iterator[Tour]:
    """Yield the tours of this seed by rising identifier, from 1."""
    rng = Random(seed)  # noqa: S311 - content, not a secret
    ranked = sorted(range(1, TOURS + 1), key=lambda _: rng.random())
    places = {tour_id: place for place, tour_id in enumerate(ranked, start=1)}
    visits = sum(1 / place for place in range(1, TOURS + 1))
    towns = sorted(cities(), key=lambda _: rng.random())
    for tour_id in range(1, TOURS + 1):
        place = places[tour_id]
        yield _tour(rng, tour_id, place, 1 / place / visits, _town(rng, tour_id, towns))


def _town(rng: Random, tour_id: int, towns: Sequence[City]) -> City:
    """Give every city one tour, then favour few cities, as visitors do."""
    if tour_id <= len(towns):
        return towns[tour_id - 1]
    return towns[int(rng.random() ** 2 * len(towns))]


def _tour(rng: Random, tour_id: int, place: int, popularity: float, city: City) -> Tour:
    title, theme = _pick(rng, THEMES)
    stops = tuple(_stops(rng, city))
    walking = len(stops) * (180 + int(rng.random() * 240))
    texts = (_pick(rng, OPENINGS).format(city=city.name), _pick(rng, MIDDLES), _pick(rng, ENDINGS))
    return Tour(
        tour_id=tour_id,
        place=place,
        popularity=round(popularity, 9),
        title=f"{city.name}: {title[0].lower()}{title[1:]}",
        theme=theme,
        city=city,
        language=Language.ENGLISH if rng.random() < ENGLISH_SHARE else _pick(rng, tuple(Language)),
        seconds=walking + sum(stop.seconds for stop in stops),
        price=0 if rng.random() < FREE_SHARE else 390 + 100 * int(rng.random() * 12),
        description=" ".join(texts),
        stops=stops,
    )


def _stops(rng: Random, city: City) -> Iterator[Stop]:
    """Wander from near the city centre, about 200 m at a time."""
    latitude = city.latitude + (rng.random() - 0.5) * 0.02
    longitude = city.longitude + (rng.random() - 0.5) * 0.02
    # Without repetition: a tour takes the first few names and stories of a random order.
    names = sorted(itertools.product(QUALIFIERS, PLACES), key=lambda _: rng.random())
    stories = sorted(STORIES, key=lambda _: rng.random())
    count = 6 + int(rng.random() * (len(STORIES) - 5))
    for position, ((qualifier, thing), story) in enumerate(
        zip(names[:count], stories[:count], strict=True), start=1
    ):
        latitude += (rng.random() - 0.5) * 0.004
        longitude += (rng.random() - 0.5) * 0.004
        yield Stop(
            position=position,
            name=f"{qualifier} {thing}",
            story=story,
            latitude=round(latitude, 5),
            longitude=round(longitude, 5),
            seconds=story_seconds(story),
        )


def _pick(rng: Random, items: Sequence[Item]) -> Item:
    return items[int(rng.random() * len(items))]
