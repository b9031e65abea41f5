"""Repeats a simulated gate with seeds that depend on nothing but its name, and counts what happened."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial

import numpy as np

from calibration.rates import Rate

# One gate: draws it, judges it, and says of each event whether it happened.
Simulation = Callable[[np.random.Generator], Sequence[bool]]
# The built-in map, or that of a pool of processes.
Mapper = Callable[[Callable[[int], list[int]], Iterable[int]], Iterable[list[int]]]

SEED = 20_261_124
# Gates of one batch: a few seconds, so that processes finish together.
_BATCH = 50


def rates(simulation: Simulation, name: str, count: int, mapper: Mapper = map) -> list[Rate]:
    """Return how often each event of *simulation* happened in *count* gates.

    The same whatever *mapper* shares the batches between, and whatever else is counted.
    """
    batches = range(0, count, _BATCH)
    sums = [sum(hits) for hits in zip(*mapper(partial(_hits, simulation, name, count), batches), strict=True)]
    return [Rate(hits=hits, count=count) for hits in sums]


def _hits(simulation: Simulation, name: str, count: int, first: int) -> list[int]:
    rng = np.random.default_rng([SEED, zlib.crc32(name.encode()), first])
    gates = [simulation(rng) for _ in range(first, min(first + _BATCH, count))]
    return [sum(map(bool, events)) for events in zip(*gates, strict=True)]


@contextmanager
def working(workers: int) -> Iterator[Mapper]:
    """Give a map that shares its work between so many processes; one is this process."""
    if workers == 1:
        yield map
        return
    with ProcessPoolExecutor(workers) as pool:
        yield pool.map
