"""How a body leaves: compressed as the client likes it, and not again when the client has it already."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import brotli
from starlette.requests import Request
from starlette.responses import Response

from tourapp.wire.headers import joined

# Bytes below which compressing costs more than it saves: what fits into one packet anyway.
SMALLEST_COMPRESSED = 1_000

# For what is compressed while somebody waits: higher levels take much longer and leave little less.
BROTLI_QUALITY = 3
GZIP_LEVEL = 4

# Bodies that are kept as they were compressed, and the bytes of the largest: some 20 MB a process at most.
BODIES_KEPT = 1_000
LARGEST_KEPT = 16_384

# Media types, apart from text, that shrink.
SHRINKING = (
    "application/geo+json",
    "application/json",
    "application/manifest+json",
    "application/problem+json",
    "image/svg+xml",
)

# How long files may be kept that change their address with their bytes: a year, the longest that caches heed
# (RFC 9111 has no limit; browsers do).
IMMUTABLE: Mapping[str, str] = {"cache-control": "public, max-age=31536000, immutable"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the answers of one app have in common; `compresses` and `validates` are false only by a defect."""

    compresses: bool = True
    validates: bool = True

    def deliver(
        self,
        request: Request,
        body: bytes,
        media_type: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        revisits: bool = False,
    ) -> Response:
        """Return the answer with this body; with `revisits`, one that a client may ask after by its tag.

        The tag is that of the headers, or else that of the body.
        """
        told = dict(headers or {})
        shrinks = self.compresses and len(body) >= SMALLEST_COMPRESSED and _shrinks(media_type)
        if shrinks:
            told["vary"] = f"{told['vary']}, accept-encoding" if "vary" in told else "accept-encoding"
        tag = told.pop("etag", None) if revisits else None
        if revisits and self.validates:
            told["etag"] = tag = tag or tag_of(body)
            if matches(joined(request.headers, "if-none-match"), tag):
                return Response(status_code=304, headers=told)
        if shrinks:
            encoding = preferred_encoding(joined(request.headers, "accept-encoding") or "")
            if encoding is not None:
                told["content-encoding"] = encoding
                body = _compressed(body, encoding) if len(body) > LARGEST_KEPT else _kept(body, encoding)
        return Response(body, status_code=status, media_type=media_type, headers=told)

    def deliver_gzipped(
        self, request: Request, gzipped: bytes, media_type: str, tag: str, headers: Mapping[str, str]
    ) -> Response:
        """Return the answer with this body, which is compressed already, under this weak tag."""
        told = {**headers, "vary": "accept-encoding"}
        if self.validates:
            told["etag"] = tag
            if matches(joined(request.headers, "if-none-match"), tag):
                return Response(status_code=304, headers=told)
        if not (self.compresses and accepts_gzip(joined(request.headers, "accept-encoding") or "")):
            return Response(gzip.decompress(gzipped), media_type=media_type, headers=told)
        return Response(gzipped, media_type=media_type, headers=told | {"content-encoding": "gzip"})


def tag_of(body: bytes) -> str:
    """Return the weak entity tag of a body, the same for each of its encodings."""
    return f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def matches(header: str | None, tag: str) -> bool:
    """Tell whether an If-None-Match header names this tag; compared weakly (RFC 9110, section 13.1.2)."""
    if header is None:
        return False
    if header.strip() == "*":
        return True
    return tag.removeprefix("W/") in {each.strip().removeprefix("W/") for each in header.split(",")}


@lru_cache(maxsize=256)
def preferred_encoding(accepted: str) -> str | None:
    """Return "br" or "gzip" as an Accept-Encoding header prefers, None for neither; br wins a tie."""
    weights = dict(_weight(each) for each in accepted.lower().split(","))
    others = weights.get("*", 0.0)
    weight, encoding = max(
        (weights.get("gzip", weights.get("x-gzip", others)), "gzip"),
        (weights.get("br", others), "br"),
        key=lambda pair: (pair[0], pair[1] == "br"),
    )
    return encoding if weight > 0 and weight >= weights.get("identity", 0.0) else None


@lru_cache(maxsize=256)
def accepts_gzip(accepted: str) -> bool:
    """Tell whether an Accept-Encoding header takes gzip."""
    weights = dict(_weight(each) for each in accepted.lower().split(","))
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weight(item: str) -> tuple[str, float]:
    """Read one item such as ``gzip;q=0.5``; a weight that is none counts as 0."""
    name, _, parameter = item.partition(";")
    key, _, text = parameter.strip().partition("=")
    if not parameter.strip():
        return name.strip(), 1.0
    try:
        weight = float(text) if key.strip() == "q" else 1.0
    except ValueError:
        weight = 0.0
    return name.strip(), weight


def _shrinks(media_type: str) -> bool:
    return media_type.startswith("text/") or media_type.startswith(SHRINKING)


@lru_cache(maxsize=BODIES_KEPT)
def _kept(body: bytes, encoding: str) -> bytes:
    """Compress a body, or return what became of the same one before: most visitors see the same pages."""
    return _compressed(body, encoding)


def _compressed(body: bytes, encoding: str) -> bytes:
    if encoding == "br":
        return bytes(brotli.compress(body, quality=BROTLI_QUALITY))
    return gzip.compress(body, compresslevel=GZIP_LEVEL, mtime=0)
