"""The defects that show in the browser: their usual strengths, and the files that only they need.

What they do is in static/flaws, one file each; templates/flaws.html puts them into pages.
"""

import io
from collections.abc import Iterator, Mapping

from PIL import Image, ImageOps

from tourapp.web.assets import Asset, asset, read_sources

# The strength that makes each defect as bad as its name promises.
USUAL_STRENGTHS: Mapping[str, float] = {
    # Bytes of the picture on top of a tour: a photo as a camera leaves it.
    "hero-image": 4e6,
    # Pixels of the banner that comes late: a fifth of a phone's screen, a shift of about 0.2 (0.1 is good).
    "layout-shift": 180,
    # Seconds of work in each frame that scrolls; two frames' time at 60 a second.
    "scroll-task": 0.03,
    # Seconds that rendering is held up.
    "blocking-script": 0.4,
    # Share of the time that is spent in timers.
    "background-timers": 0.2,
    # Requests for the flags for each one that is needed.
    "double-polling": 2,
    # Bytes of script, of which next to nothing is used.
    "oversized-bundle": 1.5e6,
    # On or off.
    "missing-alt": 1,
    "missing-label": 1,
    "low-contrast": 1,
}

# The width of the hero picture in pixels, its bytes a pixel without compression, and where it is served.
HERO_WIDTH = 1_200
PIXEL_BYTES = 3
HERO_FILE = "hero-image.png"
BUNDLE_FILE = "oversized-bundle.js"


def flaw_assets(flaws: Mapping[str, float]) -> Mapping[str, Asset]:
    """Return the files of the defects that are on, by name; none for the clean app."""
    sources = {
        name: body for name, body in read_sources("static/flaws").items() if name.rpartition(".")[0] in flaws
    }
    if "hero-image" in flaws:
        sources[HERO_FILE] = _hero(int(flaws["hero-image"]))
    if "oversized-bundle" in flaws:
        sources[BUNDLE_FILE] = _bundle(int(flaws["oversized-bundle"]))
    return {name: asset(f"flaws/{name}", body) for name, body in sources.items()}


def _hero(size: int) -> bytes:
    """Return a picture of about `size` bytes: an evening sky, saved without any compression."""
    height = max(1, round(size / (HERO_WIDTH * PIXEL_BYTES)))
    grey = Image.linear_gradient("L").resize((HERO_WIDTH, height))
    png = io.BytesIO()
    ImageOps.colorize(grey, black="#2a4d7c", white="#f3c08a").save(png, "PNG", compress_level=0)
    return png.getvalue()


def _bundle(size: int) -> bytes:
    """Return a script of `size` bytes at least: functions that nobody calls."""
    text = io.StringIO('// The defect "oversized-bundle": a library of which the page uses nothing.\n')
    text.seek(0, io.SEEK_END)
    for line in _functions():
        text.write(line)
        if text.tell() >= size:
            return text.getvalue().encode()
    raise AssertionError


def _functions() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield (
            f"function shape{number}(points) {{ const weights = [{number}, {number * 7919 % 1009},"
            f" {number * 104729 % 2003}]; return points.map((point, at) => point * weights[at % 3]"
            f" + {number}).filter((point) => point > {number % 13}); }}\n"
        )
