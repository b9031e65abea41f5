"""What is told of the defects."""

import io
import json

import pytest

from tourapp.__main__ import main
from tourapp.registry.defect import FAULTS, Defect, UnknownStrengthError, defect_of
from tourapp.registry.fault import ON


def listed(*options: str) -> str:
    out = io.StringIO()
    assert main(["defects", *options], out) == 0
    return out.getvalue()


@pytest.mark.parametrize("defect", Defect)
def test_every_defect_says_what_is_wrong_and_what_a_lab_should_find_by_which_metric(defect: Defect) -> None:
    fault = FAULTS[defect]
    assert fault.does
    assert fault.finding
    assert fault.metric


@pytest.mark.parametrize("defect", Defect)
def test_every_defect_can_be_asked_for_by_its_name_alone(defect: Defect) -> None:
    assert defect_of(defect.value) == (defect, FAULTS[defect].strength)


@pytest.mark.parametrize("defect", [each for each in Defect if FAULTS[each].scale != ON])
def test_every_strength_lies_on_its_scale_and_one_beyond_is_refused(defect: Defect) -> None:
    fault = FAULTS[defect]
    assert fault.scale.lowest <= fault.strength <= fault.scale.highest
    assert defect_of(f"{defect}={fault.scale.highest}") == (defect, fault.scale.highest)
    for beyond in (fault.scale.lowest - 1, fault.scale.highest + 1, "nan"):
        with pytest.raises(UnknownStrengthError, match=f"{defect} must be {fault.scale.unit} from"):
            defect_of(f"{defect}={beyond}")


def test_a_defect_that_is_there_or_not_takes_no_strength() -> None:
    with pytest.raises(UnknownStrengthError, match="leave out the strength '1'"):
        defect_of("no-etag=1")


def test_the_list_fits_a_terminal_and_tells_all_words_of_every_defect() -> None:
    table = listed()
    assert max(map(len, table.splitlines())) <= 112
    blocks = {block.split()[0]: block for block in table.split("\n\n")}
    for defect, fault in FAULTS.items():
        told = set(blocks[defect].split())
        assert {*fault.does.split(), *fault.finding.split(), *fault.metric.split()} <= told
        assert fault.scale == ON or {fault.scale.unit.value, f"{fault.scale.lowest:g}"} <= told


def test_the_list_as_json_is_in_base_units() -> None:
    described = json.loads(listed("--json"))
    assert list(described) == [defect.value for defect in Defect]
    assert described["hero-image"]["strength"] == 4_000_000
    assert described["slow-requests"]["strength"] == pytest.approx(1 / 12)
    assert described["memory-leak"]["scale"] == {"unit": "bytes", "lowest": 0, "highest": 10_000_000}
