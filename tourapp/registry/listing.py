"""The list of defects, as a table for people and as JSON for programs."""

import textwrap
from collections.abc import Sequence
from itertools import zip_longest

import msgspec

from tourapp.registry.defect import FAULTS, Defect
from tourapp.registry.fault import ON, Fault

# Characters of each column; with two blanks between them the table fits 112 characters.
TITLES = {"DEFECT, STRENGTH": 22, "WHAT IS WRONG": 26, "WHAT A LAB SHOULD FIND": 32, "BY WHICH METRIC": 26}


def table() -> str:
    """Return one block of lines for each defect."""
    blocks = [_block(TITLES)]
    blocks += [
        _block((f"{defect}\n{_strength(fault)}", fault.does, fault.finding, fault.metric))
        for defect, fault in FAULTS.items()
    ]
    return "\n\n".join(blocks) + "\n"


def document() -> bytes:
    """Return a JSON object: each defect by its name, with what `Fault` holds."""
    described: dict[Defect, Fault] = dict(FAULTS)
    return msgspec.json.format(msgspec.json.encode(described)) + b"\n"


def _block(cells: Sequence[str] | dict[str, int]) -> str:
    columns = [
        [line for part in cell.split("\n") for line in textwrap.wrap(part, width, break_on_hyphens=False)]
        for cell, width in zip(cells, TITLES.values(), strict=True)
    ]
    return "\n".join(
        "  ".join(f"{text:{width}}" for text, width in zip(row, TITLES.values(), strict=True)).rstrip()
        for row in zip_longest(*columns, fillvalue="")
    )


def _strength(fault: Fault) -> str:
    scale = fault.scale
    if scale == ON:
        return "on or off"
    return f"={_number(fault.strength)} {scale.unit}\n{_number(scale.lowest)} to {_number(scale.highest)}"


def _number(value: float) -> str:
    """Write a number as the command line takes it."""
    return f"{value:.0f}" if value >= 1_000 else f"{value:.3g}"  # noqa: PLR2004 - where %g begins to lose digits
