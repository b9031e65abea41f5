"""A small tour app for pages to run against: real pages and files, and an API that only remembers.

`python -m tests.tourapp.web.standin --port 8080` serves it; `--defect NAME[=strength]` as in the product.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import secrets
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.tourapp.web.exhibits import Exhibits, digest_of
from tourapp.serving.app import SECURITY_HEADERS, CommonHeaders
from tourapp.settings import Settings
from tourapp.site import open_site
from tourapp.store.database import ensure_catalogue, ensure_logbook
from tourapp.web.flaws import USUAL_STRENGTHS
from tourapp.web.pages import Pages
from tourapp.web.shelf import Review

MEDIA_TYPES = {"opus": "audio/ogg", "webp": "image/webp", "geojson": "application/geo+json"}


@dataclass(frozen=True, slots=True)
class StandInApi:
    """The calls that pages make.  It believes everybody whose password is not "wrong"."""

    exhibits: Exhibits
    sessions: dict[str, str] = field(default_factory=dict)
    marks: dict[str, dict[str, Any]] = field(default_factory=dict)
    heard: list[dict[str, Any]] = field(default_factory=list)

    def routes(self) -> list[Route]:
        return [
            Route("/readyz", self.ready),
            Route("/heard", self.show_heard),
            Route("/media/{name}", self.media),
            Route("/api/flags", self.flags),
            Route("/api/beacon", self.hear, methods=["POST"]),
            Route("/api/sync", self.sync, methods=["POST"]),
            Route("/api/login", self.login, methods=["POST"]),
            Route("/api/refresh", self.refresh, methods=["POST"]),
            Route("/api/logout", self.logout, methods=["POST"]),
            Route("/api/progress/{tour_id:int}", self.progress, methods=["GET", "PUT"]),
            Route("/api/tours/{tour_id:int}/bundle", self.bundle),
            Route("/api/tours/{tour_id:int}/reviews", self.reviews),
            Route("/api/tours/{tour_id:int}/reviews", self.review, methods=["POST"]),
        ]

    async def ready(self, _request: Request) -> Response:
        return JSONResponse({"ready": True})

    async def show_heard(self, _request: Request) -> Response:
        return JSONResponse(self.heard)

    async def media(self, request: Request) -> Response:
        body = self.exhibits.files[request.url.path]
        headers = {"accept-ranges": "bytes", "cache-control": "public, max-age=31536000, immutable"}
        media_type = MEDIA_TYPES[request.url.path.rpartition(".")[2]]
        asked = request.headers.get("range", "").removeprefix("bytes=")
        if not asked:
            return Response(body, media_type=media_type, headers=headers)
        first, _, last = asked.partition("-")
        part = body[int(first) : int(last) + 1 if last else None]
        headers["content-range"] = f"bytes {first}-{int(first) + len(part) - 1}/{len(body)}"
        return Response(part, 206, media_type=media_type, headers=headers)

    async def flags(self, _request: Request) -> Response:
        return JSONResponse({"variant": "a", "flags": {"search_order": "relevance"}})

    async def hear(self, request: Request) -> Response:
        self.heard.append({"path": request.url.path, "body": await request.json()})
        return Response(status_code=204)

    async def sync(self, request: Request) -> Response:
        self.account(request)
        marks = (await request.json())["marks"]
        self.heard.append({"path": "/api/sync", "key": request.headers["idempotency-key"], "marks": marks})
        return JSONResponse({"applied": [mark["tour_id"] for mark in marks], "stale": []})

    async def login(self, request: Request) -> Response:
        asked = await request.json()
        if asked["password"] == "wrong":  # noqa: S105 - the one it refuses
            return JSONResponse({"detail": "wrong"}, 401)
        return self.session(asked["email"])

    async def refresh(self, request: Request) -> Response:
        account = self.sessions.pop(request.cookies.get("session", ""), None)
        return self.session(account) if account else JSONResponse({"detail": "over"}, 401)

    def session(self, account: str) -> Response:
        spent, token = secrets.token_hex(), secrets.token_hex()
        self.sessions.update({spent: account, token: account})
        answer = JSONResponse({"token": token, "account": account, "expires_in": 900, "refresh_token": None})
        answer.set_cookie("session", spent, path="/api", secure=True, httponly=True, samesite="strict")
        return answer

    async def logout(self, request: Request) -> Response:
        self.account(request)
        self.sessions.clear()
        return Response(status_code=204)

    def account(self, request: Request) -> str:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.sessions:
            raise HTTPException(401, "sign in")
        return self.sessions[token]

    async def progress(self, request: Request) -> Response:
        place = f"{self.account(request)} {request.path_params['tour_id']}"
        mark = self.marks.get(place, {"stop": 0, "seconds": 0, "version": 0})
        if request.method == "PUT":
            if request.headers.get("if-match", '"0"') != f'"{mark["version"]}"':
                return JSONResponse({"detail": "stale"}, 412)
            self.marks[place] = mark = {**await request.json(), "version": mark["version"] + 1}
        return JSONResponse(mark, headers={"etag": f'"{mark["version"]}"', "cache-control": "no-store"})

    async def bundle(self, request: Request) -> Response:
        parts = self.exhibits.parts(request.path_params["tour_id"])
        described = [
            {
                "path": path,
                "size": len(body),
                "sha256": hashlib.sha256(body).hexdigest(),
                "media_type": MEDIA_TYPES[path.rpartition(".")[2]],
            }
            for path, body in parts.items()
        ]
        size = sum(len(body) for body in parts.values())
        digest = digest_of("".join(parts).encode())
        return JSONResponse(
            {"tour_id": request.path_params["tour_id"], "digest": digest, "size": size, "parts": described}
        )

    async def reviews(self, request: Request) -> Response:
        limit = int(request.query_params.get("limit", "20"))
        page = await self.exhibits.reviews(
            request.path_params["tour_id"], request.query_params.get("cursor"), limit
        )
        return JSONResponse(
            {"reviews": [review_json(each) for each in page.reviews], "next_cursor": page.following}
        )

    async def review(self, request: Request) -> Response:
        account, asked = self.account(request), await request.json()
        said = Review(
            author=account, rating=asked["rating"], text=asked["text"], written_at=datetime.now(UTC)
        )
        self.exhibits.written.setdefault(request.path_params["tour_id"], []).append(said)
        return JSONResponse(review_json(said), 201)


def review_json(said: Review) -> dict[str, object]:
    return {
        "author": said.author,
        "rating": said.rating,
        "text": said.text,
        "written_at": said.written_at.isoformat(),
    }


def create_standin(folder: Path, flaws: Mapping[str, float]) -> Starlette:
    settings = Settings(catalogue=folder / "tours.sqlite", logbook=folder / "logbook.sqlite")
    ensure_catalogue(settings.catalogue, seed=1)
    ensure_logbook(settings.logbook)
    site = open_site(settings, pause=asyncio.sleep, clock=time.time)
    exhibits = Exhibits(site.catalogue)
    return Starlette(
        routes=[*StandInApi(exhibits).routes(), *Pages(site, shelf=exhibits, flaws=flaws).routes()],
        middleware=[
            Middleware(CommonHeaders, headers={"x-release": settings.release, **SECURITY_HEADERS}),
            Middleware(CompressedPages, minimum_size=1_000),
        ],
    )


class CompressedPages(GZipMiddleware):
    """Compresses all but media, which are compressed already and asked for in ranges."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/media/"):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def strength_of(text: str) -> tuple[str, float]:
    name, _, strength = text.partition("=")
    return name, float(strength) if strength else USUAL_STRENGTHS[name]


async def serve(port: int, flaws: Mapping[str, float]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = create_standin(Path(folder), flaws)
        await Server(
            app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_level=LogLevels.error
        ).serve()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="standin")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--defect", type=strength_of, action="append", default=[])
    options = parser.parse_args()
    asyncio.run(serve(options.port, dict(options.defect)))
