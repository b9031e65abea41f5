"""The parts of a site as the defects at work make them; without a defect, the sound ones."""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

from tourapp.defects.defect import Defect, Defects
from tourapp.defects.pool import PooledLogbook
from tourapp.defects.queries import OneByOne, lose_index
from tourapp.serving.delivery import Delivery
from tourapp.store.catalogue import Catalogue
from tourapp.store.logbook import Logbook


def catalogue_of(defects: Defects, connection: sqlite3.Connection) -> Catalogue:
    """Return the catalogue over this connection."""
    rows = defects.get(Defect.MISSING_INDEX)
    if rows is not None:
        lose_index(connection, round(rows))
    return OneByOne(connection) if Defect.N_PLUS_ONE in defects else Catalogue(connection)


def logbook_of(defects: Defects, path: Path, pause: Callable[[float], Awaitable[None]]) -> Logbook:
    """Open the logbook at this path."""
    connections = defects.get(Defect.POOL_EXHAUSTION)
    return Logbook(path) if connections is None else PooledLogbook(path, round(connections), pause)


def delivery_of(defects: Defects) -> Delivery:
    """Return how bodies leave."""
    return Delivery(
        compresses=Defect.NO_COMPRESSION not in defects,
        validates=Defect.NO_ETAG not in defects,
    )
