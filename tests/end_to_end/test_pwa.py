"""The app on a phone: a real Chromium, a real server, and a line that really goes away."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from devices import chromium
from tests.commands import PATIENCE, ROOT, environment, until

pytestmark = pytest.mark.end_to_end

# A phone of the size of a Pixel 7.
PHONE: dict[str, Any] = {
    "viewport": {"width": 412, "height": 839},
    "device_scale_factor": 2.625,
    "has_touch": True,
    "is_mobile": True,
}
# What is served; the tour app itself takes the same option.
SERVED = "tests.tourapp.web.standin"
HOSTILE_REVIEW = "</script><img src=x onerror=\"document.title='taken over'\"> good walk"
# Milliseconds; what a page does here takes two seconds at most on a quiet machine.
TIMEOUT = 40_000


@dataclass(frozen=True, slots=True)
class Tours:
    """A served tour app, which can be taken away."""

    address: str
    process: subprocess.Popen[bytes]

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/readyz").is_success
        except httpx.TransportError:
            return False

    def heard(self) -> list[dict[str, Any]]:
        """Return what pages have reported and synchronised."""
        told: list[dict[str, Any]] = httpx.get(f"{self.address}/heard").json()
        return told

    def go_away(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as claim:
        port: int = claim.getsockname()[1]
    return port


@contextmanager
def served(*options: str, port: int | None = None) -> Iterator[Tours]:
    port = port or free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", SERVED, "--port", str(port), *options], cwd=ROOT, env=environment()
    )
    tours = Tours(f"http://127.0.0.1:{port}", process)
    try:
        until(tours.answers, "the tour app answers")
        yield tours
    finally:
        tours.go_away()


@pytest.fixture
def tours() -> Iterator[Tours]:
    with served() as tours:
        yield tours


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = chromium.find()
    assert found
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def phone(browser: Browser, tours: Tours) -> Iterator[BrowserContext]:
    with a_phone(browser, tours) as phone:
        yield phone


@contextmanager
def a_phone(browser: Browser, tours: Tours, **options: Any) -> Iterator[BrowserContext]:
    """Open a phone on which no page may fail by an error of its own."""
    context = browser.new_context(base_url=tours.address, **PHONE, **options)
    context.set_default_timeout(TIMEOUT)
    expect.set_options(timeout=TIMEOUT)
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context
    context.close()
    assert not errors


def part(name: str) -> str:
    return f'[data-journey="{name}"]'


def keep_tour(phone: BrowserContext, tour: int = 1) -> Page:
    page = phone.new_page()
    page.goto(f"/tours/{tour}")
    page.click(part("download"))
    expect(page.locator(part("download-done"))).to_be_visible()
    return page


def sign_in(page: Page, way_back: str) -> None:
    page.goto(f"/login?next={way_back}")
    page.fill("#email", "walker-0001@example.org")
    page.fill("#password", "tour-0001")
    page.click("text=Sign in >> visible=true >> nth=-1")
    page.wait_for_url(lambda url: "/login" not in url)


def test_a_downloaded_tour_is_walked_without_a_connection(phone: BrowserContext, tours: Tours) -> None:
    page = keep_tour(phone)
    title = page.inner_text(part("tour-title"))
    tours.go_away()
    page.goto("/tours/1")
    assert page.inner_text(part("tour-title")) == title
    assert page.evaluate("document.querySelector('.hero img').decode().then(() => true)")
    page.goto("/tours/1/map")
    page.click(part("map-start"))
    expect(page.locator(part("map-done"))).to_have_attribute("data-state", "done")
    page.goto("/tours/1/play")
    page.evaluate(f"""document.querySelector('{part("player")}').play()""")
    position = f"""document.querySelector('{part("player")}').currentTime"""
    until(lambda: page.evaluate(position) > 0.2, "the story plays")


def test_kept_audio_is_answered_in_ranges(phone: BrowserContext, tours: Tours) -> None:
    page = keep_tour(phone)
    page.goto("/tours/1/play")
    tours.go_away()
    asked = """async (range) => {
        const audio = document.querySelector("audio").getAttribute("src");
        const answer = await fetch(audio, range ? { headers: { range } } : {});
        const bytes = [...new Uint8Array(await answer.arrayBuffer())];
        return [answer.status, answer.headers.get("content-range"), bytes];
    }"""
    _, _, whole = page.evaluate(asked, None)
    size = len(whole)
    for text, first, last in (
        ("bytes=0-", 0, size - 1),
        ("bytes=100-199", 100, 199),
        ("bytes=-50", size - 50, size - 1),
        (f"bytes=7-{size + 9}", 7, size - 1),
    ):
        status, told, part_of_it = page.evaluate(asked, text)
        assert (status, told) == (206, f"bytes {first}-{last}/{size}")
        assert part_of_it == whole[first : last + 1]
    assert page.evaluate(asked, f"bytes={size}-")[:2] == [416, f"bytes */{size}"]


def test_without_a_connection_other_pages_lead_to_the_tours_that_are_kept(
    phone: BrowserContext, tours: Tours
) -> None:
    page = keep_tour(phone)
    tours.go_away()
    page.goto("/tours/2")
    expect(page.locator("h1")).to_have_text("You are offline")
    page.click("[data-kept] a")
    expect(page.locator(part("tour-title"))).to_be_visible()
    page.goto("/")
    expect(page.locator(part("tour-link")).first).to_be_visible()


def test_a_download_that_broke_off_goes_on_where_it_was(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto("/tours/1")
    fetched: list[str] = []
    lost = "**/media/*.opus"

    def lose(route: Route) -> None:
        route.abort()

    phone.route(lost, lose)
    page.click(part("download"))
    expect(page.locator("[data-download-trouble]")).to_contain_text("connection was lost")
    before = page.evaluate(KEPT_PARTS)
    phone.unroute(lost)
    page.on("request", lambda request: fetched.append(request.url))
    page.click(part("download"))
    expect(page.locator(part("download-done"))).to_be_visible()
    assert before
    assert not set(before) & set(fetched)
    assert set(before) < set(page.evaluate(KEPT_PARTS))


KEPT_PARTS = """async () => {
    const name = (await caches.keys()).find((name) => name.startsWith("tour-"));
    const requests = await (await caches.open(name)).keys();
    return requests.map((request) => request.url).filter((url) => url.includes("/media/"));
}"""


def test_a_damaged_part_is_not_kept(phone: BrowserContext) -> None:
    phone.route("**/media/*.geojson", lambda route: route.fulfill(body="{}"))
    page = phone.new_page()
    page.goto("/tours/1")
    page.click(part("download"))
    expect(page.locator("[data-download-trouble]")).to_contain_text("damaged")
    assert not [url for url in page.evaluate(KEPT_PARTS) if url.endswith(".geojson")]


def test_a_tour_is_removed_from_the_phone(phone: BrowserContext) -> None:
    page = keep_tour(phone)
    page.goto("/downloads")
    page.click("text=Remove")
    expect(page.locator("[data-kept-none]")).to_be_visible()
    assert not [name for name in page.evaluate("caches.keys()") if name.startswith("tour-")]


def test_the_keyboard_reaches_and_starts_the_walk(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto("/tours/1/map")
    expect(page.locator("[data-map-back]")).to_be_disabled()
    start = page.locator(part("map-start"))
    for _ in range(12):
        page.keyboard.press("Tab")
        if start.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(start).to_have_text("Pause")
    page.keyboard.press("Space")
    expect(start).to_have_text("Go on")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(part("map-done"))).to_contain_text("Stop 2 of")
    assert page.locator(part("map-done")).get_attribute("aria-live") == "polite"


def test_who_wants_no_motion_sees_the_end_and_steps_through(browser: Browser, tours: Tours) -> None:
    with a_phone(browser, tours, reduced_motion="reduce") as phone:
        page = phone.new_page()
        page.add_init_script(
            "window.frames_asked = 0; const ask = requestAnimationFrame;"
            "requestAnimationFrame = (frame) => { window.frames_asked += 1; return ask(frame); };"
        )
        page.goto("/tours/1/map")
        done = page.locator(part("map-done"))
        expect(done).to_have_attribute("data-state", "done")
        page.click("[data-map-back]")
        expect(done).to_have_attribute("data-state", "waiting")
        page.click(part("map-start"))
        expect(done).to_have_attribute("data-state", "done")
        assert page.evaluate("window.frames_asked") == 0


def test_the_map_draws_as_many_pixels_as_the_screen_has(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto("/tours/1/map")
    page.click("[data-map-on]")
    width, shown, ratio = page.evaluate(
        "(canvas => [canvas.width, canvas.clientWidth, devicePixelRatio])(document.querySelector('canvas'))"
    )
    assert width == int(shown * ratio)


def test_a_hostile_review_is_sent_and_shown_as_text(phone: BrowserContext) -> None:
    page = phone.new_page()
    sign_in(page, "/tours/1")
    page.check("input[name=rating][value='4']", force=True)
    page.fill("#review-text", HOSTILE_REVIEW)
    page.click("text=Send")
    shown = page.locator(".reviews .text").first
    expect(shown).to_have_text(HOSTILE_REVIEW)
    page.click("[data-reviews-more]")
    expect(page.locator("[data-reviews-more]")).to_be_hidden()
    page.reload()
    expect(shown).to_have_text(HOSTILE_REVIEW)
    assert "Walk & Listen" in page.title()
    assert page.locator(".reviews img").count() == 0


def test_a_wrong_password_is_told_and_the_token_never_touches_the_disk(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto("/login")
    page.fill("#email", "walker-0001@example.org")
    page.fill("#password", "wrong")
    page.keyboard.press("Enter")
    expect(page.locator("[data-login-trouble]")).to_contain_text("wrong")
    sign_in(page, "/tours/1")
    assert page.evaluate("Object.values(localStorage)") == ["walker-0001@example.org"]
    assert page.evaluate("document.cookie") == ""


def test_a_place_saved_without_a_connection_is_sent_once_when_it_is_back(
    browser: Browser, tours: Tours
) -> None:
    with a_phone(browser, tours) as phone:
        page = phone.new_page()
        sign_in(page, "/tours/1/play")
        phone.set_offline(True)
        page.click("[data-player-on]")
        expect(page.locator("[data-player-word]")).to_contain_text("will be sent")
        assert not [each for each in tours.heard() if each["path"] == "/api/sync"]
        phone.set_offline(False)
        until(lambda: [each for each in tours.heard() if each["path"] == "/api/sync"], "the mark arrives")
        page.reload()
        page.wait_for_load_state("networkidle")
    (batch,) = [each for each in tours.heard() if each["path"] == "/api/sync"]
    (mark,) = batch["marks"]
    assert batch["key"]
    assert (mark["tour_id"], mark["stop"]) == (1, 2)


def test_the_player_goes_on_where_the_account_was(phone: BrowserContext) -> None:
    page = phone.new_page()
    sign_in(page, "/tours/1/play")
    page.click("[data-player-on]")
    expect(page.locator("[data-player-word]")).to_have_text("Your place is saved.")
    page.evaluate("localStorage.removeItem('mark 1')")
    page.reload()
    expect(page.locator("[data-player-name]")).to_contain_text("2. ")


def test_a_page_that_is_left_reports_how_it_felt(phone: BrowserContext, tours: Tours) -> None:
    page = phone.new_page()
    page.goto("/tours/1/map")
    page.click(part("map-start"))
    expect(page.locator(part("map-done"))).to_have_attribute("data-state", "done")
    # A headless browser hides no tab, so the page is told what it would see when it is left.
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', { value: 'hidden' });"
        "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));"
    )
    until(tours.heard, "the report arrives")
    report = tours.heard()[0]["body"]
    vitals: Mapping[str, float] = {vital["name"]: vital["value"] for vital in report["vitals"]}
    assert report["page"] == "/tours/1/map"
    assert vitals.keys() >= {"TTFB", "FCP", "LCP", "CLS"}
    assert 0 < vitals["TTFB"] <= vitals["FCP"] <= vitals["LCP"]
    assert vitals["CLS"] < 0.1


def test_without_scripts_tours_stops_reviews_and_search_can_be_read(browser: Browser, tours: Tours) -> None:
    with a_phone(browser, tours, java_script_enabled=False) as phone:
        page = phone.new_page()
        page.goto("/")
        page.fill("#q", "painters")
        page.keyboard.press("Enter")
        page.click(f"{part('tour-link')} >> nth=0")
        assert page.locator(".stops li").count() > 3
        expect(page.locator(part("download"))).to_be_hidden()
        page.click("text=More reviews")
        assert page.locator(".reviews .text").count() == 2


@pytest.mark.parametrize("path", ["/", "/tours/1", "/tours/1/map", "/tours/1/play", "/login", "/downloads"])
def test_no_page_is_wider_than_a_small_phone(browser: Browser, tours: Tours, path: str) -> None:
    with a_phone(browser, tours) as phone:
        page = phone.new_page()
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_new_edition_replaces_the_old_shell_and_keeps_tours(browser: Browser) -> None:
    port = free_port()
    with served(port=port) as first, a_phone(browser, first) as phone:
        page = keep_tour(phone)
        old = [name for name in page.evaluate("caches.keys()") if name.startswith("shell-")]
        first.go_away()
        # A defect changes pages, as a release does.
        with served("--defect", "low-contrast", port=port):
            page.goto("/downloads")
            until(lambda: old[0] not in page.evaluate("caches.keys()"), "the old shell is dropped")
            names = page.evaluate("caches.keys()")
            assert len([name for name in names if name.startswith("shell-")]) == 1
            assert [name for name in names if name.startswith("tour-1-")]
