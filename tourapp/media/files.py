"""A piece of media as it travels: bytes that never change, under the digest that is their name."""

import enum
import hashlib
from dataclasses import dataclass, field
from typing import Self

# Hex digits of a name: 128 bits, more than enough for a few thousand files that nobody chose to collide.
NAME_DIGITS = 32


class Suffix(enum.StrEnum):
    """The kinds of media, by the end of their address."""

    OPUS = "opus"
    WEBP = "webp"
    GEOJSON = "geojson"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """The content type, as IANA lists it."""
        match self:
            case Suffix.OPUS:
                return "audio/ogg; codecs=opus"
            case Suffix.WEBP:
                return "image/webp"
            case Suffix.GEOJSON:
                return "application/geo+json"
            case Suffix.JSON:
                return "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """One file: `digest` is its name in addresses, `sha256` the hex digest of its content.

    The two begin alike, except where a file is named by what it is drawn from (streets).
    """

    digest: str
    suffix: Suffix
    sha256: str
    content: bytes = field(repr=False)

    @classmethod
    def of(cls, content: bytes, suffix: Suffix, *, digest: str | None = None) -> Self:
        """Return a file with this content, named by its own digest unless another is given."""
        sha256 = hashlib.sha256(content).hexdigest()
        return cls(digest=digest or cls.name_of(sha256), suffix=suffix, sha256=sha256, content=content)

    @staticmethod
    def name_of(sha256: str) -> str:
        """Return the name of content with this digest."""
        return sha256[:NAME_DIGITS]

    @property
    def size(self) -> int:
        """Bytes of content."""
        return len(self.content)

    @property
    def media_type(self) -> str:
        """The content type."""
        return self.suffix.media_type

    @property
    def path(self) -> str:
        """The address on the server."""
        return f"/media/{self.digest}.{self.suffix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """One photograph in two sizes: `full` for the player, `small` for the top of a page on a phone."""

    full: MediaFile
    small: MediaFile
