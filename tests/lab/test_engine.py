"""The engine: fair order, trials kept as they come, children that never stay behind."""

from __future__ import annotations

import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lab.engine import environment
from lab.engine.allowlist import Permit
from lab.engine.doctor import examine
from lab.engine.plan import Order, turns
from lab.engine.process import Child
from lab.engine.runner import Equipment, trials
from lab.engine.subject import Source, serving
from lab.kernel.errors import DriverError, RefusedError, UnreachableError, UsageError
from lab.kernel.model import Case, Caveat, Lane, Plan, PlannedCase, Subject, Trial
from lab.lanes.bench import BenchDriver
from tests.builders import LOAD, SPOILT, VISIT, a_trial
from tests.fakes import ScriptedDriver, ScriptedObserver, releases_of
from tests.threads import in_a_thread

PLAN = Plan(
    cases=(PlannedCase(case=LOAD, trials=3), PlannedCase(case=VISIT, trials=2)),
    releases=("1.0", "1.1"),
    seed=1,
)
SUBJECTS = {name: Subject(name="tour", release=name, url="http://127.0.0.1:1") for name in PLAN.releases}


def made(driver: ScriptedDriver, observer: ScriptedObserver, folder: Path, plan: Plan = PLAN) -> list[Trial]:
    equipment = Equipment(
        subjects=SUBJECTS,
        drivers={Lane.LOAD: driver, Lane.DEVICES: driver},
        canary=lambda: None,
        folder_of=lambda _turn: folder,
    )
    kept = []
    for turn, trial in trials(plan, equipment, observer):
        kept.append(trial)
        observer.ends(turn, trial)
    return kept


def test_releases_take_turns_in_mirrored_order() -> None:
    of_load = [turn for turn in turns(PLAN) if turn.case == LOAD]
    assert releases_of(of_load) == ["1.0", "1.1", "1.1", "1.0", "1.0", "1.1"]


def test_releases_under_comparison_meet_the_same_users() -> None:
    seeds = {(turn.case, turn.index): set[int]() for turn in turns(PLAN)}
    for turn in turns(PLAN):
        seeds[turn.case, turn.index].add(turn.seed)
    assert all(len(seen) == 1 for seen in seeds.values())
    assert len(set.union(*seeds.values())) == len(seeds)


def test_a_plan_is_the_same_each_time() -> None:
    assert list(turns(PLAN)) == list(turns(PLAN))


def test_every_planned_trial_is_made_once(tmp_path: Path) -> None:
    driver = ScriptedDriver()
    assert len(made(driver, ScriptedObserver(), tmp_path)) == 10
    assert len({(o.case, o.subject.release, o.index) for o in driver.orders}) == 10


def test_a_round_with_an_invalid_trial_is_repeated_once_with_all_releases(tmp_path: Path) -> None:
    driver = ScriptedDriver(
        lambda order: a_trial(
            order.index,
            case=order.case,
            caveats=(SPOILT,) if order.case == LOAD and order.subject.release == "1.0" else (),
        )
    )
    made(driver, ScriptedObserver(), tmp_path)
    repeated = [order for order in driver.orders if order.case == LOAD and order.index >= 3]
    assert [(order.index, order.subject.release) for order in repeated] == [
        (3, "1.1"),
        (3, "1.0"),
        (4, "1.0"),
        (4, "1.1"),
        (5, "1.1"),
        (5, "1.0"),
    ]


def test_a_case_that_went_over_its_cap_is_not_repeated(tmp_path: Path) -> None:
    stopped = Caveat(code="rate-cap", advice="use fewer users.", fatal=True)

    def spoilt(order: Order) -> Trial:
        why = {0: stopped, 1: SPOILT}.get(order.index) if order.case == LOAD else None
        return a_trial(order.index, case=order.case, caveats=(why,) if why else ())

    driver = ScriptedDriver(spoilt)
    made(driver, ScriptedObserver(), tmp_path)
    assert [order for order in driver.orders if order.index >= 3] == []


def test_stopping_keeps_what_was_finished_and_starts_nothing_more(tmp_path: Path) -> None:
    driver = ScriptedDriver()
    assert len(made(driver, ScriptedObserver(stop_after=3), tmp_path)) == 3
    assert len(driver.orders) == 3


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def left_of(pids: list[int]) -> list[int]:
    """Return which of *pids* still live after the time that ending them may take."""
    deadline = time.monotonic() + 10
    while (left := [pid for pid in pids if alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


GRANDPARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"


def family_of(child: Child) -> list[int]:
    """Return the pids of a leash and all below it, once the grandchild is there."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        family = psutil.Process(child.pid).children(recursive=True)
        if len(family) == 2:
            return [child.pid, *(process.pid for process in family)]
        time.sleep(0.02)
    raise AssertionError("the grandchild never started")


def test_a_childs_status_and_last_lines_are_known(tmp_path: Path) -> None:
    with Child([sys.executable, "-c", "print('so far'); exit(7)"], log=tmp_path / "log") as child:
        assert child.wait(10)
        assert child.status == 7
    assert child.tail() == "so far"


def test_leaving_the_context_ends_the_child_and_its_children(tmp_path: Path) -> None:
    with Child([sys.executable, "-c", GRANDPARENT], log=tmp_path / "log") as child:
        pids = family_of(child)
    assert not left_of(pids)


def test_a_child_that_ignores_sigterm_is_ended_all_the_same(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); "
        "time.sleep(60)"
    )
    with Child([sys.executable, "-c", stubborn], log=tmp_path / "log") as child:
        deadline = time.monotonic() + 10
        while child.tail() != "on" and time.monotonic() < deadline:
            time.sleep(0.02)
        pids = [process.pid for process in psutil.Process(child.pid).children()]
    assert len(pids) == 1
    assert not left_of(pids)


STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


def test_what_a_program_leaves_in_its_group_ends_even_if_it_ignores_sigterm(tmp_path: Path) -> None:
    leaves = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]).pid)"
    with Child([sys.executable, "-c", leaves], log=tmp_path / "log") as child:
        assert child.wait(20)
    assert not left_of([int(child.tail())])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_children_end_when_their_parent_is_killed(tmp_path: Path, number: signal.Signals) -> None:
    script = (
        "import sys, pathlib, time\n"
        "from lab.engine.process import Child\n"
        f"with Child([sys.executable, '-c', {GRANDPARENT!r}], log=pathlib.Path(sys.argv[1])) as child:\n"
        "    print(child.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "log")]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as parent:
        assert parent.stdout is not None
        leash = psutil.Process(int(parent.stdout.readline()))
        deadline = time.monotonic() + 10
        while len(leash.children(recursive=True)) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        pids = [leash.pid, *(process.pid for process in leash.children(recursive=True))]
        assert len(pids) == 3
        os.kill(parent.pid, number)
    assert not left_of(pids)


def test_a_program_that_is_not_there_is_reported_by_the_childs_status(tmp_path: Path) -> None:
    with Child(["/nonexistent/program"], log=tmp_path / "log") as child:
        assert child.wait(10)
        assert child.status == 127
    assert child.tail() == "cannot start '/nonexistent/program': No such file or directory"


def test_a_folder_that_is_not_there_is_a_driver_error(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="cannot start"):
        Child(["true"], log=tmp_path / "log", folder=tmp_path / "missing")


@pytest.fixture
def answering() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in ("/", "/health?deep=1") else 503)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, in_a_thread(server):
        yield f"http://127.0.0.1:{server.server_port}"


def test_a_subject_that_already_runs_is_used_as_it_is(answering: str, tmp_path: Path) -> None:
    with serving(Source(name="shop", url=answering), ["7"], tmp_path) as served:
        assert served.subjects["7"] == Subject(name="shop", release="7", url=answering)


def test_a_subject_by_name_is_asked_at_the_address_that_was_checked(answering: str, tmp_path: Path) -> None:
    # No name server knows the name.
    url = answering.replace("127.0.0.1", "shop.invalid")
    permit = Permit(host="shop.invalid", addresses=("127.0.0.1",))
    with serving(Source(name="shop", url=url), ["7"], tmp_path, permit=permit) as served:
        assert served.subjects["7"].url == url


def test_a_subject_that_is_not_allowed_is_not_asked(tmp_path: Path) -> None:
    source = Source(name="shop", url="http://192.0.2.1")
    with pytest.raises(RefusedError), serving(source, ["7"], tmp_path):
        pass


def test_a_subject_that_is_not_ready_is_unreachable(answering: str, tmp_path: Path) -> None:
    source = Source(name="shop", url=answering, ready="/readyz")
    with pytest.raises(UnreachableError, match="answers 503"), serving(source, ["7"], tmp_path):
        pass


def test_a_health_check_asks_with_its_query(answering: str, tmp_path: Path) -> None:
    with serving(Source(name="shop", url=answering, ready="/health?deep=1"), ["7"], tmp_path) as served:
        assert set(served.subjects) == {"7"}


def test_a_subject_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    source = Source(name="shop", url="http://127.0.0.1:9")
    with pytest.raises(UnreachableError, match="does not answer"), serving(source, ["7"], tmp_path):
        pass


def test_a_subject_that_ends_while_starting_shows_its_last_lines(tmp_path: Path) -> None:
    command = ("{python}", "-c", "print('port {port} is cursed'); raise SystemExit(3)")
    source = Source(name="shop", command=command, releases=("7",))
    with pytest.raises(UnreachableError, match="is cursed"), serving(source, ["7"], tmp_path):
        pass


def test_a_subject_at_an_address_is_one_release_and_not_compared_with_itself(tmp_path: Path) -> None:
    source = Source(name="shop", url="http://127.0.0.1:9")
    with pytest.raises(UsageError, match="with itself"), serving(source, ["7", "8"], tmp_path):
        pass


def test_a_subject_that_ends_in_the_middle_is_noticed(tmp_path: Path) -> None:
    command = ("{python}", "-m", "http.server", "{port}", "--bind", "127.0.0.1")
    source = Source(name="shop", command=command, releases=("7",))
    with serving(source, ["7"], tmp_path) as served:
        served.check()
        os.killpg(served.children["7"].pid, signal.SIGKILL)
        assert served.children["7"].wait(10)
        with pytest.raises(UnreachableError, match="in the middle"):
            served.check()


@pytest.mark.parametrize("line", [b"SSH-2.0-OpenSSH\r\n", b"", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_answers_something_else_than_http_is_unreachable(tmp_path: Path, line: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(line)

        thread = threading.Thread(target=answer)
        thread.start()
        source = Source(name="shop", url=f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(UnreachableError), serving(source, ["7"], tmp_path):
            pass
        thread.join()


def test_an_unknown_release_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    source = Source(name="shop", command=("true",), releases=("7", "8"))
    with pytest.raises(UsageError, match="7, 8"), serving(source, ["9"], tmp_path):
        pass


def test_a_subject_without_a_list_of_releases_is_called_what_the_user_says(tmp_path: Path) -> None:
    source = Source(name="shop", command=("{python}", "-m", "http.server", "{port}", "--bind", "127.0.0.1"))
    with serving(source, ["4f2a91c"], tmp_path) as served:
        assert served.subjects["4f2a91c"].release == "4f2a91c"
    assert not source.can_start("the one before")


def test_an_environment_is_equal_to_itself_and_names_what_differs() -> None:
    here = environment.capture({"browser": "156"})
    assert here.differences(environment.capture({"browser": "156"})) == ()
    assert here.differences(environment.capture({"browser": "157"})) == ("browser",)


def test_the_doctor_says_what_it_saw_and_what_to_do(tmp_path: Path) -> None:
    checks = list(examine(tmp_path / "not" / "there" / "yet"))
    assert {check.name for check in checks} == {"cores", "open files", "free disk", "cpu pressure"}
    assert all(check.seen and check.remedy for check in checks)


def test_a_file_without_a_benchmark_is_an_invalid_trial_and_says_what_one_is(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text("def test_plain() -> None:\n    pass\n")
    order = Order(
        case=Case(lane=Lane.BENCH, journey="test_nothing.py"),
        subject=Subject(name="tour", release="1.0", url=""),
        seed=1,
        index=0,
        deadline=60.0,
        folder=tmp_path,
    )
    trial = BenchDriver(tmp_path).trial(order, ScriptedObserver())
    assert [caveat.code for caveat in trial.caveats] == ["no-benchmark"]
    assert not trial.sound
