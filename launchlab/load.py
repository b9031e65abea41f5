"""The public names for authors of load journeys: ``from launchlab.load import LoadUser, task``.

Importing this module imports Locust, so it belongs into locustfiles only.
"""

from __future__ import annotations

from locust import task

from launchlab.namesakes import ours

with ours():
    from scenarios.engine.rows import Rows
    from scenarios.engine.standalone import record
    from scenarios.engine.users import LoadUser, pacing, think

__all__ = ["LoadUser", "Rows", "pacing", "record", "task", "think"]
