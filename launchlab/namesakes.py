"""Our top-level packages have common names; a user's project may have its own ``scenarios`` or ``lab``.

Inside a Locust process ours are loaded first and then make way, so that the user's file finds the
user's packages.  What is loaded goes on working; only the names are given back.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_OURS = {"benchmarks", "devices", "lab", "profiles", "reports", "scenarios", "tourapp"}


def make_way() -> None:
    """Give our names back; ``launchlab.load``, the public names, stays."""
    for name in _loaded():
        del sys.modules[name]


@contextmanager
def ours() -> Iterator[None]:
    """While in it, our names mean our packages; afterwards what they meant before."""
    if not _taken():
        yield
        return
    theirs = {name: sys.modules.pop(name) for name in _loaded()}
    sys.path.insert(0, str(_ROOT))
    try:
        yield
    finally:
        sys.path.remove(str(_ROOT))
        make_way()
        sys.modules.update(theirs)


def _loaded() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] in _OURS]


def _taken() -> bool:
    """Whether one of our names means somebody else's package here."""
    specs = [importlib.util.find_spec(name) for name in _OURS]
    places = [place for spec in specs if spec for place in spec.submodule_search_locations or (spec.origin,)]
    return any(place is None or Path(place).parent != _ROOT for place in places)
