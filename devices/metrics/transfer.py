"""How many bytes the page made the phone receive, and in how many transfers.

Counted from the own requests of the page that a journey opens first; its walk is not counted.  Not seen
here: what a service worker, a worker or a frame of another site fetches, WebSocket frames, and what TCP
and TLS add.
"""

from __future__ import annotations

from devices.artifacts import Artifacts
from devices.metrics.readings import Readings


def read(artifacts: Artifacts) -> Readings:
    """Return ``transfer`` and ``transfers``: redirects and failures count, cache hits do not."""
    received = [transfer for transfer in artifacts.transfers if not transfer.cached]
    if not received:
        return Readings()
    return Readings(
        values={
            "transfer": float(sum(transfer.size for transfer in received)),
            "transfers": float(len(received)),
        }
    )
