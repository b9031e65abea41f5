"""docs/calibration.md: what was claimed and what was counted, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from calibration.best import Best
from calibration.claims import Claim
from calibration.counting import SEED
from calibration.rates import Goal, Rate, Standing
from calibration.rivals import RULES
from calibration.worlds import WORLDS

_OPENING = f"""\
# How often the gate is right

<!-- Made by `nox -s calibrate`; do not edit. -->

The gate that judges releases judges here what is simulated, so that the truth is known, and it is counted how
often it is right. Nothing of it is rebuilt for this: `calibration/gate_runs.py` hands real runs to
`lab.engine.gate`. Every row is seeded ({SEED} and the row's name), so `nox -s calibrate` makes the same page.
Targets have the usual margins: a fail must be shown to be beyond 2 %, a pass to be below 5 %. CV is the standard
deviation of single trials on logs. *Seen* has the exact 95 % interval (Clopper and Pearson). A goal is **missed**
where the whole interval lies on its wrong side, and *open* where only what was seen does.

Worlds:

{{worlds}}

Correlated metrics share the fate of their trial: any two have a correlation of 0.7.

## Power

<picture>
<source media="(prefers-color-scheme: dark)" srcset="calibration-dark.svg">
<img src="calibration-light.svg" alt="Two panels of curves, one for each noise from 0.5 % to 5 %: the share of gates \
that block, and that pass, a slowdown of one of 20 metrics, against its true size. The table has the numbers.">
</picture>

With 9+9 trials, log-normal. Each cell is the share of gates in which the metric that changed is blocked / passed, at
the level that it has as one of 20 (Holm's first step); what is neither is INCONCLUSIVE.
"""

# What a reader has to know of a group before its numbers.
_TOLD = {
    "False alarms": """\
Gates of 20 metrics with 9+9 trials at CV 2 %, in turns, of which none became worse by more than the fail margin.
*All at the fail margin* is the hardest case: every metric is slower by just what is allowed. A test that has any
power attains its level there whatever the noise's size, and 20 independent ones come to 0.995 %, so about every
second row that attains it is seen above 1 % by chance. An unchanged release is far from there.""",
    "Regressions found": """\
*Best possible* is the pooled Student test at the same level (Holm's first step), the most powerful one that does not
know the noise; the number behind it is for a test that is told the true noise. Where the best possible hardly keeps a
goal, the gate cannot keep it with much to spare: it pays for not assuming that both releases are equally noisy
(Welch), and for the rank test that has to agree.""",
    "Regressions found in other worlds": """\
Without goals; the metric that changed is judged at the level that it has as one of 20 (Holm's first step). A drift of the machine costs little where turns are mirrored and rounds are compared; outliers are never
dropped, so they cost power, and the gate says INCONCLUSIVE.""",
    "Regressions passed": "How often a release that is 10 % slower is called no worse; one metric, log-normal.",
    "Unchanged releases passed": """\
All 20 metrics have to pass. A single metric passes far more often, and independent metrics are the hard case: their
chances multiply. *Best possible* as above, at 97.5 % one-sided, for all metrics together.""",
    "Coverage of the 95 % interval of the ratio": """\
Each trial makes 1,000 log-normal requests, and one number is read from them. CV 2 % is what all requests of a trial
share; the chance of the requests comes on top.""",
    "Against a stored baseline": """\
Both runs have a session of their own, with 9+9 trials at CV 1 %, and sessions differ by 1 % (standard deviation on
logs). How much they differ is estimated from runs of one release against itself, fewer or more of them; readings of one
unit are pooled.""",
    "Planned looks": """\
The gate judges at 5 trials a side, goes on to 9 and to 14 where nothing is decided, and divides both levels by three;
CV 2 %, log-normal.""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A claim and what was counted."""

    claim: Claim
    seen: Rate


def opening() -> str:
    """Return the beginning of the page, down to the table under the picture."""
    return _OPENING.replace("{worlds}", "\n".join(f"- **{world.name}**: {world.told}" for world in WORLDS))


def power(cells: Mapping[tuple[float, float], tuple[Rate, Rate]]) -> str:
    """Return the table of the picture; *cells* are (blocked, passed) by change and CV."""
    noises = sorted({cv for _, cv in cells})
    changes = sorted({change for change, _ in cells})
    rows = [
        [f"+{change:.0%}", *(" / ".join(f"{rate.share:.0%}" for rate in cells[change, cv]) for cv in noises)]
        for change in changes
    ]
    return table(["true slowdown", *(f"CV {cv:.1%}" for cv in noises)], rows)


def groups(rows: Iterable[Row]) -> Iterator[str]:
    """Yield a section for each group of claims, in their order."""
    for group, members in groupby(rows, key=lambda row: row.claim.group):
        listed = list(members)
        with_best = any(row.claim.best for row in listed)
        heads = ["", "goal", "seen", "gates", "", *(["best possible"] if with_best else [])]
        lines = [_line(row, with_best=with_best) for row in listed]
        yield "\n".join(
            [f"## {group}", "", *([_TOLD[group], ""] if group in _TOLD else []), table(heads, lines)]
        )


def _line(row: Row, *, with_best: bool) -> list[str]:
    goal, seen = row.claim.goal, row.seen
    cells = [row.claim.name, goal_of(goal), share_of(seen), f"{seen.count:,}", standing_of(goal, seen)]
    return [*cells, _best(row.claim.best)] if with_best else cells


def rivals(rows: Mapping[str, Sequence[tuple[float, Sequence[Rate]]]]) -> str:
    """Return the section on other tools' rules; *rows* are by CV the rates of an alarm, +5 % and +10 % found."""
    heads = ["rule", "CV", "A/A: any alarm", "+5 % found", "+10 % found"]
    lines = [
        [rule, f"{cv:.0%}", *(share_of(rate) for rate in seen)] for rule in RULES for cv, seen in rows[rule]
    ]
    return f"{_RIVALS}\n{table(heads, lines)}"


_RIVALS = """\
## The rules of other tools on the same data

Gates of 20 metrics, 9+9 trials of 30 rounds each, which differ by 3 % within a trial; CV is what all rounds of a trial
share. *Any alarm* is a release without any change in which at least one metric is called slower; *found* is the one
metric of 20 that was. pytest-benchmark compares one run with one run. What pools the rounds of all trials takes them
for independent, finds everything, and finds it where nothing is.
"""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def goal_of(goal: Goal | None) -> str:
    """Return a goal in words."""
    return "" if goal is None else f"{goal.side.value} {goal.rate * 100:g} %"


def share_of(rate: Rate) -> str:
    """Return a rate with its interval."""
    low, high = rate.interval
    return f"{rate.share:.1%} ({low:.1%} to {high:.1%})"


def standing_of(goal: Goal | None, seen: Rate) -> str:
    """Return how a rate stands to its goal."""
    if goal is None:
        return ""
    standing = goal.standing(seen)
    return f"**{standing.value}**" if standing is Standing.MISSED else standing.value


def _best(best: Best | None) -> str:
    return "" if best is None else f"{best.student:.1%} ({best.known:.1%})"
