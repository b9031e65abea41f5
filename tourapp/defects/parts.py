"""The parts of a site as the defects at work make them; without a defect, the sound ones."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from tourapp.clock import Clock, Pause
from tourapp.defects.pool import PooledLogbook
from tourapp.defects.queries import OneByOne, lose_index
from tourapp.defects.stampede import Stampede
from tourapp.registry.defect import Defect, Defects
from tourapp.store.catalogue import Catalogue
from tourapp.store.kept import Visit
from tourapp.store.logbook import Logbook
from tourapp.store.towns import Towns
from tourapp.wire.delivery import Delivery


def catalogue_of(defects: Defects, connection: sqlite3.Connection) -> Catalogue:
    """Return the catalogue over this connection."""
    rows = defects.get(Defect.MISSING_INDEX)
    if rows is not None:
        lose_index(connection, round(rows))
    return OneByOne(connection) if Defect.N_PLUS_ONE in defects else Catalogue(connection)


def towns_of(defects: Defects, path: Path, *, clock: Clock, visited: Callable[[Visit], None]) -> Towns:
    """Return the cities of the catalogue at this path."""
    seconds = defects.get(Defect.CACHE_STAMPEDE)
    if seconds is None:
        return Towns(path, clock=clock, visited=visited)
    return Towns(path, clock=clock, visited=visited, seconds=seconds, keeping=Stampede)


def logbook_of(
    defects: Defects,
    path: Path,
    *,
    committed: Callable[[int, float], None],
    pause: Pause,
) -> Logbook:
    """Open the logbook at this path."""
    connections = defects.get(Defect.POOL_EXHAUSTION)
    if connections is None:
        return Logbook(path, committed)
    return PooledLogbook(path, committed, connections=round(connections), pause=pause)


def delivery_of(defects: Defects) -> Delivery:
    """Return how bodies leave."""
    return Delivery(
        compresses=Defect.NO_COMPRESSION not in defects,
        validates=Defect.NO_ETAG not in defects,
    )
