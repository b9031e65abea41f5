"""A reading over runs, drawn and told."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from lab.kernel.history import History, Order, Point, Shift
from lab.kernel.model import Lane
from reports.history import page
from reports.model import HistoryChapter
from reports.render import render_history
from reports.timelines import svg
from tests.builders import START
from tests.reports.document import Document

SHIFT = Shift(place=6, earliest=5, latest=7, before=0.1, after=0.2, p_value=0.001)


def history(
    values: tuple[float, ...] = (0.1,) * 6 + (0.2,) * 6,
    *,
    shifts: tuple[Shift, ...] = (SHIFT,),
    epochs: tuple[int, ...] = (0,) * 12,
    key: str = "response_p95",
    why: str = "promoted",
) -> History:
    points = tuple(
        Point(
            run=f"run-{at}",
            release="1.0",
            measured_at=START + timedelta(hours=at),
            value=value,
            trials=3,
            epoch=epoch,
            decisions=(why,) if at == 2 else (),
        )
        for at, (value, epoch) in enumerate(zip(values, epochs, strict=True))
    )
    return History(
        subject="tour",
        lane=Lane.LOAD,
        case="browse at demo",
        key=key,
        order=Order.TIME,
        points=points,
        shifts=shifts,
        epochs=((), ("cpu",))[: max(epochs) + 1],
    )


def chapter(told: History) -> HistoryChapter:
    (only,) = page(told.key, [told], START).chapters
    return only


@pytest.mark.parametrize("width", [320, 860])
def test_every_run_is_a_dot_and_the_change_has_a_label(width: int) -> None:
    root = ET.fromstring(svg(chapter(history()).timeline, width))  # noqa: S314  (our own drawing)
    dots = [element for element in root.iter("path") if element.get("opacity") == "0.8"]
    assert len(dots) == 12
    assert "slower by 100 %" in {element.text for element in root.iter("text")}
    assert root.get("role") == "img"
    for element in root.iter():
        assert element.tag not in {"style", "script", "image", "a", "foreignObject"}


def test_levels_meet_at_the_change_and_stop_at_another_environment() -> None:
    drawn = chapter(history(epochs=(0,) * 9 + (1,) * 3)).timeline
    assert [(level.first, level.last, level.value) for level in drawn.levels] == [(1, 6, 100), (7, 9, 200)]
    assert drawn.edges == (10,)
    assert drawn.decided == (3,)
    (change,) = drawn.changes
    assert (change.at, change.first, change.last) == (7, 6, 8)


def test_a_change_is_told_with_its_size_its_range_and_the_command_that_looks_closer() -> None:
    (row,) = chapter(history()).changes
    assert (row.moved, row.levels, row.place) == ("slower by 100 %", "from 100 ms to 200 ms", "run 6 to 8")
    assert row.following == "launchlab compare run-5 run-6"


def test_shares_change_by_points_and_a_level_of_zero_has_no_ratio() -> None:
    shift = Shift(place=6, earliest=6, latest=6, before=0.0, after=0.02, p_value=0.01)
    shares = chapter(history((0.0,) * 6 + (0.02,) * 6, shifts=(shift,), key="error_ratio"))
    assert shares.changes[0].moved == "higher by 2 percentage points"
    assert chapter(history(shifts=(shift,))).changes[0].moved == "slower by 20 ms"


def test_the_same_value_throughout_can_be_drawn() -> None:
    for value in (0.0, 0.1):
        flat = history((value,) * 12, shifts=())
        assert svg(chapter(flat).timeline, 860).startswith("<svg")


def test_a_strangers_words_are_only_text() -> None:
    html = render_history(page("response_p95", [history(why="<script>alert(1)</script>\u202e")], START))
    assert not [element for element in Document(html).elements if element.tag == "script"]
    assert "\u202e" not in html
