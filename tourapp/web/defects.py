"""The defects that show in the browser: which they are, and the files that only they need.

What they do is in static/defects, one file each; templates/defects.html puts them into pages.
"""

import base64
import io
from collections.abc import Mapping
from random import Random

from PIL import Image, ImageOps

from tourapp.registry.defect import Defect, Defects
from tourapp.web.assets import Asset, asset, read_sources

# The defects that this module or the templates make.
IN_PAGES = (
    Defect.HERO_IMAGE,
    Defect.LAYOUT_SHIFT,
    Defect.SCROLL_TASK,
    Defect.BLOCKING_SCRIPT,
    Defect.BACKGROUND_TIMERS,
    Defect.DOUBLE_POLLING,
    Defect.OVERSIZED_BUNDLE,
    Defect.MISSING_ALT,
    Defect.MISSING_LABEL,
    Defect.LOW_CONTRAST,
)

# The width of the hero picture in pixels, its bytes a pixel without compression, and where it is served.
HERO_WIDTH = 1_200
PIXEL_BYTES = 3
HERO_FILE = "hero-image.png"
BUNDLE_FILE = "oversized-bundle.js"
# Bytes of the table in each function of the bundle.
TABLE_BYTES = 1_500


def defects_in_pages(defects: Defects) -> Mapping[str, float]:
    """Return the strengths of the defects that show in the browser, by name."""
    return {defect.value: defects[defect] for defect in IN_PAGES if defect in defects}


def defect_assets(defects: Mapping[str, float]) -> Mapping[str, Asset]:
    """Return the files of the defects that are on, by name; none for the clean app."""
    sources = {
        name: body
        for name, body in read_sources("static/defects").items()
        if name.rpartition(".")[0] in defects
    }
    if "hero-image" in defects:
        sources[HERO_FILE] = _hero(int(defects["hero-image"]))
    if "oversized-bundle" in defects:
        sources[BUNDLE_FILE] = _bundle(int(defects["oversized-bundle"]))
    return {name: asset(f"defects/{name}", body) for name, body in sources.items()}


def _hero(size: int) -> bytes:
    """Return a picture of about `size` bytes: an evening sky, saved without any compression."""
    height = max(1, round(size / (HERO_WIDTH * PIXEL_BYTES)))
    grey = Image.linear_gradient("L").resize((HERO_WIDTH, height))
    png = io.BytesIO()
    ImageOps.colorize(grey, black="#2a4d7c", white="#f3c08a").save(png, "PNG", compress_level=0)
    return png.getvalue()


def _bundle(size: int) -> bytes:
    """Return a script of `size` bytes at least: functions that nobody calls, with tables of noise."""
    text = io.StringIO('// The defect "oversized-bundle": a library of which the page uses nothing.\n')
    text.seek(0, io.SEEK_END)
    rng = Random(1)  # noqa: S311 - bulk, not a secret
    while text.tell() < size:
        table = base64.b64encode(rng.randbytes(TABLE_BYTES)).decode()
        text.write(f'function shape{text.tell()}(at) {{ return "{table}".charCodeAt(at); }}\n')
    return text.getvalue().encode()
