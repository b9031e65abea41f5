"""Defects that show in a browser: what each does to a page, against the same page of the clean app."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.commands import until
from tests.tourapp.phones import a_browser, a_phone
from tests.tourapp.servers import started

pytestmark = pytest.mark.end_to_end

PAGES = ("/", "/tours/20", "/tours/20/map", "/tours/20/play", "/login", "/downloads", "/offline")
# Milliseconds for which an idle page is watched.
WATCHED = 3_000
# Loads of which the quickest counts: a busy machine makes some slower, and none quicker.
LOADS = 3
# Milliseconds after the load in which something may still move the page.
SETTLING = 1_500
# WCAG 2.2, 1.4.3: the contrast that text of a usual size needs.
CONTRAST = 4.5


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def clean() -> Iterator[str]:
    with started() as (_, address):
        yield address


@contextmanager
def with_defect(defect: str) -> Iterator[str]:
    with started("--defect", defect) as (_, address):
        yield address


@contextmanager
def opened(browser: Browser, address: str, path: str, watch: str = "") -> Iterator[Page]:
    """Open a page on a new phone, which runs the script *watch* before those of the page."""
    with a_phone(browser, address) as phone:
        page = phone.new_page()
        if watch:
            page.add_init_script(watch)
        page.goto(path)
        yield page


def transferred(browser: Browser, address: str, path: str) -> Mapping[str, float]:
    """Return the bytes that came over the line for a first visit, by address without its query."""
    with opened(browser, address, path) as page:
        sizes: dict[str, float] = page.evaluate("""Object.fromEntries(
            [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
                .map(({ name, transferSize }) => [new URL(name).pathname, transferSize]))""")
        return sizes


def test_the_hero_image_is_the_largest_thing_on_the_line_and_on_the_screen(
    browser: Browser, clean: str
) -> None:
    with with_defect("hero-image") as defective:
        heavy = transferred(browser, defective, "/tours/1")
        assert heavy["/static/defects/hero-image.png"] == pytest.approx(4e6, rel=0.05)
        with opened(browser, defective, "/tours/1", LARGEST_PAINT) as page:
            # Text comes first; a largest paint is what no larger one follows.
            until(lambda: page.evaluate("painted.includes('hero-image.png')"), "the picture is the largest")
    light = transferred(browser, clean, "/tours/1")
    assert not [path for path in light if "defects" in path]
    assert sum(light.values()) < sum(heavy.values()) / 10


LARGEST_PAINT = """window.painted = "";
new PerformanceObserver((list) => { window.painted = list.getEntries().at(-1).url; })
    .observe({ type: "largest-contentful-paint", buffered: true });"""


def test_the_oversized_bundle_weighs_more_than_all_the_rest(browser: Browser, clean: str) -> None:
    with with_defect("oversized-bundle") as defective:
        heavy = transferred(browser, defective, "/")
    light = transferred(browser, clean, "/")
    # Of 1.5 MB, compression leaves three quarters.
    assert heavy["/static/defects/oversized-bundle.js"] == pytest.approx(1.12e6, rel=0.05)
    assert sum(light.values()) < sum(heavy.values()) / 5


def test_layout_shift_moves_what_was_painted(browser: Browser, clean: str) -> None:
    paths = ("/", "/tours/1", "/tours/1/play")
    with with_defect("layout-shift") as defective:
        for path in paths:
            with opened(browser, defective, path, SHIFTS) as page:
                until(lambda: page.evaluate("shifted > 0.1"), "the banner")
                # The share of the screen that moves, times how far it does: nearly all of it, by 0.3.
                assert page.evaluate("shifted") <= 0.31
    for path in paths:
        with opened(browser, clean, path, SHIFTS) as page:
            page.wait_for_timeout(SETTLING)
            assert page.evaluate("shifted") < 0.02


SHIFTS = """window.shifted = 0;
new PerformanceObserver((list) => { for (const { value } of list.getEntries()) window.shifted += value; })
    .observe({ type: "layout-shift", buffered: true });"""


def test_scroll_task_holds_up_each_frame_of_a_scroll_and_no_other(browser: Browser, clean: str) -> None:
    with with_defect("scroll-task") as defective, opened(browser, defective, "/") as page:
        # Milliseconds: the strength is 30.
        assert page.evaluate(QUICK_FRAME, 20) >= 29
        assert page.evaluate(QUICK_FRAME, 0) < 25
    with opened(browser, clean, "/") as page:
        assert page.evaluate(QUICK_FRAME, 20) < 25


# The length of the shortest frame but four, of 40: a busy machine makes frames late, and after a late one the
# next may be short.  Those in which the scroll begins are left out.
QUICK_FRAME = """async (step) => {
    const begins = [];
    for (let number = 0; number < 45; number += 1) {
        begins.push(await new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now()))));
        scrollBy(0, step);
    }
    const lengths = begins.slice(5).map((begin, at) => begin - begins[at + 4]);
    return lengths.sort((one, other) => one - other)[4];
}"""


def test_blocking_script_delays_the_first_paint_by_its_length(browser: Browser, clean: str) -> None:
    with with_defect("blocking-script") as defective:
        late = first_paint(browser, defective)
    soon = first_paint(browser, clean)
    assert late >= 0.4
    assert late - soon > 0.3


def first_paint(browser: Browser, address: str) -> float:
    """Return the first contentful paint of the quickest of several first visits, in seconds."""
    paints = []
    for _ in range(LOADS):
        with opened(browser, address, "/") as page:
            until(lambda: page.evaluate(f"{FIRST_PAINT}.length"), "the first paint")
            paints.append(float(page.evaluate(f"{FIRST_PAINT}[0].startTime")) / 1e3)
    return min(paints)


FIRST_PAINT = 'performance.getEntriesByName("first-contentful-paint")'


def test_background_timers_keep_a_fifth_of_a_core_busy(browser: Browser, clean: str) -> None:
    with with_defect("background-timers") as defective:
        busy = busy_share(browser, defective)
    assert 0.12 < busy < 0.35
    assert busy_share(browser, clean) < busy / 5


def busy_share(browser: Browser, address: str) -> float:
    """Return the share of time in which the main thread of an idle page is at work."""
    with opened(browser, address, "/") as page:
        page.wait_for_load_state("networkidle")
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")

        def metrics() -> Mapping[str, float]:
            told = session.send("Performance.getMetrics")["metrics"]
            return {metric["name"]: metric["value"] for metric in told}

        before = metrics()
        page.wait_for_timeout(WATCHED)
        after = metrics()
        return (after["TaskDuration"] - before["TaskDuration"]) / (after["Timestamp"] - before["Timestamp"])


def test_double_polling_asks_for_the_flags_more_often_than_one_timer_can(
    browser: Browser, clean: str
) -> None:
    with with_defect("double-polling=0.5") as defective:
        asked = flags_asked_for(browser, defective)
    # One timer of half a second would ask at most six times in three seconds, and has begun before.
    assert 7 < asked <= 13
    assert flags_asked_for(browser, clean) == 0


def flags_asked_for(browser: Browser, address: str) -> int:
    """Return how often an idle page asks for the flags while it is watched."""
    with opened(browser, address, "/") as page:
        page.wait_for_load_state("load")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.wait_for_timeout(WATCHED)
        return len([url for url in asked if url.endswith("/api/flags")])


def test_missing_alt_leaves_pictures_without_a_text(browser: Browser, clean: str) -> None:
    with with_defect("missing-alt") as defective:
        for path in ("/", "/tours/20"):
            assert pictures_without_a_text(browser, defective, path) > 0
            assert pictures_without_a_text(browser, clean, path) == 0


def pictures_without_a_text(browser: Browser, address: str, path: str) -> int:
    with opened(browser, address, path) as page:
        return page.locator("img:not([alt])").count()


def test_missing_label_leaves_fields_without_a_name(browser: Browser, clean: str) -> None:
    with with_defect("missing-label") as defective:
        assert fields(browser, defective, "/") == ["", ""]
        assert fields(browser, defective, "/login") == ["", ""]
    assert fields(browser, clean, "/") == ["Search", "City"]
    assert fields(browser, clean, "/login") == ["E-mail address", "Password"]


def fields(browser: Browser, address: str, path: str) -> list[str]:
    """Return what a screen reader calls the fields of a page."""
    with opened(browser, address, path) as page:
        session = page.context.new_cdp_session(page)
        nodes = session.send("Accessibility.getFullAXTree")["nodes"]
        return [
            node["name"]["value"]
            for node in nodes
            if not node["ignored"] and node["role"]["value"] in {"searchbox", "textbox", "combobox"}
        ]


def test_low_contrast_makes_quiet_text_hard_to_read(browser: Browser, clean: str) -> None:
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    with with_defect("low-contrast") as defective:
        for scheme in schemes:
            with a_phone(browser, defective, color_scheme=scheme) as phone:
                poor = poor_texts(phone, "/")
                assert "Put on your headphones and let people who live there show you round." in poor
                assert max(poor.values()) < 3
            with a_phone(browser, clean, color_scheme=scheme) as phone:
                assert [poor_texts(phone, path) for path in PAGES] == [{}] * len(PAGES)


def poor_texts(phone: BrowserContext, path: str) -> Mapping[str, float]:
    """Return the texts of a page that stand out too little from their ground, with their contrast."""
    page = phone.new_page()
    page.goto(path)
    contrasts: dict[str, Any] = page.evaluate(CONTRASTS)
    assert contrasts
    page.close()
    return {text: contrast for text, contrast in contrasts.items() if contrast < CONTRAST}


# The contrast of each text that is shown, as WCAG 2.2 defines it; what is disabled needs none.
CONTRASTS = """() => {
    const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const luminance = (colour) => {
        const [red, green, blue] = parts(colour).map((part) => part / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ground = (element) => {
        const colour = getComputedStyle(element).backgroundColor;
        return parts(colour)[3] === 0 && element.parentElement ? ground(element.parentElement) : colour;
    };
    const contrasts = {};
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        const text = texts.currentNode.data.trim();
        if (!text || !element.checkVisibility() || element.matches(":disabled, option, noscript")) continue;
        const shades = [getComputedStyle(element).color, ground(element)].map(luminance);
        const contrast = (Math.max(...shades) + 0.05) / (Math.min(...shades) + 0.05);
        contrasts[text] = Math.min(contrast, contrasts[text] ?? Infinity);
    }
    return contrasts;
}"""
