"""Did the generator run out of something?  Such failures are its own, and not the subject's.  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from lab.kernel.model import Caveat
from scenarios.client.errors import GeneratorExhaustedError
from scenarios.window import Window

# Failures are counted by the names of their types.
_OWN = frozenset(
    {GeneratorExhaustedError.__name__, *(e.__name__ for e in GeneratorExhaustedError.__subclasses__())}
)


def caveats(window: Window) -> Iterator[Caveat]:
    """Yield the conviction of a generator that lacked something for even one request."""
    own = [failure for failure in window.failures if failure.what in _OWN]
    if own:
        count = sum(failure.count for failure in own)
        yield Caveat(
            code="generator-exhausted",
            advice=f"{count} requests failed because the generator itself lacked something: {own[0].example}",
            fatal=True,
        )
