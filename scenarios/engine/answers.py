"""Answers, and the demands on them: one that is wrong is a failure, whatever its status.  Pure.

Users hand an answer to a function that reads it; the function returns what it found, or raises
WrongAnswerError with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec

Content = TypeVar("Content")
Told_co = TypeVar("Told_co", covariant=True)

# A reason is a line of a table.
_LONGEST_REASON = 80
# RFC 9110, section 14.4.
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")
# Where in a list something is wrong is another place each time.
_INDEX = re.compile(r"\[\d+\]")


class WrongAnswerError(Exception):
    """The subject answered, and not what it should have.

    The text is the reason.  Failures are counted by it, so it is the same for the same fault: no
    numbers, names or times of the one case.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason[:_LONGEST_REASON])


def kind_of(error: BaseException) -> str:
    """Return the name under which *error* is counted: the reason of a wrong answer, otherwise its type."""
    return str(error) if isinstance(error, WrongAnswerError) else type(error).__name__


def demand(holds: bool, reason: str) -> None:  # noqa: FBT001  # reads as a sentence: demand(a == b, "a is not b")
    """Raise WrongAnswerError with *reason* unless it *holds*."""
    if not holds:
        raise WrongAnswerError(reason)


class Decoding(Protocol[Told_co]):
    """What reads JSON of one shape, as the decoders of msgspec do, and raises their errors."""

    def decode(self, content: bytes, /) -> Told_co:
        """Return what *content* says."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: names of *headers* are lower-case, *body* is decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def demand_status(self, *accepted: int) -> None:
        """Raise WrongAnswerError unless the status is one of those *accepted*."""
        if self.status not in accepted:
            raise WrongAnswerError(f"status {self.status} instead of {accepted[0]}")

    def demand_type(self, media_type: str) -> None:
        """Raise WrongAnswerError unless the content is of *media_type*, a whole one or a beginning."""
        if not self.headers.get("content-type", "").startswith(media_type):
            raise WrongAnswerError(f"content is not {media_type}")

    def json(self, decoder: Decoding[Content], status: int = 200) -> Content:
        """Return what the body says.  Raises WrongAnswerError where it is not of the decoder's shape."""
        self.demand_status(status)
        self.demand_type("application/json")
        try:
            return decoder.decode(self.body)
        except msgspec.ValidationError as error:
            raise WrongAnswerError(_INDEX.sub("[]", str(error))) from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            # Its text tells at which byte, which is another one each time.  What is no UTF-8 within a string
            # is no error of msgspec's own.
            raise WrongAnswerError("content is not JSON") from None

    def piece(self, first: int, last: int) -> int:
        """Return the size of the whole of which this is the piece from byte *first* to byte *last*.

        Raises WrongAnswerError for another piece; one that ends earlier is right at the end of the whole.
        """
        self.demand_status(206)
        told = _RANGE.fullmatch(self.headers.get("content-range", ""))
        if told is None:
            raise WrongAnswerError("a piece without a Content-Range")
        begin, end, size = map(int, told.groups())
        demand(begin == first and end == min(last, size - 1), "a piece of other bytes than asked for")
        demand(len(self.body) == end - begin + 1, "a piece shorter or longer than it says")
        return size
