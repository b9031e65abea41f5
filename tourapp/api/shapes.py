"""What the API takes and gives that several areas share: the types that its document is made from."""

from typing import Annotated

import msgspec

# Tours, reviews or cities on one page of a list.
DEFAULT_LIMIT = 20
HIGHEST_LIMIT = 100

# Characters of a name, a search or an address.
TEXT_LIMIT = 200

# What is longer names nothing, and a number of more digits would not fit the database.
HIGHEST_NUMBER = 999_999_999

Limit = Annotated[int, msgspec.Meta(ge=1, le=HIGHEST_LIMIT, description="how many at most")]
Cursor = Annotated[
    int, msgspec.Meta(ge=0, le=HIGHEST_NUMBER, description="the next_cursor of an earlier page")
]
ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_LIMIT)]


class TourPath(msgspec.Struct, frozen=True):
    """Which tour is meant."""

    tour_id: Annotated[int, msgspec.Meta(ge=1, le=HIGHEST_NUMBER, examples=[7])]
