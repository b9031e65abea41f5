"""The HTML pages and their files."""

import re

import pytest

from tests.tourapp.conftest import Visitor, error_of


def test_the_list_is_in_the_page_itself(visit: Visitor) -> None:
    page = visit.get("/")
    most_visited = visit.get("/api/tours?limit=1").json()["tours"][0]
    assert most_visited["title"] in page.text
    assert page.text.count('<a href="/tours/') == 24
    assert "release 1.0" in page.text


def test_a_page_carries_what_phones_and_screen_readers_need(visit: Visitor) -> None:
    for path in ("/", "/tours/7"):
        text = visit.get(path).text
        assert '<html lang="en">' in text
        assert '<meta name="viewport" content="width=device-width' in text
        fields = set(re.findall(r'<(?:input|select) id="(\w+)"', text))
        assert fields == set(re.findall(r'<label for="(\w+)"', text))
        assert all("alt=" in image and "height=" in image for image in re.findall(r"<img[^>]*>", text))


def test_the_city_filter_and_the_next_page_keep_each_other(visit: Visitor) -> None:
    text = visit.get("/", params={"city": "Amsterdam"}).text
    assert "<option selected>Amsterdam</option>" in text
    following = re.search(r'rel="next" href="([^"]+)"', visit.get("/").text)
    assert following
    assert visit.get(following[1].replace("&amp;", "&")).text.count('<a href="/tours/') == 24


def test_a_tour_page_shows_every_stop(visit: Visitor) -> None:
    text = visit.get("/tours/7").text
    for stop in visit.get("/api/tours/7").json()["stops"]:
        assert stop["name"].replace("'", "&#39;") in text


def test_hostile_text_comes_back_as_text(visit: Visitor) -> None:
    hostile = "</title><script>alert(1)</script>"
    for field in ("q", "city"):
        text = visit.get("/", params={field: hostile}).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_a_search_that_finds_nothing_says_so(visit: Visitor) -> None:
    assert "No tour fits" in visit.get("/", params={"q": "xyzzy"}).text


def test_a_missing_tour_gets_a_page(visit: Visitor) -> None:
    answer = visit.get("/tours/2001")
    assert answer.status_code == 404
    assert "There is no such tour" in answer.text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/?q=%3F%3F%3F", 400, "A search needs at least one letter or digit"),
        ("/?q=%F0%9F%8E%A7", 400, "A search needs at least one letter or digit"),
        ("/?q=" + "x" * 300, 400, "A search must be no longer than 200 characters"),
        ("/?city=" + "x" * 300, 400, "The name of a city must be no longer than 200 characters"),
        ("/?cursor=abc", 400, "There is no such page of tours"),
        ("/nope", 404, "There is nothing at this address"),
        ("/tours/7/nope", 404, "There is nothing at this address"),
        ("/tours/2001/play", 404, "There is no such tour"),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_a_page_that_cannot_be_shown_is_a_page_with_a_way_back(
    visit: Visitor, path: str, status: int, words: str, accept: str
) -> None:
    answer = visit.get(path, headers={"accept": accept})
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert f"<h1>{words}</h1>" in answer.text
    assert '<a class="button" href="/">' in answer.text


def test_a_page_takes_what_pages_take_and_says_so(visit: Visitor) -> None:
    answer = visit.ask("POST", "/tours/7")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert "<h1>This address takes" in answer.text


def test_files_and_calls_are_refused_with_problem_documents(visit: Visitor) -> None:
    for path in ("/static/nope.css", "/pictures/0.svg", "/media/nope", "/api/nope", "/bundles/nope"):
        assert error_of(visit.get(path, headers={"accept": "text/html"}))


def test_files_named_by_a_page_are_served_and_kept(visit: Visitor) -> None:
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', visit.get("/").text):
        answer = visit.get(address)
        assert (answer.status_code, answer.headers["x-content-type-options"]) == (200, "nosniff")
        assert "immutable" in answer.headers["cache-control"]
    assert "no-cache" in visit.get("/").headers["cache-control"]


@pytest.mark.parametrize(
    "name",
    ["nothing.css", "..%2fapp.py", "%2e%2e/app.py", "blocking-script.js", "defects/blocking-script.js"],
)
def test_other_files_are_not_found(visit: Visitor, name: str) -> None:
    assert visit.get(f"/static/{name}").status_code == 404


def test_the_picture_of_a_tour_is_always_the_same(visit: Visitor) -> None:
    first, again, other = (visit.get(f"/pictures/{number}.svg") for number in (7, 7, 8))
    assert first.headers["content-type"] == "image/svg+xml"
    assert first.content == again.content != other.content
