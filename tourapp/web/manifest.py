"""The web app manifest (W3C): what a phone needs to install the app on its home screen."""

from collections.abc import Mapping
from typing import Any

from tourapp.web.assets import ICON_SIZES, Asset


def manifest(assets: Mapping[str, Asset]) -> dict[str, Any]:
    """Return the manifest with the addresses of the icons."""
    drawn = [
        {"src": assets[name].address, "sizes": "any", "type": "image/svg+xml", "purpose": purpose}
        for name, purpose in (("icon.svg", "any"), ("icon-maskable.svg", "maskable"))
    ]
    painted = [
        {"src": assets[f"icon-{size}.png"].address, "sizes": f"{size}x{size}", "type": "image/png"}
        for size in ICON_SIZES
    ]
    return {
        "id": "/",
        "name": "Walk & Listen",
        "short_name": "Walk & Listen",
        "description": "Walking tours told by people who live there.",
        "lang": "en",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        # The paper of the light scheme (style.css).
        "background_color": "#faf8f4",
        "theme_color": "#faf8f4",
        "icons": [*drawn, *painted],
        "shortcuts": [{"name": "Downloads", "url": "/downloads"}],
    }
