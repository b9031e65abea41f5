"""Locust's own way in: ``locust -f locustfile.py --host URL``, with its web page or --headless.

Names the journeys that are walked, and records them; ``--profile NAME`` follows a profile's shape.
"""

from scenarios.engine.standalone import record
from scenarios.journeys.browse import Browser

__all__ = ["Browser"]

record()
