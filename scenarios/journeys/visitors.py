"""All visitors of the tour app together, in the shares in which they come; logins are apart."""

from __future__ import annotations

# Locust walks every user class that it finds in a module; the shares are their weights.
from scenarios.journeys.browse import Browser
from scenarios.journeys.download import Downloader
from scenarios.journeys.near import Passerby
from scenarios.journeys.preview import Listener
from scenarios.journeys.review import Reviewer
from scenarios.journeys.sync import Returner
from scenarios.journeys.walk import Walker

__all__ = ["Browser", "Downloader", "Listener", "Passerby", "Returner", "Reviewer", "Walker"]
