"""What the subject says is shown, and never acts."""

from __future__ import annotations

import pytest

from reports.text import NAME, plain, sentence, visible


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("a\0b", "a␀b"),
        ("a\nb", "a␊b"),
        ("a\u202eb", "a[U+202E]b"),
        ("a\ud800", "a[U+D800]"),
        ("a\x7f", "a[U+007F]"),
    ],
)
def test_what_would_act_instead_of_being_seen_gets_a_sign(hidden: str, shown: str) -> None:
    assert visible(hidden) == shown


def test_other_scripts_stay_as_they_are() -> None:
    assert visible("Zürich 東京 القاهرة\u00a0✓") == "Zürich 東京 القاهرة\u00a0✓"


def test_a_long_name_keeps_both_ends_and_loses_its_middle() -> None:
    short = plain("start" + "x" * 10_000 + "end")
    assert len(short) == NAME
    assert short.startswith("start")
    assert short.endswith("end")
    assert " … " in short


def test_signs_do_not_make_a_name_longer_than_its_limit() -> None:
    assert len(plain("\u202e" * 150)) == NAME


def test_a_sentence_starts_with_a_capital_and_survives_being_empty() -> None:
    assert sentence("not measured.") == "Not measured."
    assert sentence("") == ""
