"""How a load is made, whatever the load is.  Quick to import: the command line offers its choices."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Client(enum.StrEnum):
    """What FastHttpUsers send their requests with."""

    LAUNCHLAB = "launchlab"
    GEVENTHTTPCLIENT = "geventhttpclient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """The Locust processes of a load, and what they send with.

    *insecure* leaves certificates unverified, where a user's class does not say otherwise.  *processes* is
    how many Locust processes make each load together; None for as many as its profile takes.
    """

    client: Client = Client.LAUNCHLAB
    insecure: bool = False
    processes: int | None = None
