"""Writes frames as an HdrHistogram interval log, which any HDR plotter opens.

One interval per second and endpoint, tagged with the endpoint; response times from the intended
start, in microseconds, lossless (the index is HdrHistogram's own).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from hdrh.histogram import HdrHistogram

from lab.kernel.histogram import HIGHEST_MICROSECONDS, Histogram
from lab.kernel.record import write_text
from scenarios.engine.frames import Frame, Kind


def write(path: Path, frames: Sequence[Frame], started_at: datetime) -> None:
    """Write the response times of *frames* to *path*."""
    start = started_at.timestamp()
    lines = [
        "#[Histogram log format version 1.3]",
        "#[Response times from the intended start, in microseconds]",
        f"#[StartTime: {start:.3f} (seconds since epoch), {started_at.isoformat()}]",
        f"#[BaseTime: {start:.3f} (seconds since epoch)]",
        '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ]
    for frame in frames:
        for endpoint, kind, histogram in frame.histograms():
            if kind is Kind.RESPONSE:
                lines.append(_interval(frame.second, endpoint, histogram))
    write_text(path, "\n".join(lines) + "\n")


def _interval(second: int, endpoint: str, histogram: Histogram) -> str:
    encoded = HdrHistogram(1, HIGHEST_MICROSECONDS, 3)
    for low, _, count in histogram.buckets():
        encoded.record_value(low, count)
    # A tag must not contain commas, blanks or line breaks (HdrHistogram log format).
    tag = re.sub(r"[\s,]+", "_", endpoint)
    # The maximum is printed in milliseconds, as the format's usual scale of 10^6 over nanoseconds does.
    highest = encoded.get_max_value() / 1000
    return f"Tag={tag},{second:.3f},1.000,{highest:.3f},{encoded.encode().decode('ascii')}"
