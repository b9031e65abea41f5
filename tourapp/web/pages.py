"""The pages about tours: list, detail, map and player; rendered here, so the first paint has real tours."""

from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tourapp.content import landscape
from tourapp.content.seed import TOURS
from tourapp.site import Site
from tourapp.store.catalogue import Page
from tourapp.web import inputs
from tourapp.web.assets import read_assets
from tourapp.web.defects import HERO_FILE, defect_assets, defects_in_pages
from tourapp.web.media import media_of
from tourapp.web.rendering import Renderer, make_renderer
from tourapp.web.shell import Shell
from tourapp.web.worker import worker_script
from tourapp.wire.words import NO_SUCH_TOUR

# Cards on one page of the list.
PAGE_LENGTH = 24

# Reviews on the page of a tour, and on each further page of them.
REVIEWS_LENGTH = 5

PICTURE_HEADERS = {"cache-control": "public, max-age=86400"}


@dataclass(frozen=True, slots=True)
class Pages:
    """The handlers of everything that a browser shows."""

    site: Site
    shell: Shell = field(init=False)

    def __post_init__(self) -> None:
        defects = defects_in_pages(self.site.settings.defects)
        assets, extra = read_assets(), defect_assets(defects)
        renderer = make_renderer(
            release=self.site.settings.release,
            cities=self.site.catalogue.cities(),
            assets=assets,
            defects=defects,
            defect_assets=extra,
            delivery=self.site.delivery,
        )
        script = worker_script(assets, renderer.digest).encode()
        shell = Shell(renderer=renderer, assets=assets, defect_assets=extra, script=script)
        object.__setattr__(self, "shell", shell)

    @property
    def renderer(self) -> Renderer:
        """The templates, as the shell uses them too."""
        return self.shell.renderer

    def routes(self) -> list[Route]:
        """Return the routes of the pages and of what they need."""
        return [
            Route("/", self.tours, methods=["GET"]),
            Route("/tours/{tour_id}", self.tour, methods=["GET"]),
            Route("/tours/{tour_id}/map", self.map, methods=["GET"]),
            Route("/tours/{tour_id}/play", self.play, methods=["GET"]),
            Route("/pictures/{tour_id}.svg", self.picture, methods=["GET"]),
            *self.shell.routes(),
        ]

    async def tours(self, request: Request) -> Response:
        """List tours: the search for `q` if there is one, else the city's or all by popularity."""
        query = request.query_params.get("q", "").strip()
        city = inputs.city(request)
        if query:
            cards = self.site.catalogue.search(inputs.search_text(request), PAGE_LENGTH)
            page = Page(cards=cards, following=None)
        else:
            page = self.site.catalogue.page(
                city=city, language=None, after=inputs.cursor(request), limit=PAGE_LENGTH
            )
        return self.renderer.page(request, "tours.html", {"page": page, "query": query, "city": city or ""})

    async def tour(self, request: Request) -> Response:
        """Show one tour with its stops and its reviews, from behind the cursor `reviews` if there is one."""
        return await self._tour_page("tour.html", request)

    async def map(self, request: Request) -> Response:
        """Show the route of a tour."""
        return await self._tour_page("map.html", request)

    async def play(self, request: Request) -> Response:
        """Show the player of a tour."""
        return await self._tour_page("play.html", request)

    async def picture(self, request: Request) -> Response:
        """Draw the picture of a tour."""
        number = inputs.tour_number(request)
        if number is None or not 1 <= number <= TOURS:
            raise HTTPException(404, "there is no such picture")
        picture = landscape.landscape(number).encode()
        return self.site.delivery.deliver(request, picture, "image/svg+xml", headers=PICTURE_HEADERS)

    async def _tour_page(self, template: str, request: Request) -> Response:
        """Show a page of one tour."""
        number = inputs.tour_number(request)
        detail = None if number is None else self.site.catalogue.detail(number)
        if detail is None:
            raise HTTPException(404, NO_SUCH_TOUR)
        media = await media_of(self.site.packing, detail)
        hero = self.shell.defect_assets.get(HERO_FILE)
        values = {
            "tour": detail.card,
            "detail": detail,
            "media": media,
            "hero": hero.address if hero else media.hero,
        }
        if template == "tour.html":
            cursor = inputs.review_cursor(request)
            values["reviews"] = await self.site.reviews.page(detail.card.tour_id, cursor, REVIEWS_LENGTH)
        return self.renderer.page(request, template, values)
