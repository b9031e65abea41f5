"""Dots, limits and means, drawn."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from reports.charts import svg
from reports.model import Figure
from reports.view import page
from tests.reports.builders import BROWSE, SEARCH, chapter, finding, run, three_releases, trial, trials


@pytest.fixture(scope="module")
def figures() -> tuple[Figure, ...]:
    return page(three_releases()).figures


def drawing(figure: Figure, width: int = 860) -> ET.Element:
    return ET.fromstring(svg(figure, width))  # noqa: S314  (our own drawing)


def texts(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter("text")]


def test_a_load_case_has_a_row_per_endpoint_and_pages_share_one_chart(figures: tuple[Figure, ...]) -> None:
    latency, paint = figures
    assert [strip.label for strip in latency.strips] == [
        "GET /api/search",
        "GET /api/tours/{id}",
        "all endpoints",
    ]
    assert [strip.limit for strip in latency.strips] == [0.2, 0.05, None]
    assert [strip.label for strip in paint.strips] == ["tours on pixel-7 over 4g, cold"]


def test_every_sound_trial_is_a_dot(figures: tuple[Figure, ...]) -> None:
    latency, _ = figures
    points = [element for element in drawing(latency).iter("path") if element.get("opacity") == "0.8"]
    assert len(points) == 3 * 3 * 9


def test_releases_differ_by_shape_as_well_as_by_colour(figures: tuple[Figure, ...]) -> None:
    _, paint = figures
    points = [element for element in drawing(paint).iter("path") if element.get("opacity") == "0.8"]
    assert len({point.get("d") for point in points}) == 3
    assert len({point.get("fill") for point in points}) == 3


def test_the_limit_and_each_mean_are_labelled(figures: tuple[Figure, ...]) -> None:
    latency, paint = figures
    assert {"limit 200 ms", "1.0: 6.1 ms", "1.2: 407 ms"} <= set(texts(drawing(latency)))
    assert {"limit 1 s", "1.2: 1.34 s"} <= set(texts(drawing(paint)))


def test_three_and_four_hundred_milliseconds_share_a_logarithmic_scale(figures: tuple[Figure, ...]) -> None:
    latency, paint = figures
    assert "ms, logarithmic scale" in texts(drawing(latency))
    assert "s" in texts(drawing(paint))


def test_a_drawing_has_a_name_a_description_and_nothing_the_content_policy_refuses(
    figures: tuple[Figure, ...],
) -> None:
    root = drawing(figures[0])
    assert root.get("role") == "img"
    named = {element.get("id"): element.text for element in root[:2]}
    assert named[root.get("aria-labelledby")] == "Response times: browse at demo"
    assert "One dot per trial" in (named[root.get("aria-describedby")] or "")
    for element in root.iter():
        assert element.tag not in {"style", "script", "image", "a", "foreignObject"}
        assert "style" not in element.attrib


def test_a_release_that_was_measured_twice_is_told_apart_by_its_run() -> None:
    again = run("1.0", id="20261124T010101-1.0-beef")
    (figure,) = page([chapter(run=run("1.0"), references=(again,))]).figures
    assert figure.releases == ("1.0 beef", "1.0 7f3a")


def test_values_of_zero_can_be_drawn() -> None:
    made = [trial(index=index, readings={SEARCH: value}) for index, value in enumerate((0.0, 0.0, 0.4))]
    (figure,) = page([chapter(run=run(made=made))]).figures
    assert "limit 200 ms" in texts(drawing(figure))
    (flat,) = page([chapter([], run=run(made=[trial(readings={"response_mean": 0.0})]))]).figures
    assert "all endpoints" in texts(drawing(flat))


def test_a_subject_with_very_many_endpoints_does_not_make_an_endless_chart() -> None:
    means = {f"response_mean{{GET /{number}}}": 0.1 for number in range(300)}
    (figure,) = page([chapter([finding()], run=run(made=trials(BROWSE, {SEARCH: 0.1, **means})))]).figures
    assert len(figure.strips) == 16
    assert figure.rest == "The first 16 of 301 rows."


def test_a_run_without_times_has_no_chart() -> None:
    assert page([chapter([], run=run(made=[trial(readings={"requests": 5.0})]))]).figures == ()
