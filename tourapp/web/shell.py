"""What makes the pages an installable app: files, manifest, service worker, pages about the phone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tourapp.web.assets import Asset
from tourapp.web.manifest import manifest
from tourapp.web.rendering import PAGE_HEADERS, Renderer
from tourapp.wire.delivery import IMMUTABLE
from tourapp.wire.words import NO_SUCH_FILE

# The manifest names addresses of one release; browsers read it seldom.
MANIFEST_HEADERS = {"cache-control": "public, max-age=3600"}

# Pages that are the same for everybody; scripts fill them in on the phone.
PLAIN_PAGES = ("downloads", "login", "offline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The handlers; `defect_assets` are those of defects that are on, `script` is the service worker's."""

    renderer: Renderer
    assets: Mapping[str, Asset]
    defect_assets: Mapping[str, Asset]
    script: bytes

    def routes(self) -> list[Route]:
        """Return the routes of the shell."""
        return [
            Route("/static/defects/{name}", self.defect_file, methods=["GET"]),
            Route("/static/{name}", self.file, methods=["GET"]),
            Route("/manifest.webmanifest", self.manifest, methods=["GET"]),
            Route("/sw.js", self.worker, methods=["GET"]),
            *(Route(f"/{name}", self.plain_page, methods=["GET"]) for name in PLAIN_PAGES),
        ]

    async def file(self, request: Request) -> Response:
        """Serve a static file."""
        return self._file(request, self.assets)

    async def defect_file(self, request: Request) -> Response:
        """Serve a file of a defect, which exists only where it is on."""
        return self._file(request, self.defect_assets)

    async def manifest(self, request: Request) -> Response:
        """Serve the manifest."""
        body = json.dumps(manifest(self.assets)).encode()
        return self.renderer.delivery.deliver(
            request, body, "application/manifest+json", headers=MANIFEST_HEADERS
        )

    async def worker(self, request: Request) -> Response:
        """Serve the service worker, from the root, so that it may answer for every page."""
        return self.renderer.delivery.deliver(
            request, self.script, "text/javascript", headers=PAGE_HEADERS, revisits=True
        )

    async def plain_page(self, request: Request) -> Response:
        """Show a page that is the same for everybody."""
        return self.renderer.page(request, f"{request.url.path.removeprefix('/')}.html", {})

    def _file(self, request: Request, assets: Mapping[str, Asset]) -> Response:
        found = assets.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404, NO_SUCH_FILE)
        return self.renderer.delivery.deliver(
            request, found.body, found.media_type, headers=IMMUTABLE, revisits=True
        )
