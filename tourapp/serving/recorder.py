"""Writes down every few seconds what the worker uses and what went wrong in it."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tourapp.serving.observing import FailureLog
from tourapp.site import Site
from tourapp.store.telemetry import Failure, Sample
from tourapp.telemetry.usage import usage

# Seconds between two samples: twelve in the shortest load trial, and one commit each.
SAMPLE_PAUSE = 5.0

log = logging.getLogger(__name__)


@asynccontextmanager
async def recording(site: Site, worker: int, failures: FailureLog) -> AsyncIterator[None]:
    """Record while the app is open, and once more at its end."""
    sampling = asyncio.create_task(_sample_on(site, worker, failures))
    yield
    sampling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sampling
    await _record(site, worker, failures)


async def _sample_on(site: Site, worker: int, failures: FailureLog) -> None:
    while True:
        await _record(site, worker, failures)
        await asyncio.sleep(SAMPLE_PAUSE)


async def _record(site: Site, worker: int, failures: FailureLog) -> None:
    """Record once; whatever prevents it, the app goes on without."""
    taken: list[Failure] = []
    try:
        values = site.metrics.worker(await asyncio.to_thread(usage))
        sample = Sample(sampled_at=site.clock(), worker=worker, values=values)
        # Taken at the last moment: from here on they are written, even when nobody waits for it any more.
        taken = failures.taken()
        await site.telemetry.record(sample, taken)
    except Exception:
        failures.put_back(taken)
        log.exception("the app could not record what it uses")
