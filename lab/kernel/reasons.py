"""Why requests failed, in one run.  Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A kind of failure at one endpoint of a case: how often in all its trials, and one redacted example."""

    case: str
    endpoint: str
    what: str
    count: int
    example: str
