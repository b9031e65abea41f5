"""Defects that show in the browser: what each puts into pages, and that a clean app has nothing of it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image

from tests.tourapp.web.conftest import Reader
from tests.tourapp.web.markup import Markup
from tourapp.web.defects import defect_assets

SCRIPTS = {
    "blocking-script": ("data-seconds", "0.4"),
    "layout-shift": ("data-share", "0.3"),
    "scroll-task": ("data-seconds", "0.03"),
    "background-timers": ("data-share", "0.2"),
    "double-polling": ("data-seconds", "5"),
}
PAGES = ("/", "/tours/7", "/tours/7/map", "/tours/7/play", "/login", "/downloads", "/offline")


@pytest.mark.parametrize("path", PAGES)
def test_a_clean_page_names_no_defect_and_no_file_of_one(app: Reader, path: str) -> None:
    text = app.get(path).text
    assert "defects" not in text
    assert not [name for name in (*SCRIPTS, "oversized-bundle", "hero-image") if name in text]


@pytest.mark.parametrize(
    "name", ["blocking-script.js", "low-contrast.css", "hero-image.png", "oversized-bundle.js"]
)
def test_a_clean_app_serves_no_file_of_a_defect(app: Reader, name: str) -> None:
    assert app.get(f"/static/defects/{name}").status_code == 404
    assert not defect_assets({})


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_scripted_defect_is_in_the_head_with_its_strength(
    open_with: Callable[..., Reader], name: str
) -> None:
    app, (attribute, strength) = open_with(name), SCRIPTS[name]
    (script,) = [
        each for each in Markup.of(app.get("/").text).every("script") if "/defects/" in each.attributes["src"]
    ]
    assert script.around == ("html", "head")
    assert float(script.attributes[attribute]) == float(strength)
    assert ("defer" in script.attributes) == (name != "blocking-script")
    assert f'The defect "{name}"' in app.get(script.attributes["src"]).text


def test_the_hero_image_weighs_what_it_should(open_with: Callable[..., Reader]) -> None:
    app = open_with("hero-image")
    (address,) = [
        each.attributes["src"]
        for each in Markup.of(app.get("/tours/7").text).every("img")
        if "hero" in each.attributes["src"]
    ]
    picture = app.get(address).content
    assert len(picture) == pytest.approx(4e6, rel=0.05)
    with Image.open(io.BytesIO(picture)) as opened:
        assert opened.format == "PNG"


def test_the_oversized_bundle_is_a_script_of_its_size(open_with: Callable[..., Reader]) -> None:
    app = open_with("oversized-bundle")
    (script,) = [
        each for each in Markup.of(app.get("/").text).every("script") if "oversized" in each.attributes["src"]
    ]
    assert len(app.get(script.attributes["src"]).content) == pytest.approx(1.5e6, rel=0.01)


def test_missing_alternatives_and_labels_are_missing_and_nothing_else(
    app: Reader, open_with: Callable[..., Reader]
) -> None:
    for path in ("/", "/tours/7", "/tours/7/play"):
        page = Markup.of(open_with("missing-alt").get(path).text)
        assert [picture for picture in page.every("img") if "alt" not in picture.attributes]
        assert len(page.every("label")) == len(Markup.of(app.get(path).text).every("label"))
    page = Markup.of(open_with("missing-label").get("/").text)
    assert not page.every("label")
    assert all("alt" in picture.attributes for picture in page.every("img"))


def test_low_contrast_comes_after_the_style_that_it_spoils(open_with: Callable[..., Reader]) -> None:
    links = [
        link.attributes["href"] for link in Markup.of(open_with("low-contrast").get("/").text).every("link")
    ]
    assert "style.css" in links[0]
    assert "low-contrast.css" in links[1]
