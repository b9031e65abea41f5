"""What makes the pages an installable app: manifest, icons, worker and files."""

from __future__ import annotations

import hashlib
import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from tests.tourapp.web.conftest import Reader
from tourapp.web.assets import read_assets
from tourapp.web.worker import worker_script

STATIC = Path("tourapp/web/static")


def precache(script: str) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = json.loads(script.partition("const PRECACHE = ")[2].partition(";\n")[0])
    return listed


def test_the_manifest_is_what_browsers_ask_of_an_installable_app(app: Reader) -> None:
    answer = app.get("/manifest.webmanifest")
    manifest = answer.json()
    assert answer.headers["content-type"] == "application/manifest+json"
    assert {manifest[name] for name in ("start_url", "scope", "display")} == {"/", "standalone"}
    assert {"any", "maskable"} == {icon.get("purpose", "any") for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        assert app.get(icon["src"]).headers["content-type"] == icon["type"]


@pytest.mark.parametrize("size", [192, 512])
def test_painted_icons_have_their_size_and_round_corners(app: Reader, size: int) -> None:
    icon = next(
        each for each in app.get("/manifest.webmanifest").json()["icons"] if each["sizes"] == f"{size}x{size}"
    )
    with Image.open(io.BytesIO(app.get(icon["src"]).content)) as picture:
        assert picture.size == (size, size)
        assert picture.getpixel((0, 0)) == (0, 0, 0, 0)
        assert picture.getpixel((size // 2, size // 8)) == (11, 95, 91, 255)


def test_the_worker_may_answer_for_every_page_and_is_asked_for_anew(app: Reader) -> None:
    answer = app.get("/sw.js")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_the_worker_keeps_every_file_under_the_digest_of_its_bytes(app: Reader) -> None:
    listed = precache(app.get("/sw.js").text)
    files = [entry for entry in listed if entry["address"].startswith("/static/")]
    assert len(files) == len(read_assets())
    for entry in files:
        assert entry["address"].endswith(f"?v={entry['digest']}")
        assert hashlib.sha256(app.get(entry["address"]).content).hexdigest().startswith(entry["digest"])
    pages = {entry["address"] for entry in listed} - {entry["address"] for entry in files}
    assert pages == {"/", "/downloads", "/offline"}
    assert all(app.get(page).status_code == 200 for page in pages)


def test_a_changed_page_or_file_makes_another_edition() -> None:
    assets = dict(read_assets())
    scripts = [worker_script(assets, "one"), worker_script(assets, "two")]
    del assets["style.css"]
    scripts.append(worker_script(assets, "two"))
    assert len({script.partition(";")[0] for script in scripts}) == 3
    assert worker_script(assets, "two") == scripts[2]


def test_a_module_imports_its_neighbours_by_their_lasting_addresses(app: Reader) -> None:
    for asset in read_assets().values():
        if asset.media_type == "text/javascript":
            for address in re.findall(r'from "([^"]+)"', asset.body.decode()):
                assert app.get(address).headers["cache-control"].endswith("immutable")


def test_every_file_is_used_by_a_page_or_by_a_file_that_is(app: Reader) -> None:
    paths = (
        "/",
        "/tours/7",
        "/tours/7/map",
        "/tours/7/play",
        "/login",
        "/downloads",
        "/manifest.webmanifest",
    )
    seen: set[str] = set()
    waiting = [app.get(path).text for path in paths]
    while waiting:
        for address in set(re.findall(r"/static/[\w.?=-]+", waiting.pop())) - seen:
            seen.add(address)
            waiting.append(app.get(address).text)
    assert seen == {asset.address for asset in read_assets().values()}


def test_nothing_writes_markup_from_text() -> None:
    for source in STATIC.rglob("*.js"):
        text = source.read_text()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", text), source


def test_a_script_has_one_job_and_says_which() -> None:
    for source in STATIC.rglob("*.js"):
        text = source.read_text()
        assert text.startswith("// "), source
        assert len(text.splitlines()) <= 170, source
