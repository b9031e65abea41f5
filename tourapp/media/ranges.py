"""Which bytes of a file a request asks for (RFC 9110 section 14), so that a download can be resumed.  Pure.

One range is served.  A header that is malformed, of another unit or asks for several ranges is ignored, as
section 14.2 allows ("A server MAY ignore the Range header field"): the answer is then the whole file.
"""

import enum
import re
from dataclasses import dataclass

# "bytes=FIRST-LAST", where either may be missing; names of units know no case (section 14.1).
ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)

# Longer numbers are cut to this one, far beyond any file: section 14.1.2 asks to survive them, and Python
# refuses to read numbers of more than 4,300 digits.
LARGEST = 10**18


class Extent(enum.Enum):
    """An answer without a range: the whole file (200), or the refusal of a range outside it (416)."""

    FULL = 200
    UNSATISFIABLE = 416


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` up to, not including, `stop`; never empty."""

    start: int
    stop: int


def asked_range(header: str | None, size: int) -> ByteRange | Extent:
    """Return what this Range header asks for of a file of `size` bytes."""
    asked = ONE_RANGE.fullmatch(header or "")
    match asked and asked.groups():
        case ("", length) if length:
            return _suffix(_number(length), size)
        case (first, last) if first:
            return _within(_number(first), _number(last) if last else LARGEST, size)
        case _:
            return Extent.FULL


def still_valid(if_range: str | None, *, etag: str | None) -> bool:
    """Tell whether a range may be answered under this If-Range header (section 13.1.5); if not, send all.

    An entity tag is compared strongly, so a weak one never matches, and neither does a date: none is sent.
    """
    if if_range is None:
        return True
    given = if_range.strip()
    return not given.startswith("W/") and given == etag


def content_range(asked: ByteRange | Extent, size: int) -> str | None:
    """Return the Content-Range header of the answer (section 14.4); the whole file has none."""
    match asked:
        case ByteRange(start, stop):
            return f"bytes {start}-{stop - 1}/{size}"
        case Extent.UNSATISFIABLE:
            return f"bytes */{size}"
        case Extent.FULL:
            return None


def _suffix(length: int, size: int) -> ByteRange | Extent:
    """Return the last `length` bytes."""
    if length == 0:
        return Extent.UNSATISFIABLE
    # The end of an empty file is satisfiable, but Content-Range has no form for no bytes.
    return ByteRange(max(size - length, 0), size) if size else Extent.FULL


def _within(first: int, last: int, size: int) -> ByteRange | Extent:
    """Return the bytes from `first` to `last`, both included, as far as there are any."""
    if last < first:
        # Invalid, and so to be ignored (section 14.1.1).
        return Extent.FULL
    return ByteRange(first, min(last + 1, size)) if first < size else Extent.UNSATISFIABLE


def _number(digits: str) -> int:
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) < len(str(LARGEST)) else LARGEST
