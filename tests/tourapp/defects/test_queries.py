"""The defects "n-plus-one" and "missing-index": statements counted, and plans asked of the database."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tourapp.defects.parts import catalogue_of
from tourapp.registry.defect import FAULTS, Defect, Defects
from tourapp.store.catalogue import Catalogue
from tourapp.store.database import open_catalogue

ONE_BY_ONE: Defects = {Defect.N_PLUS_ONE: 1}
WITHOUT_INDEX: Defects = {Defect.MISSING_INDEX: FAULTS[Defect.MISSING_INDEX].strength}


@contextmanager
def watched(path: Path, defects: Defects) -> Iterator[tuple[Catalogue, list[str]]]:
    """Hand out the catalogue of an app with these defects, and the statements that it executes."""
    with closing(open_catalogue(path)) as connection:
        catalogue = catalogue_of(defects, connection)
        # The first search makes the index of words read itself up.
        catalogue.search("river", 1)
        statements: list[str] = []

        def note(statement: str) -> None:
            # What that index asks of its own tables is no question of ours.
            if not statement.startswith(("--", "PRAGMA")):
                statements.append(statement)

        connection.set_trace_callback(note)
        yield catalogue, statements


def plans(catalogue: Catalogue, statements: list[str]) -> list[str]:
    """Tell how the database goes about the statements."""
    catalogue.connection.set_trace_callback(None)
    return [
        step[3]
        for statement in statements
        for step in catalogue.connection.execute(f"EXPLAIN QUERY PLAN {statement}")
    ]


def test_a_search_one_by_one_asks_for_every_hit_and_every_field_of_its_stops(catalogue: Path) -> None:
    for limit in (1, 20):
        with watched(catalogue, ONE_BY_ONE) as (slow, statements):
            found = slow.search("river", limit)
            assert len(found) == limit
            # The search itself asks twice: for the first matches, and for their cards.
            assert len(statements) == 2 + sum(2 + 5 * card.stops for card in found)


def test_a_sound_search_asks_twice_however_much_it_finds(catalogue: Path) -> None:
    for limit in (1, 20):
        with watched(catalogue, {}) as (sound, statements):
            assert len(sound.search("river", limit)) == limit
            assert len(statements) == 2


def test_one_by_one_finds_the_same(catalogue: Path) -> None:
    with watched(catalogue, {}) as (sound, _), watched(catalogue, ONE_BY_ONE) as (slow, _):
        assert slow.search("old harbour", 50) == sound.search("old harbour", 50)


def test_without_the_index_a_tour_reads_the_stops_of_all_tours(catalogue: Path) -> None:
    with watched(catalogue, WITHOUT_INDEX) as (slow, statements):
        slow.detail(7)
        assert "SCAN stops" in plans(slow, statements)
        (rows,) = slow.connection.execute("SELECT count(*) FROM stops").fetchone()
        assert abs(rows / WITHOUT_INDEX[Defect.MISSING_INDEX] - 1) < 0.1


def test_with_the_index_a_tour_reads_its_own_stops_only(catalogue: Path) -> None:
    with watched(catalogue, {}) as (sound, statements):
        sound.detail(7)
        assert "SEARCH stops USING PRIMARY KEY (tour_id=?)" in plans(sound, statements)


def test_the_list_of_tours_keeps_its_index(catalogue: Path) -> None:
    with watched(catalogue, WITHOUT_INDEX) as (slow, statements):
        slow.page(city="Lisbon", limit=20)
        assert not [step for step in plans(slow, statements) if step.startswith("SCAN")]


def test_without_the_index_every_tour_is_the_same(catalogue: Path) -> None:
    with watched(catalogue, {}) as (sound, _), watched(catalogue, {Defect.MISSING_INDEX: 0}) as (slow, _):
        assert [slow.detail(number) for number in (1, 7, 2_000)] == [
            sound.detail(number) for number in (1, 7, 2_000)
        ]
        assert slow.counts() == sound.counts()
