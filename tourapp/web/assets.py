"""The static files of the package, read once; addressed by content, so that browsers may keep them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

MEDIA_TYPES = {"css": "text/css", "js": "text/javascript"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One static file; `address` changes whenever its bytes do."""

    body: bytes
    media_type: str
    address: str


def read_assets() -> Mapping[str, Asset]:
    """Return the static files by name."""
    return {
        source.name: _asset(source.name, source.read_bytes())
        for source in files("tourapp.web").joinpath("static").iterdir()
    }


def _asset(name: str, body: bytes) -> Asset:
    digest = hashlib.sha256(body).hexdigest()[:12]
    _, _, suffix = name.rpartition(".")
    return Asset(body=body, media_type=MEDIA_TYPES[suffix], address=f"/static/{name}?v={digest}")
