"""Page models to one HTML file; the only door to Jinja.

The file has no script and loads nothing.  Its content policy allows its one stylesheet, by hash,
and nothing else, so that even a hole in the escaping would have nothing to run.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import charts, timelines
from reports.history import TRIAGE
from reports.model import HistoryPage, Page
from reports.text import visible

# The drawings that a figure has: for a page or a sheet of paper, and for a phone.
_WIDE, _NARROW = 860, 320


def render(page: Page) -> str:
    """Return *page* as one self-contained HTML document."""
    drawings = {figure.anchor: _drawings(partial(charts.svg, figure)) for figure in page.figures}
    return _rendered("page.html", page=page, drawings=drawings)


def render_history(page: HistoryPage) -> str:
    """Return *page* as one self-contained HTML document."""
    drawings = {each.anchor: _drawings(partial(timelines.svg, each.timeline)) for each in page.chapters}
    return _rendered("history.html", page=page, drawings=drawings, triage=TRIAGE)


def _rendered(name: str, **content: object) -> str:
    environment = _environment()
    style = _source(environment, "page.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    # Our own stylesheet.
    return environment.get_template(name).render(style=Markup(style), policy=policy, **content)  # noqa: S704


def _drawings(svg: Callable[[int], str]) -> tuple[Markup, Markup]:
    # Every text in a drawing was written by an XML serialiser.
    wide, narrow = (Markup(svg(width)) for width in (_WIDE, _NARROW))  # noqa: S704
    return wide, narrow


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_seen,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _seen(value: object) -> object:
    """Let no control character through, whatever a view forgot."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _source(environment: Environment, name: str) -> str:
    if environment.loader is None:
        raise ValueError("the environment has no loader")
    return environment.loader.get_source(environment, name)[0]
