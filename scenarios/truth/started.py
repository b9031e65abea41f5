"""Starts a truth server as a child process, and asks it what it knows."""

from __future__ import annotations

import http.client
import re
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lab.engine.process import Child
from lab.kernel.errors import DriverError
from scenarios.truth.ledger import Truth
from scenarios.truth.server import TRUTH

# Between two looks at a server that is starting, and how long it may take to: seconds.
_POLL = 0.02
_PATIENCE = 30.0
# The line with which it says where it is, once that is written to its end.
_ADDRESS = re.compile(r"^(http://\S+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A truth server that runs."""

    url: str
    child: Child

    def truth(self) -> Truth:
        """Ask what it has written down so far.  Raises DriverError when it does not say."""
        try:
            with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_PATIENCE)) as line:
                line.request("GET", TRUTH)
                return Truth.read(line.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            raise DriverError(
                f"the truth server at {self.url} does not tell: {error!r}.\n{self.child.tail()}"
            ) from error


@contextmanager
def truth_server(folder: Path, *options: str) -> Iterator[Started]:
    """Start one with the *options* of its command, its words in *folder*; it ends with the context.

    Raises DriverError when it does not start.
    """
    log = folder / "truth.log"
    # -P: a project's own folder named scenarios must not stand before ours.
    with Child([sys.executable, "-P", "-m", "scenarios.truth", *options], log=log) as child:
        deadline = time.monotonic() + _PATIENCE
        while not (said := _ADDRESS.search(log.read_text(encoding="utf-8"))):
            if not child.running or time.monotonic() > deadline:
                raise DriverError(f"the truth server does not start.  Its last lines:\n{child.tail()}")
            time.sleep(_POLL)
        yield Started(url=said[1], child=child)
