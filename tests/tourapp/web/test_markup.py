"""What every page carries for phones, screen readers and the content security policy."""

from __future__ import annotations

import pytest

from tests.tourapp.web.conftest import Reader
from tests.tourapp.web.markup import Markup
from tourapp.content.reviews import HOSTILE, HOSTILE_EVERY

PAGES = ("/", "/tours/7", "/tours/7/map", "/tours/7/play", "/login", "/downloads", "/offline")


@pytest.fixture(params=PAGES)
def page(app: Reader, request: pytest.FixtureRequest) -> Markup:
    answer = app.get(request.param)
    assert answer.status_code == 200
    return Markup.of(answer.text)


def test_a_page_has_a_language_a_title_and_one_heading(page: Markup) -> None:
    (document,), (title,), (heading,) = page.every("html"), page.every("title"), page.every("h1")
    assert document.attributes["lang"] == "en"
    assert title.words.endswith("· Walk & Listen")
    assert heading.words


def test_no_script_and_no_style_stands_in_the_page_itself(page: Markup) -> None:
    assert all(script.attributes["src"].startswith("/static/") for script in page.every("script"))
    assert page.every("script")
    assert not page.every("style")
    assert not page.with_attribute("style")
    assert not [name for element in page.elements for name in element.attributes if name.startswith("on")]


def test_every_field_has_a_label_and_every_button_a_name(page: Markup) -> None:
    labelled = {label.attributes.get("for") for label in page.every("label")}
    for tag in ("input", "select", "textarea"):
        for element in page.every(tag):
            assert "label" in element.around or element.attributes["id"] in labelled
    for button in page.every("button"):
        assert button.words not in {"", "←", "→"} or button.attributes["aria-label"]


def test_every_picture_has_a_text_and_keeps_its_place(page: Markup) -> None:
    for picture in page.every("img"):
        assert {"alt", "width", "height"} <= picture.attributes.keys()


def test_headings_leave_out_no_level(page: Markup) -> None:
    levels = [int(each.tag[1]) for each in page.elements if each.tag in {"h1", "h2", "h3"}]
    assert all(level - before <= 1 for before, level in zip([0, *levels], levels, strict=False))


def test_a_page_names_its_icon_and_its_manifest(page: Markup) -> None:
    links = {link.attributes["rel"]: link.attributes["href"] for link in page.every("link")}
    assert links["manifest"] == "/manifest.webmanifest"
    assert links["icon"].startswith("/static/icon.svg")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_reviewers_wrote_is_text(app: Reader, text: str) -> None:
    tour = HOSTILE_EVERY * (len(HOSTILE) + HOSTILE.index(text))
    page = Markup.of(app.get(f"/tours/{tour}").text)
    assert _reviews(page)[0] == " ".join(text.split())
    assert len(page.every("img")) == len(Markup.of(app.get("/tours/7").text).every("img"))


def test_the_newest_reviews_come_with_the_page_and_a_link_leads_to_more(app: Reader) -> None:
    reviews = app.get("/api/tours/20/reviews").json()["reviews"]
    first = Markup.of(app.get("/tours/20").text)
    (more,) = first.with_attribute("data-reviews-more")
    rest = Markup.of(app.get(f"/tours/20{more.attributes['href']}").text)
    assert len(_reviews(first)) == 5
    assert _reviews(first) + _reviews(rest) == [review["text"] for review in reviews]
    assert not rest.with_attribute("data-reviews-more")


def test_the_player_can_be_used_without_scripts(app: Reader) -> None:
    page = Markup.of(app.get("/tours/7/play").text)
    (audio,) = page.every("audio")
    stories = [
        link.attributes["href"] for link in page.every("a") if link.attributes["href"].startswith("/media/")
    ]
    assert stories
    assert audio.attributes["src"] == stories[0]
    assert app.get(stories[-1]).headers["content-type"].startswith("audio/ogg")


@pytest.mark.parametrize("page", ["", "/map", "/play"])
def test_a_tour_that_is_not_there_has_none_of_its_pages(app: Reader, page: str) -> None:
    assert app.get(f"/tours/2001{page}").status_code == 404


def test_journeys_find_what_they_touch(app: Reader) -> None:
    expected = {
        "/": {"tour-link"},
        "/tours/7": {"tour-title", "download", "download-done"},
        "/tours/7/map": {"map-start", "map-done"},
        "/tours/7/play": {"player"},
    }
    for path, names in expected.items():
        marked = Markup.of(app.get(path).text).with_attribute("data-journey")
        assert {element.attributes["data-journey"] for element in marked} == names


def _reviews(page: Markup) -> list[str]:
    return [each.words for each in page.every("p") if each.attributes.get("class") == "text"]
