"""The app on a phone: a real Chromium, a real server, and a line that really goes away."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from tests.commands import until
from tests.tourapp.phones import SMALL, a_browser, a_phone, keep_tour, part
from tests.tourapp.servers import Tours, served

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def tours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tours]:
    """Serve for all scenes that leave the server standing; none writes anything."""
    with served(tmp_path_factory.mktemp("served")) as tours:
        yield tours


@pytest.fixture
def leaving(tmp_path: Path) -> Iterator[Tours]:
    """Serve for one scene, which takes the server away."""
    with served(tmp_path) as tours:
        yield tours


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


@pytest.fixture
def phone(browser: Browser, tours: Tours) -> Iterator[BrowserContext]:
    with a_phone(browser, tours.address) as phone:
        yield phone


def test_a_downloaded_tour_is_walked_without_a_connection(browser: Browser, leaving: Tours) -> None:
    with a_phone(browser, leaving.address) as phone:
        page = keep_tour(phone)
        title = page.inner_text(part("tour-title"))
        leaving.go_away()
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


def test_a_page_that_comes_late_is_kept_though_an_older_one_was_shown(
    browser: Browser, leaving: Tours
) -> None:
    with a_phone(browser, leaving.address) as phone:
        page = keep_tour(phone)
        for visited in ("/tours/1", "/tours/2"):
            page.goto(visited)
            page.wait_for_function(LAST_VISITED_IS, arg=visited)
        os.killpg(leaving.process.pid, signal.SIGSTOP)
        page.goto("/tours/1", wait_until="domcontentloaded")
        assert not page.evaluate(LAST_VISITED_IS, "/tours/1")
        os.killpg(leaving.process.pid, signal.SIGCONT)
        until(lambda: page.evaluate(LAST_VISITED_IS, "/tours/1"), "the late page is kept")


LAST_VISITED_IS = """async (path) => {
    const visits = await (await caches.open("visited")).keys();
    return visits.length > 0 && new URL(visits.at(-1).url).pathname === path;
}"""


def test_kept_audio_is_answered_in_ranges(browser: Browser, leaving: Tours) -> None:
    with a_phone(browser, leaving.address) as phone:
        page = keep_tour(phone)
        page.goto("/tours/1/play")
        leaving.go_away()
        size = page.evaluate(KEPT_SIZE)
        for text, first, last in (
            ("bytes=0-", 0, size - 1),
            ("bytes=100-199", 100, 199),
            ("bytes=-50", size - 50, size - 1),
            (f"bytes=7-{size + 9}", 7, size - 1),
        ):
            told = [206, f"bytes {first}-{last}/{size}", True]
            assert page.evaluate(KEPT_RANGE, [text, first, last]) == told
        assert page.evaluate(KEPT_RANGE, [f"bytes={size}-", 0, 0])[:2] == [416, f"bytes */{size}"]


KEPT_SIZE = """async () => {
    const answer = await fetch(document.querySelector("audio").getAttribute("src"));
    window.whole = new Uint8Array(await answer.arrayBuffer());
    return window.whole.length;
}"""
# Whether the bytes are those from the first to the last is compared here: they are half a million.
KEPT_RANGE = """async ([range, first, last]) => {
    const answer = await fetch(document.querySelector("audio").getAttribute("src"), { headers: { range } });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const asked = window.whole.subarray(first, last + 1);
    const same = bytes.length === asked.length && bytes.every((byte, at) => byte === asked[at]);
    return [answer.status, answer.headers.get("content-range"), same];
}"""


def test_without_a_connection_other_pages_lead_to_the_tours_that_are_kept(
    browser: Browser, leaving: Tours
) -> None:
    with a_phone(browser, leaving.address) as phone:
        page = keep_tour(phone)
        leaving.go_away()
        page.goto("/tours/2")
        expect(page.locator("h1")).to_have_text("You are offline")
        page.click("[data-kept] a")
        expect(page.locator(part("tour-title"))).to_be_visible()
        page.goto("/")
        expect(page.locator(part("tour-link")).first).to_be_visible()


def test_a_picture_that_is_not_on_the_phone_has_one_that_stands_for_it(
    browser: Browser, leaving: Tours
) -> None:
    with a_phone(browser, leaving.address) as phone:
        page = keep_tour(phone)
        leaving.go_away()
        page.goto("/")
        last = page.locator(".card img").last
        last.scroll_into_view_if_needed()
        # Decoding fails for a picture that is broken.
        assert last.evaluate("picture => picture.decode().then(() => true)")


def test_the_notice_of_a_lost_connection_covers_no_download(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto("/tours/1")
    phone.set_offline(offline=True)
    notice = page.locator("[data-notice]")
    expect(notice).to_contain_text("No connection")
    shown, panel = notice.bounding_box(), page.locator("[data-download]").bounding_box()
    assert shown
    assert panel
    assert shown["y"] + shown["height"] <= panel["y"]


def test_a_page_that_loses_its_line_before_it_has_a_worker_goes_on_without(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.add_init_script(
        "navigator.serviceWorker.register = () => Promise.reject(new TypeError('the line was lost'))"
    )
    page.goto("/tours/1")
    expect(page.locator(part("download"))).to_be_enabled()


def test_a_download_that_broke_off_goes_on_where_it_was(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto("/tours/1")
    fetched: list[str] = []
    # The part that is fetched last, so that some are here before the line is lost.
    lost = f"**{phone.request.get('/api/tours/1/bundle').json()['parts'][0]['path']}"

    def lose(route: Route) -> None:
        route.abort()

    phone.route(lost, lose)
    page.click(part("download"))
    expect(page.locator("[data-download-trouble]")).to_contain_text("connection was lost")
    expect(page.locator("[data-download-words]")).to_contain_text("Walk without a connection")
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


def test_a_download_without_a_worker_is_told_to_have_failed(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.add_init_script(
        "navigator.serviceWorker.register = () => Promise.reject(new DOMException('no room', 'AbortError'));"
        "addEventListener('unhandledrejection', (event) => event.preventDefault());"
    )
    page.goto("/tours/1")
    page.click(part("download"))
    expect(page.locator("[data-download-trouble]")).to_contain_text("could not be made ready")
    expect(page.locator(part("download"))).to_have_text("Go on with the download")
    expect(page.locator(part("download-done"))).to_be_hidden()


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
    expect(page.locator(part("map-done"))).to_have_attribute("data-state", "waiting")
    expect(start).not_to_have_text("Pause")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(part("map-done"))).to_contain_text("Stop 2 of")
    assert page.locator(part("map-done")).get_attribute("aria-live") == "polite"


def test_who_wants_no_motion_sees_the_end_and_steps_through(browser: Browser, tours: Tours) -> None:
    with a_phone(browser, tours.address, reduced_motion="reduce") as phone:
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


def test_a_walk_begins_before_its_streets_have_come(phone: BrowserContext) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    phone.route("**/media/*.geojson", hold)
    page = phone.new_page()
    with page.expect_request("**/media/*.geojson"):
        page.goto("/tours/1/map")
    page.click(part("map-start"))
    expect(page.locator(part("map-start"))).to_have_text("Pause")
    held[0].continue_()
    expect(page.locator(part("map-done"))).to_have_attribute("data-state", "done")


def test_the_map_draws_as_many_pixels_as_the_screen_has(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto("/tours/1/map")
    page.click("[data-map-on]")
    width, shown, ratio = page.evaluate(
        "(canvas => [canvas.width, canvas.clientWidth, devicePixelRatio])(document.querySelector('canvas'))"
    )
    assert width == int(shown * ratio)


def test_the_player_opens_with_the_small_photo_until_the_walker_goes_on(
    phone: BrowserContext,
) -> None:
    page = phone.new_page()
    small = photo_of(phone.request.get("/tours/1/play").text())
    page.goto("/tours/1/play")
    page.wait_for_load_state("networkidle")
    photo = page.locator("[data-player-photo]")
    expect(photo).to_have_attribute("src", small)
    page.click("[data-player-on]")
    stops = page.locator("[data-photo]")
    expect(photo).to_have_attribute("src", stops.nth(1).get_attribute("data-photo") or "")
    page.click("[data-player-back]")
    expect(photo).to_have_attribute("src", stops.nth(0).get_attribute("data-photo") or "")
    assert small != stops.nth(0).get_attribute("data-photo")


def photo_of(player: str) -> str:
    """Return the address of the photo that a player's page comes with."""
    found = re.search(r'src="([^"]+)"[^>]*data-player-photo', player)
    assert found
    return found[1]


def test_a_connection_that_is_back_leaves_the_notice_of_a_newer_version(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.clock.install()
    page.goto("/downloads")
    page.wait_for_load_state("networkidle")
    phone.route("**/api/flags", lambda route: route.fulfill(headers={"x-release": "next"}, body="{}"))
    page.clock.run_for(16_000)
    notice = page.locator("[data-notice]")
    expect(notice).to_contain_text("newer version")
    phone.set_offline(True)
    expect(notice).to_contain_text("No connection")
    expect(notice).to_contain_text("newer version")
    phone.set_offline(False)
    expect(notice).not_to_contain_text("No connection")
    expect(notice.locator("button")).to_be_visible()


def test_a_page_that_is_left_reports_how_it_felt(phone: BrowserContext, tours: Tours) -> None:
    page = phone.new_page()
    page.goto("/tours/1/map")
    page.click("[data-map-on]")
    expect(page.locator(part("map-done"))).to_contain_text("Stop 2 of")
    # A headless browser hides no tab, so the page is told what it would see when it is left.
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', { value: 'hidden' });"
        "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));"
    )
    until(lambda: tours.reported("/tours/1/map"), "the report arrives")
    vitals = tours.reported("/tours/1/map")
    assert vitals.keys() >= {"TTFB", "FCP", "LCP", "CLS"}
    assert 0 < vitals["TTFB"] <= vitals["FCP"] <= vitals["LCP"]
    assert vitals["CLS"] < 0.1


def test_without_scripts_tours_stops_reviews_and_search_can_be_read(browser: Browser, tours: Tours) -> None:
    with a_phone(browser, tours.address, java_script_enabled=False) as phone:
        page = phone.new_page()
        page.goto("/")
        page.fill("#q", "painters")
        page.keyboard.press("Enter")
        page.click(f"{part('tour-link')} >> nth=0")
        assert page.locator(".stops li").count() > 3
        expect(page.locator(part("download"))).to_be_hidden()
        page.goto("/tours/40")
        assert page.locator(".reviews .text").count() == 5
        page.click("text=More reviews")
        assert page.locator(".reviews .text").count() == 2


@pytest.mark.parametrize("path", ["/", "/tours/1", "/tours/1/map", "/tours/1/play", "/login", "/downloads"])
def test_no_page_is_wider_than_a_small_phone(browser: Browser, tours: Tours, path: str) -> None:
    with a_phone(browser, tours.address) as phone:
        page = phone.new_page()
        page.set_viewport_size(SMALL)
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == SMALL["width"]


def test_a_new_edition_replaces_the_old_shell_and_keeps_tours(
    browser: Browser, leaving: Tours, tmp_path: Path
) -> None:
    with a_phone(browser, leaving.address) as phone:
        page = keep_tour(phone)
        old = [name for name in page.evaluate("caches.keys()") if name.startswith("shell-")]
        leaving.go_away()
        # A defect changes pages, as a release does.
        with served(tmp_path, "--port", leaving.address.rpartition(":")[2], "--defect", "low-contrast"):
            page.goto("/downloads")
            until(lambda: old[0] not in page.evaluate("caches.keys()"), "the old shell is dropped")
            names = page.evaluate("caches.keys()")
            assert len([name for name in names if name.startswith("shell-")]) == 1
            assert [name for name in names if name.startswith("tour-1-")]
            assert "low-contrast" in page.evaluate(KEPT_PAGE)
            page.goto("/tours/1")
            expect(page.locator(part("download-done"))).to_be_visible()


KEPT_PAGE = """async () => {
    const name = (await caches.keys()).find((name) => name.startsWith("tour-1-"));
    return (await (await caches.open(name)).match("/tours/1")).text();
}"""


def test_a_kept_tour_of_an_older_edition_keeps_its_pages_and_is_told_incomplete(
    browser: Browser, leaving: Tours, tmp_path: Path
) -> None:
    with a_phone(browser, leaving.address) as phone:
        page = keep_tour(phone)
        page.evaluate(GROWN_OLD)
        leaving.go_away()
        # A defect changes pages, as a release does.
        with served(tmp_path, "--port", leaving.address.rpartition(":")[2], "--defect", "low-contrast"):
            page.goto("/tours/1")
            button = page.locator(part("download"))
            page.wait_for_load_state("load")
            until(lambda: not page.evaluate(KEPT_RECORD)["complete"], "the tour is told incomplete")
            assert "low-contrast" not in page.evaluate(KEPT_PAGE)
            page.reload()
            expect(button).to_have_text("Go on with the download")
            button.click()
            expect(page.locator(part("download-done"))).to_be_visible()
            assert page.evaluate(KEPT_RECORD)["complete"]
            assert "low-contrast" in page.evaluate(KEPT_PAGE)


# As if the tour had been kept when its bundle had another digest.
GROWN_OLD = """async () => {
    const name = (await caches.keys()).find((name) => name.startsWith("tour-1-"));
    const [kept, old] = [await caches.open(name), await caches.open("tour-1-old")];
    for (const request of await kept.keys()) await old.put(request, await kept.match(request));
    await caches.delete(name);
}"""
KEPT_RECORD = """async () => {
    const name = (await caches.keys()).find((name) => name.startsWith("tour-1-"));
    return (await (await caches.open(name)).match("/downloads/record")).json();
}"""
