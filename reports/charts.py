"""Series to static SVG: one dot per trial, the mean with its interval, the limit as a rule.

Vega-Lite draws, vl-convert renders it without a browser and without the network.  The
specification is a plain dict: importing altair takes longer (0.8 s) than building a whole page
may, and would only write the same dict.

Places on the vertical axis are pixels that are computed here, so names of the subject are only
ever text that is drawn, never part of a scale, an expression or an address.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import vl_convert

from lab.kernel.units import Unit, number, scale_for
from reports.figures import center
from reports.model import Dots, Figure, Strip
from reports.text import plain

# Okabe and Ito's colours, darkened to 3:1 on white and on the dark page.  Shapes differ as well.
COLOURS = ("#0072B2", "#0F8A68", "#D55E00", "#A65A9A", "#7A7A7A", "#9C7100")
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
INK = "#1f2328"
LIMIT = "#B3261E"
_GRID = "#d8dce1"

# Vertical places in pixels: a heading, a line per release, the limit's label, air.
_HEADING = 24
_LINE = 18
_FOOT = 16
_AIR = 14
# Dots step aside, so that equal trials do not hide each other.
_SPREAD = (0.0, -4.0, 4.0, -2.0, 2.0)
# Wider than this between the least and the greatest value, and the small ones vanish on a linear scale.
_LOG_FROM = 8.0
# A label takes about this many pixels a character at the charts' 12 px.
CHARACTER = 6.6
_RELEASE_CHARACTERS = 18

_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class _Scale:
    """The horizontal scale that a chart's values need; *factor* turns seconds into its unit."""

    low: float
    high: float
    logarithmic: bool
    factor: float
    suffix: str

    @classmethod
    def over(cls, strips: Sequence[Strip]) -> _Scale:
        values = list(_values(strips))
        low, high = min(values), max(values)
        logarithmic = low > 0 and high / low > _LOG_FROM
        factor, suffix = scale_for(low if logarithmic else high, Unit.SECOND)
        if logarithmic:
            return cls(low / 1.4, high * 1.4, logarithmic, factor, suffix)
        return cls(0.0, high * 1.1 or factor, logarithmic, factor, suffix)

    def share(self, value: float) -> float:
        """Return where *value* stands between the ends, from 0 to 1; what cannot be drawn lies outside."""
        if self.logarithmic and value > 0:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return value / self.high

    def show(self, value: float) -> str:
        """Write *value* in the unit of the axis."""
        return f"{number(value / self.factor)} {self.suffix}"

    def ticks(self, room: int) -> list[float]:
        """Return at most *room* round numbers in the chart's unit."""
        low, high = self.low / self.factor, self.high / self.factor
        decades = range(math.floor(math.log10(low or high)) - 1, math.ceil(math.log10(high)) + 1)
        steps = ((1, 2, 5), (1, 3), (1,)) if self.logarithmic else ()
        for step in steps:
            ticks = [digit * 10.0**decade for decade in decades for digit in step]
            inside = [tick for tick in ticks if low <= tick <= high]
            if len(inside) <= room:
                return inside
        return []


def svg(figure: Figure, width: int) -> str:
    """Return *figure* as an SVG element, drawn for *width* pixels.  Its ids start with its anchor."""
    return drawn(_specification(figure, width), f"{figure.anchor}-{width}", figure.title, figure.description)


def drawn(specification: Mapping[str, Any], anchor: str, title: str, description: str) -> str:
    """Return a Vega-Lite *specification* as an SVG element with a name; its ids start with *anchor*."""
    # No base address is allowed, so that nothing can be fetched whatever a specification says.
    made = vl_convert.vegalite_to_svg(dict(specification), allowed_base_urls=[])
    root = ET.fromstring(made)  # noqa: S314  (our own converter wrote it)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        for name in [name for name in element.attrib if name.startswith("aria-") or name == "role"]:
            del element.attrib[name]
    return _named(root, anchor, title, description)


def _named(root: ET.Element, anchor: str, title: str, description: str) -> str:
    """Give the drawing its name and description; what is inside is presentation to a screen reader."""
    name = ET.Element("title", {"id": f"{anchor}-title"})
    name.text = title
    told = ET.Element("desc", {"id": f"{anchor}-desc"})
    told.text = description
    root[:0] = [name, told]
    root.attrib.update(
        {"role": "img", "aria-labelledby": f"{anchor}-title", "aria-describedby": f"{anchor}-desc"}
    )
    return ET.tostring(root, encoding="unicode")


def _specification(figure: Figure, width: int) -> dict[str, Any]:
    scale = _Scale.over(figure.strips)
    tops = [0]
    for strip in figure.strips:
        tops.append(tops[-1] + _HEADING + _LINE * len(strip.dots) + (_FOOT if strip.limit else 0) + _AIR)
    layers = [
        layer
        for strip, top in zip(figure.strips, tops, strict=False)
        for layer in _strip(strip, top, scale, width, figure.releases)
    ]
    horizontal: dict[str, Any] = {
        "type": "log" if scale.logarithmic else "linear",
        "domain": [scale.low / scale.factor, scale.high / scale.factor],
        "nice": False,
    }
    title = f"{scale.suffix}, logarithmic scale" if scale.logarithmic else scale.suffix
    axis: dict[str, Any] = {"title": title, "format": ",~r", "grid": True}
    room = width // 60
    axis |= {"values": scale.ticks(room)} if scale.logarithmic else {"tickCount": room}
    vertical = {"domain": [0, tops[-1]], "range": [0, tops[-1]], "nice": False, "zero": False}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": width,
        "height": tops[-1],
        "autosize": {"type": "fit-x", "contains": "padding"},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "scale": horizontal, "axis": axis},
            "y": {"field": "y", "type": "quantitative", "scale": vertical, "axis": None},
        },
        "layer": layers,
        "config": CONFIG,
    }


# No description per mark, no background and no frame: the page has them.
CONFIG: Mapping[str, Any] = {
    "aria": False,
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "gridColor": _GRID,
        "domainColor": _GRID,
        "tickColor": _GRID,
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
}


def _strip(
    strip: Strip, top: int, scale: _Scale, width: int, releases: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Draw one row: heading, limit, and a line of dots per release."""
    label = plain(strip.label, int(width / CHARACTER) - 2)
    yield text_mark(label, scale.low / scale.factor, top + 12, fontWeight="bold")
    bottom = top + _HEADING + _LINE * len(strip.dots)
    if strip.limit is not None:
        yield from _limit(strip.limit, (top + _HEADING - 4, bottom + 2), scale)
    for line, dots in enumerate(strip.dots):
        middle = top + _HEADING + _LINE * line + _LINE / 2
        yield from _dots(dots, middle, scale)
        name = f"{plain(releases[dots.series], _RELEASE_CHARACTERS)}: {scale.show(center(dots))}"
        ends = _ends(dots, scale)
        right = _right(ends, strip.limit, scale, (len(name) + 2) * CHARACTER / width)
        edge = ends[1 if right else 0] / scale.factor
        yield text_mark(name, edge, middle, align="left" if right else "right", dx=10 if right else -10)


def _limit(limit: float, ends: tuple[float, float], scale: _Scale) -> Iterator[dict[str, Any]]:
    place = {"x": limit / scale.factor, "y": ends[0], "y2": ends[1]}
    yield {
        "data": {"values": [place]},
        "mark": {"type": "rule", "color": LIMIT, "strokeWidth": 2, "strokeDash": [6, 3]},
        "encoding": {"y2": {"field": "y2"}},
    }
    # Near an end of the scale the label turns inwards.
    share = scale.share(limit)
    align = "left" if share < 1 / 4 else "right" if share > 3 / 4 else "center"
    yield text_mark(f"limit {scale.show(limit)}", place["x"], ends[1] + 9, color=LIMIT, align=align)


def _dots(dots: Dots, middle: float, scale: _Scale) -> Iterator[dict[str, Any]]:
    colour, shape = COLOURS[dots.series % len(COLOURS)], _SHAPES[dots.series % len(_SHAPES)]
    if dots.mean is not None:
        low = max(dots.mean.low, scale.low)
        yield {
            "data": {"values": [{"x": low / scale.factor, "x2": dots.mean.high / scale.factor, "y": middle}]},
            "mark": {"type": "rule", "color": colour, "strokeWidth": 9, "opacity": 0.35},
            "encoding": {"x2": {"field": "x2"}},
        }
    yield {
        "data": {
            "values": [
                {"x": value / scale.factor, "y": middle + _SPREAD[place % len(_SPREAD)]}
                for place, value in enumerate(dots.values)
            ]
        },
        "mark": {
            "type": "point",
            "shape": shape,
            "filled": True,
            "fill": colour,
            "size": 30,
            "opacity": 0.8,
        },
    }
    yield {
        "data": {"values": [{"x": center(dots) / scale.factor, "y": middle}]},
        "mark": {"type": "tick", "orient": "vertical", "color": INK, "thickness": 1.5, "size": 17},
    }


def _ends(dots: Dots, scale: _Scale) -> tuple[float, float]:
    """Return where a line of dots begins and ends, its bar included."""
    bar = (max(dots.mean.low, scale.low), dots.mean.high) if dots.mean else ()
    drawn = (*dots.values, *bar)
    return min(drawn), max(drawn)


def _right(ends: tuple[float, float], limit: float | None, scale: _Scale, length: float) -> bool:
    """Choose the side on which a line's name stands: where it fits, if it can be off the limit's rule."""
    least, most, rule = (scale.share(value) for value in (*ends, limit or -1.0))
    free = not most < rule < most + length
    return most + length <= 1 and (free or least - length < rule < least)


def text_mark(text: str, x: float, y: float, **look: Any) -> dict[str, Any]:
    """Return the layer of one text at a place of the scales."""
    mark = {"type": "text", "align": "left", "color": INK, "fontSize": 12, "baseline": "middle"}
    return {
        "data": {"values": [{"text": text, "x": x, "y": y}]},
        "mark": mark | look,
        "encoding": {"text": {"field": "text", "type": "nominal"}},
    }


def _values(strips: Sequence[Strip]) -> Iterator[float]:
    for strip in strips:
        yield from () if strip.limit is None else (strip.limit,)
        for dots in strip.dots:
            yield from dots.values
            yield from () if dots.mean is None else (dots.mean.high,)
