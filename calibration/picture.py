"""The points of ``curves`` as static SVG, for a light page and for a dark one.

Vega-Lite draws and vl-convert renders it without a browser, as for reports.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from typing import Any

import vl_convert

from calibration.curves import NOISES, Point
from calibration.rates import Rate


class Theme(enum.Enum):
    """The page that a picture lies on."""

    LIGHT = "light"
    DARK = "dark"


# Ink and grid of GitHub's pages, where docs are read; on others they are as readable.
_INK = {Theme.LIGHT: "#1f2328", Theme.DARK: "#e6edf3"}
_GRID = {Theme.LIGHT: "#d8dce1", Theme.DARK: "#3d444d"}
# Okabe and Ito's hues, dark enough on white and light enough on black for 3:1; dashes differ as well.
_COLOURS = {
    Theme.LIGHT: ("#0072B2", "#0F8A68", "#9C7100", "#D55E00", "#A65A9A"),
    Theme.DARK: ("#56B4E9", "#2FBF94", "#E0B12B", "#F08A45", "#D694C9"),
}
_DASHES = ([1, 0], [8, 3], [4, 2], [2, 2], [8, 3, 2, 3])
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
_WIDTH, _HEIGHT = 380, 260


def svg(points: Sequence[Point], margins: tuple[float, float], theme: Theme) -> str:
    """Return both panels, the share blocked and the share passed, against the true change.

    *margins* are where the gate's fail and accept margins lie.
    """
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "hconcat": [
            _panel(f"Blocked: shown to be beyond {margins[0]:.0%}", "blocked", margins[0], points, theme),
            _panel(f"Passed: shown to be below {margins[1]:.0%}", "passed", margins[1], points, theme),
        ],
        "spacing": 30,
        "config": _config(theme),
    }
    # No base address is allowed, so that nothing can be fetched whatever a specification says.
    return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))


def _panel(title: str, event: str, margin: float, points: Sequence[Point], theme: Theme) -> dict[str, Any]:
    """Draw one panel: a rule where the margin lies, and for each noise a line with its intervals."""
    marks: list[dict[str, Any]] = [
        {"mark": {"type": "rule", "opacity": 0.5}, "encoding": {"y": _share("low"), "y2": {"field": "high"}}},
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": _noise("strokeDash", _DASHES)},
        {
            "mark": {"type": "point", "filled": True, "size": 45, "opacity": 1},
            "encoding": _noise("shape", _SHAPES),
        },
    ]
    for mark in marks:
        mark["encoding"] = {"y": _share("share")} | mark["encoding"] | _noise("color", _COLOURS[theme])
    rule = {
        "data": {"values": [{"change": margin}]},
        "mark": {"type": "rule", "color": _INK[theme], "strokeDash": [2, 3]},
    }
    change = {"title": "true slowdown of one of 20 metrics", "format": ".0%", "tickCount": 8}
    return {
        "title": title,
        "width": _WIDTH,
        "height": _HEIGHT,
        "data": {"values": list(_rows(points, event))},
        "encoding": {"x": {"field": "change", "type": "quantitative", "axis": change}},
        "layer": [rule, *marks],
    }


def _share(field: str) -> dict[str, Any]:
    axis = {"title": "share of gates", "format": ".0%", "tickCount": 6}
    return {"field": field, "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": axis}


def _noise(channel: str, looks: Sequence[object]) -> dict[str, Any]:
    legend = {
        "title": "CV of a trial",
        "orient": "bottom",
        "symbolSize": 90,
        "symbolStrokeWidth": 0,
        "symbolOpacity": 1,
    }
    scale = {"domain": [f"{cv:.1%}" for cv in NOISES], "range": list(looks)}
    return {channel: {"field": "cv", "type": "nominal", "scale": scale, "legend": legend}}


def _rows(points: Sequence[Point], event: str) -> Iterator[dict[str, Any]]:
    for point in points:
        rate: Rate = getattr(point, event)
        low, high = rate.interval
        yield {
            "cv": f"{point.cv:.1%}",
            "change": point.change,
            "share": rate.share,
            "low": low,
            "high": high,
        }


def _config(theme: Theme) -> dict[str, Any]:
    ink, grid = _INK[theme], _GRID[theme]
    return {
        "aria": False,
        "background": None,
        "font": "sans-serif",
        "view": {"stroke": None},
        "title": {"color": ink, "fontSize": 13, "anchor": "start"},
        "legend": {"labelColor": ink, "titleColor": ink, "labelFontSize": 12, "titleFontSize": 12},
        "axis": {
            "gridColor": grid,
            "domainColor": grid,
            "tickColor": grid,
            "labelColor": ink,
            "titleColor": ink,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
    }
