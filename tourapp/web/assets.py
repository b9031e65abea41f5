"""The static files of the package, read once; addressed by content, so that browsers may keep them."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tourapp.web import icons

MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "png": "image/png", "svg": "image/svg+xml"}

# What a module imports from its neighbours; they stand in one folder, and import in no circle.
IMPORT = re.compile(r'(?<=from ")\./([\w-]+\.js)(?=";)')

# Pixels; Android asks for the smaller icon on the home screen and for the larger one at the start.
ICON_SIZES = (192, 512)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One static file; `address` changes whenever its bytes do, and `digest` is part of it."""

    body: bytes
    media_type: str
    digest: str
    address: str


@cache
def read_assets() -> Mapping[str, Asset]:
    """Return the static files that every clean page may use, by name."""
    sources = read_sources("static") | icon_sources()
    finished: dict[str, Asset] = {}
    for name in sources:
        _finish(name, sources, finished)
    return finished


def read_sources(folder: str) -> dict[str, bytes]:
    """Return the files of a folder of this package, by name and in the order of their names."""
    found = files("tourapp.web").joinpath(folder).iterdir()
    return {source.name: source.read_bytes() for source in sorted(found, key=str) if source.is_file()}


def icon_sources() -> dict[str, bytes]:
    """Return the icons of the app, by file name."""
    drawn = {f"icon-{size}.png": icons.picture(size) for size in ICON_SIZES}
    return drawn | {
        "icon.svg": icons.drawing(maskable=False).encode(),
        "icon-maskable.svg": icons.drawing(maskable=True).encode(),
    }


def asset(path: str, body: bytes) -> Asset:
    """Return the file that is served at `/static/PATH`."""
    digest = hashlib.sha256(body).hexdigest()[:12]
    _, _, suffix = path.rpartition(".")
    return Asset(
        body=body, media_type=MEDIA_TYPES[suffix], digest=digest, address=f"/static/{path}?v={digest}"
    )


def _finish(name: str, sources: Mapping[str, bytes], finished: dict[str, Asset]) -> Asset:
    """Make an asset after those that it imports, whose addresses become part of its bytes."""
    if name not in finished:
        body = sources[name]
        if name.endswith(".js"):
            text = IMPORT.sub(lambda found: _finish(found[1], sources, finished).address, body.decode())
            body = text.encode()
        finished[name] = asset(name, body)
    return finished[name]
