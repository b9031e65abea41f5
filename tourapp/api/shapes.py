"""What the API takes and gives that several areas share: the types that its document is made from."""

from typing import Annotated, ClassVar

import msgspec

from tourapp.wire.limits import HIGHEST_NUMBER, TEXT_LIMIT
from tourapp.wire.words import NO_SUCH_TOUR

# Tours, reviews or cities on one page of a list.
DEFAULT_LIMIT = 20
HIGHEST_LIMIT = 100

Limit = Annotated[int, msgspec.Meta(ge=1, le=HIGHEST_LIMIT, description="how many at most")]
Cursor = Annotated[
    int, msgspec.Meta(ge=0, le=HIGHEST_NUMBER, description="the next_cursor of an earlier page")
]
# Seconds; a week is more than anybody listens to one stop.
HIGHEST_SECONDS = 604_800

TourNumber = Annotated[int, msgspec.Meta(ge=1, le=HIGHEST_NUMBER)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=HIGHEST_SECONDS, description="heard of the stop's story")]
ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_LIMIT)]


class TourPath(msgspec.Struct, frozen=True):
    """Which tour is meant."""

    # What is said of one that there is not.
    absent: ClassVar[str] = NO_SUCH_TOUR

    tour_id: TourNumber
