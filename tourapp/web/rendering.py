"""Turns templates and values into pages: the tour app's only door to Jinja.

Everything is escaped; what people wrote is shown as they wrote it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from tourapp.web.assets import Asset, read_sources
from tourapp.wire.delivery import Delivery

# Pages name their release, so a browser asks again each time.
PAGE_HEADERS = {"cache-control": "no-cache"}

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "pt": "Português",
    "ja": "日本語",
}


def euros(cents: int) -> str:
    """Write a price for people."""
    return f"€{cents / 100:.2f}" if cents else "Free"


def minutes(seconds: float) -> str:
    """Write a duration for people, to the nearest minute."""
    return f"{round(seconds / 60)} min"


def clock(seconds: float) -> str:
    """Write a short duration as players do: 1:35."""
    return f"{round(seconds) // 60}:{round(seconds) % 60:02}"


def megabytes(size: float) -> str:
    """Write bytes for people."""
    return f"{size / 1e6:.1f} MB"


def day(moment: datetime) -> str:
    """Write a date for people."""
    return f"{moment.day} {moment:%B %Y}"


def language(code: str) -> str:
    """Name a language in itself."""
    return LANGUAGES.get(code, code.upper())


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """The templates with all that every page is given.  `digest` changes with the templates and that."""

    templates: Environment
    digest: str
    delivery: Delivery

    def page(
        self, request: Request, template: str, values: Mapping[str, object], status: int = 200
    ) -> Response:
        """Render a page."""
        text = self.templates.get_template(template).render(values)
        return self.delivery.deliver(
            request,
            text.encode(),
            "text/html; charset=utf-8",
            status=status,
            headers=PAGE_HEADERS,
            revisits=status == HTTPStatus.OK,
        )


def make_renderer(
    *,
    release: str,
    cities: tuple[str, ...],
    assets: Mapping[str, Asset],
    defects: Mapping[str, float],
    defect_assets: Mapping[str, Asset],
    delivery: Delivery,
) -> Renderer:
    """Return the renderer of one running app."""
    templates = Environment(
        loader=PackageLoader("tourapp.web"),
        # The templates of a running release do not change, so no request has to look.
        auto_reload=False,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    templates.filters |= {
        "clock": clock,
        "day": day,
        "euros": euros,
        "language": language,
        "megabytes": megabytes,
        "minutes": minutes,
    }
    given: dict[str, object] = {
        "address": {name: asset.address for name, asset in assets.items()},
        "cities": cities,
        "defect_address": {name: asset.address for name, asset in defect_assets.items()},
        "defects": dict(defects),
        "release": release,
    }
    templates.globals |= given
    digest = hashlib.sha256(repr((given, read_sources("templates"))).encode()).hexdigest()[:12]
    return Renderer(templates=templates, digest=digest, delivery=delivery)
