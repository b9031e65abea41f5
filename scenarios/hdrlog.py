"""Writes frames as an HdrHistogram interval log, which any HDR plotter opens.

One interval per second and endpoint, tagged with the endpoint; response times from the intended
start, in microseconds, lossless (the index is HdrHistogram's own).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from hdrh.histogram import HdrHistogram

from lab.kernel.histogram import HIGHEST_MICROSECONDS, Histogram
from lab.kernel.record import replacing
from scenarios.engine.frames import Frame, Kind


def write(path: Path, frames: Iterable[Frame], started_at: datetime) -> None:
    """Write the response times of *frames* to *path*, one by one; roll-ups become longer intervals."""
    start = started_at.timestamp()
    head = (
        "#[Histogram log format version 1.3]",
        "#[Response times from the intended start, in microseconds]",
        f"#[StartTime: {start:.3f} (seconds since epoch), {started_at.isoformat()}]",
        f"#[BaseTime: {start:.3f} (seconds since epoch)]",
        '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    )
    with replacing(path) as file:
        file.writelines(f"{line}\n".encode() for line in head)
        for frame in frames:
            # What came while users were stopped is no interval of the load.
            if frame.closing:
                continue
            for endpoint, _, histogram in frame.histograms(Kind.RESPONSE):
                file.write(f"{_interval(frame, endpoint, histogram)}\n".encode())


def _interval(frame: Frame, endpoint: str, histogram: Histogram) -> str:
    encoded = HdrHistogram(1, HIGHEST_MICROSECONDS, 3)
    for low, _, count in histogram.buckets():
        encoded.record_value(low, count)
    # A tag must not contain commas, blanks or line breaks (HdrHistogram log format).
    tag = re.sub(r"[\s,]+", "_", endpoint)
    # The maximum is printed in milliseconds, as the format's usual scale of 10^6 over nanoseconds does.
    highest = encoded.get_max_value() / 1000
    return f"Tag={tag},{frame.second:.3f},{frame.span:.3f},{highest:.3f},{encoded.encode().decode('ascii')}"
