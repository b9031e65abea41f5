"""Why requests failed in the steady seconds of a run's trials, those of INVALID trials too.  Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A kind of failure at one endpoint of a case: how often in all its trials, and one redacted example.

    The endpoint is ``task`` where no request failed, but the journey's own code.
    """

    case: str
    endpoint: str
    what: str
    count: int
    example: str

    @property
    def where(self) -> str:
        """Return the endpoint, in words."""
        return "the journey's own code" if self.endpoint == "task" else self.endpoint
