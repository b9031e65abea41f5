"""What browsers show: pages, files, pictures; rendered here, so that the first paint has real tours."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tourapp.content import landscape
from tourapp.content.seed import TOURS
from tourapp.defects.defect import Defect
from tourapp.site import Site
from tourapp.store.catalogue import Page
from tourapp.web import inputs
from tourapp.web.assets import Asset, read_assets

# Cards on one page of the list.
PAGE_LENGTH = 24

# Pages name their release, so a browser asks again each time; files change their address with their bytes.
PAGE_HEADERS = {"cache-control": "no-cache"}
FILE_HEADERS = {"cache-control": "public, max-age=31536000, immutable"}
PICTURE_HEADERS = {"cache-control": "public, max-age=86400"}

BLOCKING_SCRIPT = "blocking.js"


def euros(cents: int) -> str:
    """Write a price for people."""
    return f"€{cents / 100:.2f}" if cents else "Free"


def minutes(seconds: float) -> str:
    """Write a duration for people, to the nearest minute."""
    return f"{round(seconds / 60)} min"


@dataclass(frozen=True, slots=True)
class Pages:
    """The handlers of everything that a browser shows."""

    site: Site
    assets: Mapping[str, Asset] = field(default_factory=read_assets)
    templates: Environment = field(init=False)

    def __post_init__(self) -> None:
        templates = Environment(
            loader=PackageLoader("tourapp.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        templates.filters |= {"euros": euros, "minutes": minutes}
        templates.globals |= {
            "release": self.site.settings.release,
            "address": {name: asset.address for name, asset in self.assets.items()},
            "blocking": Defect.BLOCKING_SCRIPT in self.site.settings.defects,
            "cities": self.site.catalogue.cities(),
        }
        object.__setattr__(self, "templates", templates)

    def routes(self) -> list[Route]:
        """Return the routes of the pages."""
        return [
            Route("/", self.tours, methods=["GET"]),
            Route("/tours/{tour_id}", self.tour, methods=["GET"]),
            Route("/static/{name}", self.file, methods=["GET"]),
            Route("/pictures/{tour_id}.svg", self.picture, methods=["GET"]),
        ]

    async def tours(self, request: Request) -> Response:
        """List tours: the search for `q` if there is one, else the city's or all by popularity."""
        query = request.query_params.get("q", "").strip()
        city = inputs.city(request)
        if query:
            cards = await self.site.search(inputs.search_text(request), PAGE_LENGTH)
            page = Page(cards=cards, following=None)
        else:
            page = self.site.catalogue.page(
                city=city, language=None, after=inputs.cursor(request), limit=PAGE_LENGTH
            )
        return self._page("tours.html", {"page": page, "query": query, "city": city or ""})

    async def tour(self, request: Request) -> Response:
        """Show one tour with its stops, or a page that says there is none."""
        number = inputs.tour_number(request)
        detail = None if number is None else self.site.catalogue.detail(number)
        if detail is None:
            return self._page("missing.html", {}, status=404)
        return self._page("tour.html", {"tour": detail.card, "detail": detail})

    async def file(self, request: Request) -> Response:
        """Serve a static file; the blocking script exists only where that defect is switched on."""
        name = request.path_params["name"]
        asset = self.assets.get(name)
        if asset is None or (name == BLOCKING_SCRIPT and not self.templates.globals["blocking"]):
            raise HTTPException(404, "there is no such file")
        return Response(asset.body, media_type=asset.media_type, headers=FILE_HEADERS)

    async def picture(self, request: Request) -> Response:
        """Draw the picture of a tour."""
        number = inputs.tour_number(request)
        if number is None or not 1 <= number <= TOURS:
            raise HTTPException(404, "there is no such picture")
        return Response(landscape.landscape(number), media_type="image/svg+xml", headers=PICTURE_HEADERS)

    def _page(self, template: str, values: Mapping[str, object], status: int = 200) -> Response:
        text = self.templates.get_template(template).render(values)
        return HTMLResponse(text, status_code=status, headers=PAGE_HEADERS)
