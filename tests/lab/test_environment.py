"""The fingerprint: read from folders that say what a kernel would, and on this machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lab.engine import control_group, environment, gate, heat
from lab.engine.gate import References
from lab.engine.system_files import SystemFiles
from lab.kernel.model import Environment, Lane, fact_of
from lab.kernel.verdict import Margins, Outcome
from tests.builders import LOAD, START, VISIT, a_run, a_target, a_trial

XEON = "processor\t: 0\nmodel name\t: Intel(R) Xeon(R) @ 2.20GHz\ncache\t: 1\n\nprocessor\t: 1\n"
GRAVITON = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n\nprocessor\t: 1\n"
DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n# end\n'
PRESSURE = "some avg10={some} avg60=0.18 avg300=0.34 total=21995774\nfull avg10=9.00 avg60=0.0 total=0\n"
SYSFS = "sys/fs/cgroup"
CPUS = "sys/devices/system/cpu"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def tree(root: Path, told: Mapping[str, str]) -> SystemFiles:
    """Write what a kernel tells below *root*."""
    for name, text in told.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return SystemFiles(root)


def test_a_machine_is_told_by_its_processor_system_and_kernel(root: Path) -> None:
    files = tree(
        root,
        {"proc/cpuinfo": XEON, "etc/os-release": DEBIAN, "proc/sys/kernel/osrelease": "6.18.44\n"},
    )
    facts = environment.capture({"load: method": "3"}, files).facts
    assert facts["cpu"] == "Intel(R) Xeon(R) @ 2.20GHz"
    assert (facts["system"], facts["kernel"]) == ("Debian GNU/Linux 12", "6.18.44")
    assert (facts["cpu quota"], facts["load: method"]) == ("none", "3")
    assert facts["python"].startswith("CPython 3.")


def test_arm_tells_a_maker_and_a_part_instead_of_a_name(root: Path) -> None:
    facts = environment.capture(None, tree(root, {"proc/cpuinfo": GRAVITON})).facts
    assert facts["cpu"].endswith("0x41 0xd40")


def test_where_a_kernel_tells_nothing_the_fingerprint_is_whole_and_says_so(root: Path) -> None:
    seen = environment.capture(None, SystemFiles(root / "nowhere"))
    assert set(seen.facts) == {"canary", "cpu", "cores", "cpu quota", "memory", "system", "kernel", "python"}
    assert all(seen.facts.values())
    for name in ("governor", "turbo", "uptime", "cpu pressure", "io pressure", "held back by heat"):
        assert seen.circumstances[name] == "unknown"
    assert seen.circumstances["container"] == "no sign of one"


def test_what_explains_a_run_is_recorded_and_may_differ(root: Path) -> None:
    files = tree(
        root,
        {
            "proc/uptime": "7200.51 14000.00\n",
            "proc/pressure/cpu": PRESSURE.format(some="12.00"),
            "proc/pressure/memory": PRESSURE.format(some="3.00"),
            "proc/pressure/io": PRESSURE.format(some="1.00"),
            f"{CPUS}/cpu0/cpufreq/scaling_governor": "powersave\n",
            f"{CPUS}/cpu1/cpufreq/scaling_governor": "performance\n",
            f"{CPUS}/cpu0/thermal_throttle/core_throttle_count": "2\n",
            f"{CPUS}/cpu1/thermal_throttle/package_throttle_count": "1\n",
        },
    )
    circumstances = environment.capture(None, files).circumstances
    expected = {
        "uptime": "2.0 h",
        "cpu pressure": "12%",
        "memory pressure": "3%",
        "io pressure": "1%",
        "governor": "performance, powersave",
        "held back by heat": "3 times",
    }
    assert {name: circumstances[name] for name in expected} == expected
    assert {"host", "load average", "free memory"} <= set(circumstances)


@pytest.mark.parametrize(
    ("name", "text", "turbo"),
    [
        ("intel_pstate/no_turbo", "0", "on"),
        ("intel_pstate/no_turbo", "1", "off"),
        ("cpufreq/boost", "1", "on"),
        ("cpufreq/boost", "0", "off"),
    ],
)
def test_whether_the_clock_may_rise_is_said_both_ways(root: Path, name: str, text: str, turbo: str) -> None:
    files = tree(root, {f"{CPUS}/{name}": f"{text}\n"})
    assert environment.capture(None, files).circumstances["turbo"] == turbo


@pytest.mark.parametrize(
    ("name", "text", "container"),
    [
        (".dockerenv", "", "docker"),
        ("run/.containerenv", "", "podman"),
        ("proc/1/cgroup", "5:cpu:/kubepods/besteffort/pod1\n", "kubepods"),
        ("proc/1/cgroup", "0::/init.scope\n", "no sign of one"),
    ],
)
def test_a_container_is_told_by_what_it_leaves(root: Path, name: str, text: str, container: str) -> None:
    assert environment.capture(None, tree(root, {name: text})).circumstances["container"] == container


# A group's own quota and limit, by the first version of control groups and by the second.
FIRST = {
    "proc/self/cgroup": "7:memory:/work\n4:cpu,cpuacct:/work\n1:name=systemd:/\n",
    f"{SYSFS}/cpu,cpuacct/work/cpu.cfs_quota_us": "150000\n",
    f"{SYSFS}/cpu,cpuacct/work/cpu.cfs_period_us": "100000\n",
    f"{SYSFS}/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
    f"{SYSFS}/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
    f"{SYSFS}/memory/work/memory.limit_in_bytes": f"{2**30}\n",
    f"{SYSFS}/memory/memory.limit_in_bytes": "9223372036854771712\n",
}
SECOND = {
    "proc/self/cgroup": "0::/work\n",
    f"{SYSFS}/work/cpu.max": "150000 100000\n",
    f"{SYSFS}/work/memory.max": f"{2**30}\n",
}
# Both versions, where the second has no controllers and is mounted aside.
MIXED = {**FIRST, "proc/self/cgroup": FIRST["proc/self/cgroup"] + "0::/work\n"}


@pytest.mark.parametrize("told", [FIRST, SECOND, MIXED])
def test_quota_and_limit_of_a_control_group_are_facts(root: Path, told: Mapping[str, str]) -> None:
    files = tree(root, told)
    assert control_group.cpu_quota(files) == 1.5
    assert control_group.memory_limit(files) == 2**30
    facts = environment.capture(None, files).facts
    assert (facts["cpu quota"], facts["memory"]) == ("1.5 processors", "1.0 GiB")
    assert environment.usable_cores(files) <= 1.5


@pytest.mark.parametrize(
    "told",
    [
        {"proc/self/cgroup": "0::/\n"},
        {"proc/self/cgroup": "0::/work\n", f"{SYSFS}/work/cpu.max": "max 100000\n"},
        {"proc/self/cgroup": "0::/work\n", f"{SYSFS}/work/memory.max": "max\n"},
        {"proc/self/cgroup": "4:cpu:/\n", f"{SYSFS}/cpu/cpu.cfs_quota_us": "-1\n"},
        {"proc/self/cgroup": "what is this\n"},
        {},
    ],
)
def test_a_group_that_nothing_limits_has_the_whole_machine(root: Path, told: Mapping[str, str]) -> None:
    files = tree(root, told)
    assert control_group.cpu_quota(files) is None
    assert control_group.memory_limit(files) is None
    whole = environment.capture(None, SystemFiles(root / "nowhere")).facts
    assert environment.capture(None, files).facts["memory"] == whole["memory"]


def test_of_all_groups_above_the_tightest_counts(root: Path) -> None:
    files = tree(
        root,
        {
            "proc/self/cgroup": "0::/team/job\n",
            f"{SYSFS}/team/job/cpu.max": "400000 100000\n",
            f"{SYSFS}/team/cpu.max": "50000 100000\n",
        },
    )
    assert control_group.cpu_quota(files) == 0.5


@pytest.mark.parametrize("path", ["/docker/4f2a", "/../..", "/"])
def test_in_a_container_the_top_of_the_hierarchy_is_its_own_group(root: Path, path: str) -> None:
    second = {"proc/self/cgroup": f"0::{path}\n", f"{SYSFS}/cpu.max": "200000 100000\n"}
    assert control_group.cpu_quota(tree(root / "second", second)) == 2
    first = {
        "proc/self/cgroup": f"2:cpu,cpuacct:{path}\n",
        f"{SYSFS}/cpu/cpu.cfs_quota_us": "200000\n",
        f"{SYSFS}/cpu/cpu.cfs_period_us": "100000\n",
    }
    assert control_group.cpu_quota(tree(root / "first", first)) == 2


def test_cores_are_those_that_this_process_may_run_on() -> None:
    one = min(psutil.Process().cpu_affinity())
    asked = (
        f"import os; os.sched_setaffinity(0, {{{one}}})\n"
        "from lab.engine import environment; print(environment.capture().facts['cores'])"
    )
    ended = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ended.stdout == "1\n"


def test_memory_of_kernels_that_keep_a_little_more_to_themselves_is_the_same() -> None:
    seen = environment.capture().facts["memory"]
    assert seen == environment.capture().facts["memory"]
    assert seen.endswith("GiB")


def test_a_machine_whose_tasks_wait_is_doubted(root: Path) -> None:
    calm = tree(root, {"proc/pressure/cpu": PRESSURE.format(some="3.00")})
    assert environment.doubts(calm) == ()
    busy = tree(root, {"proc/pressure/cpu": PRESSURE.format(some="73.00")})
    (caveat,) = environment.doubts(busy)
    assert (caveat.code, caveat.fatal) == ("machine-busy", False)
    assert "73%" in caveat.advice


def test_a_processor_that_was_held_back_by_heat_meanwhile_is_doubted(root: Path) -> None:
    count = f"{CPUS}/cpu0/thermal_throttle/core_throttle_count"
    before = heat.throttled(tree(root, {count: "7\n"}))
    after = heat.throttled(tree(root, {count: "9\n"}))
    assert [caveat.code for caveat in heat.doubts(before, after)] == ["machine-throttled"]
    assert heat.doubts(after, after) == ()
    # A machine that tells nothing, and one that was started anew.
    assert heat.doubts(heat.throttled(SystemFiles(root / "nowhere")), after) == ()
    assert heat.doubts(after, before) == ()


def test_an_environment_is_equal_to_itself_and_names_what_differs() -> None:
    here = environment.capture({"browser": "156"})
    assert here.differences(environment.capture({"browser": "156"})) == ()
    assert here.differences(environment.capture({"browser": "157"})) == ("browser",)


def test_a_fact_of_one_lane_counts_for_its_cases_only() -> None:
    playwright = fact_of(Lane.DEVICES, "playwright")
    old = Environment(facts={"cpu": "a", playwright: "1.55", "load: locust": "2.41"})
    new = Environment(facts={"cpu": "a", playwright: "1.56", "load: locust": "2.41"})
    assert new.differences(old) == (playwright,)
    assert new.differences(old, VISIT) == (playwright,)
    assert new.differences(old, LOAD) == ()
    assert old.of(LOAD) == {"cpu": "a", "load: locust": "2.41"}


def test_a_fact_of_one_case_counts_for_no_other() -> None:
    # Whatever a case is called: locustfiles are named by their users.
    strange = replace(LOAD, journey="load: browse")
    here = Environment(facts={fact_of(each, "workload"): each.name for each in (LOAD, VISIT, strange)})
    for case in (LOAD, VISIT, strange):
        assert here.of(case) == {fact_of(case, "workload"): case.name}


def test_a_new_playwright_makes_visits_not_comparable_and_leaves_loads_alone() -> None:
    trials = [a_trial(each, case=LOAD) for each in range(5)]
    trials += [a_trial(each, case=VISIT, readings={"fcp": 1.0}) for each in range(5)]
    old = a_run(trials, release="1.0", facts={"cpu": "a", "devices: playwright": "1.55"})
    new = a_run(trials, facts={"cpu": "a", "devices: playwright": "1.56"})
    targets = [a_target(reading=key, drift=Margins()) for key in ("response_mean", "fcp")]
    of_load, of_visits = gate.judge(new, targets, References(accepted=(old,)), now=START).findings
    assert of_load.outcome is not Outcome.NOT_COMPARABLE
    assert of_visits.outcome is Outcome.NOT_COMPARABLE
    assert "different devices: playwright" in of_visits.reason
