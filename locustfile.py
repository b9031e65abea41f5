"""Locust's own way in: ``locust -f locustfile.py --host URL``, with its web page or --headless.

Names the journeys that are walked, and records them; ``--profile NAME`` follows a profile's shape.
"""

from scenarios.engine.standalone import record
from scenarios.journeys.visitors import (
    Browser,
    Downloader,
    Listener,
    Passerby,
    Returner,
    Reviewer,
    Walker,
)

__all__ = ["Browser", "Downloader", "Listener", "Passerby", "Returner", "Reviewer", "Walker"]

record()
