"""``launchlab doctor --load``: plain Locust and ours here, held to a server that knows the truth."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lab.engine.doctor import Check
from lab.engine.plan import Order
from lab.engine.runner import Progress
from lab.kernel.errors import ExitCode
from lab.kernel.model import Case, Lane, Subject
from lab.kernel.units import Unit, show
from launchlab.screen import console
from profiles.capacity import RATE_OF_ONE_PROCESS, USERS_OF_ONE_PROCESS
from profiles.profile import Profile
from scenarios.driver import LoadDriver
from scenarios.plain import plain_locust
from scenarios.truth.comparison import BUSY_ALLOWED, Comparison, Figures, Reported, compare
from scenarios.truth.started import truth_server

# Most answers come quickly, and one in fifty late, so that a percentile has something to show.
_PATH = "/?delay=20ms&slow=2%25&slow_delay=200ms"
_ANSWERS = "20 ms, and 2 % of the answers after 220 ms"
# Users come up in this many seconds: as quickly as people type it, and not all at once.
_RAMP = 2
# What a generator takes to import and to end, on a two-core machine.
_OVERHEAD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What both generators are asked to do: *users* with a request a second each, for *hold* seconds."""

    users: int
    hold: int


def show_check(load: Load, *, as_json: bool) -> int:
    """Measure, and print what each reports beside the truth; return 0 when ours agrees, else 5.

    Raises DriverError when a generator or the server does not start.
    """
    to = console(aside=as_json)
    about = 2 * (_OVERHEAD + _RAMP + load.hold)
    to.print(
        f"{load.users} users, about a request a second each, on a server that answers after {_ANSWERS}: "
        f"plain Locust, then launchlab; about {about} s",
        style="dim",
    )
    with tempfile.TemporaryDirectory(prefix="launchlab-") as folder:
        plain, ours = _measured(load, Path(folder))
    checks = tuple(_checks(ours))
    code = ExitCode.PASSED if all(check.well for check in checks) else ExitCode.INVALID
    if as_json:
        print(json.dumps(_document(load, (plain, ours), checks, code)))  # noqa: T201  (what --json is for)
    else:
        _print(to, (plain, ours), checks)
    return code


def _measured(load: Load, folder: Path) -> tuple[Comparison, Comparison]:
    """Let both generators walk the same locustfile in turn, each with a server of its own."""
    locustfile = folder / "locustfile.py"
    locustfile.write_text(files("scenarios.truth").joinpath("locustfile.py.txt").read_text(encoding="utf-8"))
    compared = []
    for generator in (_plain, _ours):
        place = folder / generator.__name__
        place.mkdir()
        with truth_server(place, "--path", _PATH) as server:
            reported = generator(locustfile, server.url, load, place)
            truth = server.truth()
        compared.append(compare(reported, truth, users=load.users, seconds=load.hold))
    plain, ours = compared
    return plain, ours


def _plain(locustfile: Path, url: str, load: Load, folder: Path) -> Reported:
    return plain_locust(locustfile, url, users=load.users, ramp=_RAMP, hold=load.hold, folder=folder)


def _ours(locustfile: Path, url: str, load: Load, folder: Path) -> Reported:
    profile = Profile(name="doctor", users=load.users, ramp=_RAMP, warm_up=0, hold=load.hold, trials=1)
    case = Case(lane=Lane.LOAD, journey="doctor", profile=profile.name)
    driver = LoadDriver({profile.name: profile}, {case.journey: locustfile})
    order = Order(
        case=case,
        subject=Subject(name="truth", release="1", url=url),
        seed=0,
        index=0,
        # As long as plain Locust is given.
        deadline=driver.duration(case) + 60,
        folder=folder,
    )
    trial = driver.trial(order, _Unwatched())
    readings = trial.readings
    figures = Figures(
        p50=readings.get("response_p50"),
        p95=readings.get("response_p95"),
        p99=readings.get("response_p99"),
        rate=readings.get("throughput", 0.0),
    )
    return Reported(name=f"launchlab {version('launchlab')}", figures=figures, caveats=trial.caveats)


class _Unwatched:
    """Nobody watches: an interrupt ends the command, and what it started with it."""

    def progress(self, progress: Progress) -> None:
        """Show nothing."""

    def stopping(self) -> bool:
        """Never ask to stop."""
        return False


def _checks(ours: Comparison) -> Iterator[Check]:
    doubts = "; ".join(f"{each.code}: {each.advice}" for each in ours.reported.caveats if each.fatal)
    worst = max(ours.differences().values(), key=abs, default=0.0)
    yield Check(
        name="latencies are the server's own",
        well=ours.agrees and ours.reported.sound,
        seen=f"INVALID, as launchlab says itself: {doubts}"
        if doubts
        else f"at most {1e3 * abs(worst):.1f} ms off",
        remedy="this machine cannot carry so many users now: end other work, give --users fewer, or use one "
        "with more cores.",
    )
    yield Check(
        name="connections stay open",
        well=ours.keeps_connections,
        seen=f"{ours.connections} for {ours.users} users",
        remedy="requests pay for connections that real users would have kept, so read the latencies as too "
        f"high: a process carries {USERS_OF_ONE_PROCESS:,} users with a connection each, at "
        f"{RATE_OF_ONE_PROCESS:,} requests a second, where it may open as many files (ulimit -n) and has a "
        "core of its own.  Raise the limit, end other work, or give --users fewer.",
    )
    yield Check(
        name="the truth server has time",
        well=ours.busiest <= BUSY_ALLOWED,
        seen=f"at most {ours.busiest:.0%} of a second",
        remedy="the server itself was short of a processor, so this tells nothing: end other work.",
    )


def _print(to: Console, compared: tuple[Comparison, ...], checks: tuple[Check, ...]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", header_style="dim")
    for heading in ("p50", "p95", "p99", "requests/s", "connections"):
        table.add_column(heading, header_style="dim", justify="right")
    for each in compared:
        table.add_row(f"{each.reported.name} reports", *_cells(each.reported.figures), "")
        table.add_row("  the server's own log", *_cells(each.served), f"{each.connections}", style="dim")
    to.print(table)
    for check in checks:
        mark = "[green]✓[/]" if check.well else "[red]✗[/]"
        to.print(f"{mark} {check.name}: {escape(check.seen)}")
        if not check.well:
            to.print(f"    {escape(check.remedy)}")


def _cells(figures: Figures) -> list[str]:
    shown = [
        "none" if value is None else show(value, Unit.SECOND) for value in figures.percentiles().values()
    ]
    return [*shown, f"{figures.rate:.0f}"]


def _document(
    load: Load, compared: tuple[Comparison, ...], checks: tuple[Check, ...], code: ExitCode
) -> dict[str, object]:
    return {
        "load": asdict(load),
        "generators": [asdict(each) for each in compared],
        "checks": [asdict(check) for check in checks],
        "exit_code": int(code),
    }
