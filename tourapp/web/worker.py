"""The service worker: what it keeps from the start, then its files one after the other, as one script.

It is one script, since a worker of imported parts would be updated in parts.
"""

import hashlib
import json
from collections.abc import Mapping

from tourapp.web.assets import Asset, read_sources

# The pages that open without a connection from the start; others are kept once they were visited.
SHELL_PAGES = ("/", "/downloads", "/offline")


def worker_script(assets: Mapping[str, Asset], pages_digest: str) -> str:
    """Return the script; it differs, so that browsers update, whenever a file or `pages_digest` does."""
    precache = [{"address": asset.address, "digest": asset.digest} for asset in assets.values()]
    precache += [{"address": page, "digest": pages_digest} for page in SHELL_PAGES]
    listed = json.dumps(precache, indent=1)
    parts = [text.decode() for text in read_sources("static/worker").values()]
    edition = hashlib.sha256("".join([listed, *parts]).encode()).hexdigest()[:12]
    return "\n".join([f'const EDITION = "{edition}";', f"const PRECACHE = {listed};", *parts])
