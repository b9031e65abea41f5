"""The command `python -m calibration`: counts, and writes docs/calibration.md with its pictures.

With ``--runs`` it looks at recorded runs instead, and prints what the gate says of them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from calibration import page
from calibration.claims import claims
from calibration.counting import Mapper, rates, working
from calibration.curves import Point, points
from calibration.gate_runs import MARGINS
from calibration.page import Row
from calibration.picture import Theme, svg
from calibration.rates import Rate
from calibration.rivals import RULES, Contest

DOCS = Path(__file__).parents[1] / "docs"
_CURVE_GATES, _RIVAL_GATES = 500, 300
_RIVAL_NOISES, _RIVAL_CHANGES = (0.01, 0.03), (0.0, 0.05, 0.10)

Say = Callable[[str], None]


def main(arguments: Sequence[str] | None = None, out: TextIO = sys.stdout) -> int:
    """Write the page, or tell of recorded runs; return 0."""
    options = _parser().parse_args(arguments)

    def say(line: str) -> None:
        out.write(f"{line}\n")
        out.flush()

    if options.runs:
        from calibration.lanes import told  # noqa: PLC0415  (who simulates needs no store)

        for line in told(options.store, options.runs):
            say(line)
        return 0
    with working(options.workers) as mapper:
        _write(options.share, mapper, say)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m calibration", description=__doc__)
    parser.add_argument("--workers", type=int, default=1, help="processes to share the work between")
    parser.add_argument(
        "--share", type=float, default=1.0, help="the part of the gates to simulate, for a quick look"
    )
    parser.add_argument("--runs", nargs="+", metavar="RUN", help="recorded runs of one release, judged A/A")
    parser.add_argument("--store", type=Path, default=Path(".launchlab"), help="the folder of their store")
    return parser


def _write(share: float, mapper: Mapper, say: Say) -> None:
    rows = list(_counted(share, mapper, say))
    seen = list(points(_part(_CURVE_GATES, share), mapper))
    cells = {(point.change, point.cv): (point.blocked, point.passed) for point in seen}
    sections = [page.opening(), page.power(cells), *page.groups(rows), page.rivals(_rivals(share, mapper))]
    (DOCS / "calibration.md").write_text("\n".join(sections), encoding="utf-8")
    _draw(seen)
    say(f"written to {DOCS}")


def _counted(share: float, mapper: Mapper, say: Say) -> Iterator[Row]:
    for claim in claims():
        row = Row(claim=claim, seen=claim.seen(_part(claim.gates, share), mapper))
        say(
            f"{claim.group}: {claim.name}: {page.share_of(row.seen)} {page.standing_of(claim.goal, row.seen)}"
        )
        yield row


def _rivals(share: float, mapper: Mapper) -> dict[str, list[tuple[float, list[Rate]]]]:
    seen: dict[str, list[tuple[float, list[Rate]]]] = {rule: [] for rule in RULES}
    for cv in _RIVAL_NOISES:
        by_change = [
            rates(Contest(cv=cv, change=change), f"rivals {cv} {change}", _part(_RIVAL_GATES, share), mapper)
            for change in _RIVAL_CHANGES
        ]
        for rule, of_rule in zip(RULES, zip(*by_change, strict=True), strict=True):
            seen[rule].append((cv, list(of_rule)))
    return seen


def _draw(seen: Sequence[Point]) -> None:
    for theme in Theme:
        picture = svg(seen, (MARGINS.fail, MARGINS.accept), theme)
        (DOCS / f"calibration-{theme.value}.svg").write_text(f"{picture}\n", encoding="utf-8")


def _part(gates: int, share: float) -> int:
    return max(round(gates * share), 1)


if __name__ == "__main__":
    sys.exit(main())
