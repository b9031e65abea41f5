"""Which texts decide what a journey does: its own file, and those of this package that it leans on.  Pure.

A journey may be imports only, and what its users do stands elsewhere; so its file alone does not tell
whether two runs walked the same journey.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

PACKAGE = "scenarios"


def leaned_on(source: bytes, read: Callable[[str], bytes | None]) -> dict[str, bytes]:
    """Return the modules of this package that *source* imports, and those that they import, sorted by name.

    *read* gives the text of the module of a dotted name, or None where there is none.
    """
    found: dict[str, bytes] = {}
    waiting = list(_imported(source))
    while waiting:
        name = waiting.pop()
        text = None if name in found else read(name)
        if text is not None:
            found[name] = text
            waiting += _imported(text)
    return dict(sorted(found.items()))


def _imported(source: bytes) -> Iterator[str]:
    """Yield the dotted names that *source* imports of this package, those from within modules too."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        # Whoever runs it will say so.
        return
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # "from scenarios.tours import checks" may name a module, or what is in one.
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        yield from (name for name in names if name.startswith(f"{PACKAGE}."))
