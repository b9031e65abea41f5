"""When the page's first byte came, and when a visitor first saw something of it."""

from __future__ import annotations

from devices.artifacts import Artifacts, Document, Paint
from devices.metrics.readings import Readings
from lab.kernel.model import Caveat

# Chromium coarsens the presentation time of a frame to 4 ms unless the page is cross-origin
# isolated (W3C Paint Timing, "coarsened presentation time"); seen in every one of 140 visits.
_PRESENTED_RESOLUTION = 0.004
# High Resolution Time: 0.1 ms for pages that are not isolated, 5 us for those that are.
_COARSE_CLOCK = 0.0001
_FINE_CLOCK = 0.000005


def read(artifacts: Artifacts) -> Readings:
    """Return ``ttfb`` and ``fcp``, as far as the visit got."""
    return _first_byte(artifacts).joined(_first_content(artifacts))


def _first_byte(artifacts: Artifacts) -> Readings:
    # Navigation Timing's responseStart is stamped below the emulated line: it says 5 ms on a line
    # with a round trip of 85 ms.  The response's arrival in the browser includes the line.
    answered = [transfer.answered for transfer in artifacts.transfers if transfer.document]
    if not answered or answered[-1] is None:
        return Readings()
    return Readings(values={"ttfb": answered[-1]})


def _first_content(artifacts: Artifacts) -> Readings:
    document = artifacts.document
    if document is None or (paint := document.first_content) is None:
        return Readings()
    # As web-vitals does (src/onFCP.ts): a page that was hidden before it painted has no FCP.
    if document.hidden_at is not None and document.hidden_at < paint.start:
        return Readings(caveats=(_HIDDEN,))
    return Readings(
        values={"fcp": max(paint.start - document.activation_start, 0.0)},
        resolutions={"fcp": _resolution(paint, document)},
    )


def _resolution(paint: Paint, document: Document) -> float:
    if document.isolated:
        return _FINE_CLOCK
    presented = paint.painted is not None and paint.painted != paint.start
    return _PRESENTED_RESOLUTION if presented else _COARSE_CLOCK


_HIDDEN = Caveat(
    code="hidden-page",
    advice="the page was hidden before it painted, so it has no first contentful paint; "
    "see whether it opens another window.",
    fatal=True,
)
