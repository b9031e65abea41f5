"""The JSON API: catalogue, search, login, progress and health."""

from dataclasses import asdict, dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tourapp.api import inputs
from tourapp.content.seed import CONTENT_VERSION
from tourapp.identity.tokens import LIFETIME
from tourapp.site import Site
from tourapp.store.catalogue import Card, Detail
from tourapp.store.progress import Mark

# The catalogue does not change while a release serves; a minute keeps a roll-back visible soon.
PUBLIC = {"cache-control": "public, max-age=60"}
PRIVATE = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Api:
    """The handlers under /api and the two health checks."""

    site: Site

    def routes(self) -> list[Route]:
        """Return the routes of the API."""
        return [
            Route("/api/tours", self.tours, methods=["GET"]),
            Route("/api/tours/{tour_id}", self.tour, methods=["GET"]),
            Route("/api/search", self.search, methods=["GET"]),
            Route("/api/login", self.login, methods=["POST"]),
            Route("/api/progress/{tour_id}", self.progress, methods=["GET", "PUT"]),
            Route("/readyz", self.readyz, methods=["GET"]),
            Route("/healthz", self.healthz, methods=["GET"]),
        ]

    async def tours(self, request: Request) -> Response:
        """List tours by popularity; `next_cursor` is null on the last page."""
        page = self.site.catalogue.page(
            city=inputs.city(request),
            language=inputs.language(request),
            after=inputs.cursor(request),
            limit=inputs.limit(request),
        )
        following = None if page.following is None else str(page.following)
        return JSONResponse(
            {"tours": [_card_json(card) for card in page.cards], "next_cursor": following}, headers=PUBLIC
        )

    async def tour(self, request: Request) -> Response:
        """Show one tour with its stops."""
        detail = self._detail(request)
        return JSONResponse(
            _card_json(detail.card)
            | {"description": detail.description, "stops": [asdict(stop) for stop in detail.stops]},
            headers=PUBLIC,
        )

    async def search(self, request: Request) -> Response:
        """Find tours by the words of `q`."""
        text, limit = inputs.search_text(request), inputs.limit(request)
        cards = await self.site.search(text, limit)
        return JSONResponse({"query": text, "tours": [_card_json(card) for card in cards]}, headers=PUBLIC)

    async def login(self, request: Request) -> Response:
        """Trade address and password for a bearer token; `expires_in` is in seconds."""
        email, password = await inputs.credentials(request)
        if not await self.site.accounts.admits(email, password):
            raise HTTPException(401, "e-mail address or password is wrong")
        token = self.site.tokens.issue(email)
        return JSONResponse({"token": token, "account": email, "expires_in": LIFETIME}, headers=PRIVATE)

    async def progress(self, request: Request) -> Response:
        """Show or save how far the walker has come on a tour."""
        account = self.site.tokens.account_of(inputs.bearer_token(request))
        if account is None:
            raise HTTPException(
                401,
                "log in at /api/login and send the token as 'Authorization: Bearer ...'",
                PRIVATE | _CHALLENGE,
            )
        card = self._detail(request).card
        if request.method == "PUT":
            mark = await inputs.mark(request, card.stops)
            await self.site.progress.save(account, card.tour_id, mark)
        else:
            mark = await self.site.progress.mark(account, card.tour_id)
        return JSONResponse(_mark_json(card.tour_id, mark), headers=PRIVATE)

    async def readyz(self, _request: Request) -> Response:
        """Say that both databases answer, and what is being served."""
        await self.site.progress.check()
        settings = self.site.settings
        return JSONResponse(
            {
                "ready": True,
                "release": settings.release,
                "defects": sorted(settings.defects),
                "content_version": CONTENT_VERSION,
                **asdict(self.site.catalogue.counts()),
            },
            headers=PRIVATE,
        )

    async def healthz(self, _request: Request) -> Response:
        """Say that the process answers; it asks nothing of the databases."""
        return JSONResponse({"healthy": True}, headers=PRIVATE)

    def _detail(self, request: Request) -> Detail:
        number = inputs.tour_number(request)
        detail = None if number is None else self.site.catalogue.detail(number)
        if detail is None:
            raise HTTPException(404, "there is no such tour")
        return detail


_CHALLENGE = {"www-authenticate": "Bearer"}


def _card_json(card: Card) -> dict[str, Any]:
    return {
        "id": card.tour_id,
        "title": card.title,
        "theme": card.theme,
        "city": card.city,
        "country": card.country,
        "language": card.language,
        "duration_seconds": card.seconds,
        "price_cents": card.price,
        "currency": "EUR",
        "latitude": card.latitude,
        "longitude": card.longitude,
        "stop_count": card.stops,
        "popularity": card.popularity,
        "image": f"/media/{card.tour_id}.svg",
    }


def _mark_json(tour_id: int, mark: Mark) -> dict[str, Any]:
    return {"tour_id": tour_id, "stop": mark.stop, "seconds": mark.seconds}
