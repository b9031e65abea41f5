"""Rows of one's own: two users never share one, on however many workers."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lab.kernel.errors import UsageError
from scenarios.engine.pace import Pace
from scenarios.engine.rows import Loan, NoRowLeftError, Place, Rows


class Crowd(RuleBasedStateMachine):
    """Users come and go on several workers, which know nothing of each other."""

    @initialize(rows=st.integers(1, 12), workers=st.integers(1, 4))
    def begin(self, rows: int, workers: int) -> None:
        self.size = rows
        self.places = [Place(index=index, count=workers) for index in range(workers)]
        self.rows = [Rows(range(rows)) for _ in self.places]
        self.users: list[tuple[int, Loan[int]]] = []

    @rule(choice=st.randoms())
    def somebody_comes(self, choice: Random) -> None:
        worker = choice.randrange(len(self.places))
        there = sum(one == worker for one, _ in self.users)
        if there < len(range(self.size)[worker :: len(self.places)]):
            self.users.append((worker, self.rows[worker].lend(self.places[worker])))
        else:
            with pytest.raises(NoRowLeftError):
                self.rows[worker].lend(self.places[worker])

    @precondition(lambda self: self.users)
    @rule(choice=st.randoms())
    def somebody_goes(self, choice: Random) -> None:
        number = choice.randrange(len(self.users))
        worker, loan = self.users.pop(number)
        self.rows[worker].take_back(loan)

    @invariant()
    def nobody_shares(self) -> None:
        rows = [loan.row for _, loan in getattr(self, "users", [])]
        assert len(rows) == len(set(rows))


TestCrowd = Crowd.TestCase


def test_every_row_is_some_workers() -> None:
    lent = []
    for index in range(3):
        rows, place = Rows("abcdefghij"), Place(index=index, count=3)
        lent += [rows.lend(place).row for _ in "abcdefghij"[index::3]]
    assert sorted(lent) == list("abcdefghij")


def test_rows_that_nobody_had_come_first_and_then_the_one_returned_first() -> None:
    rows, place = Rows(("ann", "ben", "cid")), Place()
    ann, ben = rows.lend(place), rows.lend(place)
    rows.take_back(ben)
    rows.take_back(ann)
    assert [rows.lend(place).row for _ in range(3)] == ["cid", "ben", "ann"]


def test_running_out_says_how_many_rows_there_are_and_what_to_do() -> None:
    rows, place = Rows(range(5)), Place(index=1, count=2)
    rows.lend(place), rows.lend(place)
    with pytest.raises(NoRowLeftError, match=r"all 2 rows of worker 2 of 2 are lent; use fewer users"):
        rows.lend(place)


def test_rows_need_not_be_hashable_and_may_be_alike() -> None:
    rows: Rows[dict[str, str]] = Rows([{"card": "1"}, {"card": "1"}])
    one, other = rows.lend(Place()), rows.lend(Place())
    rows.take_back(one)
    assert rows.lend(Place()).row == other.row == {"card": "1"}


def test_a_row_that_is_given_back_twice_would_be_lent_twice() -> None:
    rows = Rows(range(2))
    loan = rows.lend(Place())
    rows.take_back(loan)
    with pytest.raises(ValueError, match="given back twice"):
        rows.take_back(loan)


@pytest.mark.parametrize(("index", "count"), [(1, 1), (-1, 1), (4, 3), (0, 0)])
def test_a_worker_that_is_none_of_those_known_is_told_to_say_how_many_there_are(
    index: int, count: int
) -> None:
    with pytest.raises(UsageError, match="--expect-workers N"):
        Place(index=index, count=count)


def test_turns_are_evenly_spaced_and_those_of_a_lull_are_lost() -> None:
    pace = Pace(5.0)
    assert [pace.until_turn(10.0) for _ in range(3)] == pytest.approx([0.0, 0.2, 0.4])
    assert pace.until_turn(10.3) == pytest.approx(0.3)
    assert [pace.until_turn(60.0) for _ in range(2)] == pytest.approx([0.0, 0.2])
