"""Says where a run takes place: what must not differ between runs, and what explains them.

Facts are what another value of would move the readings: another machine, another share of it, other
software, another way of measuring.  What changes from minute to minute, or should not matter, is a
circumstance.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping

import psutil

from lab.engine import control_group, heat
from lab.engine.canary import CANARY, VERSION
from lab.engine.system_files import THIS_MACHINE, SystemFiles
from lab.kernel.model import Caveat, Environment

# Share of recent time in which some task waited for a CPU (PSI, 10 s average) above which this
# machine has other work; the kernel's figure foretells spoilt runs better than the load average.
_BUSY = 0.5
_UNKNOWN = "unknown"
# What a container is told by, and its name: Docker and Podman leave a file, others the name of the group of
# the first process, where that can be seen.
_FILES_OF_CONTAINERS = {".dockerenv": "docker", "run/.containerenv": "podman"}
_GROUPS_OF_CONTAINERS = ("kubepods", "docker", "containerd", "lxc")
# Where Intel's driver and the others say whether the clock may rise above its nominal rate, and what says so.
_TURBO = {"intel_pstate/no_turbo": "0", "cpufreq/boost": "1"}


def capture(extra: Mapping[str, str] | None = None, files: SystemFiles = THIS_MACHINE) -> Environment:
    """Return the fingerprint of this machine; *extra* adds facts, such as how each lane measures."""
    facts = {
        "cpu": _cpu_model(files),
        "cores": str(_cores()),
        "cpu quota": _quota(files),
        "memory": _memory(files),
        "system": _system(files),
        "kernel": files.text("proc/sys/kernel/osrelease") or platform.release(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        CANARY: VERSION,
        **(extra or {}),
    }
    return Environment(facts=facts, circumstances=_circumstances(files))


def _circumstances(files: SystemFiles) -> dict[str, str]:
    held_back = heat.throttled(files)
    return {
        "host": platform.node(),
        "container": _container(files),
        "governor": _governor(files),
        "turbo": _turbo(files),
        "held back by heat": _UNKNOWN if held_back is None else f"{held_back} times",
        "load average": f"{os.getloadavg()[0]:.2f}",
        "free memory": f"{psutil.virtual_memory().available / 2**30:.1f} GiB",
        **{f"{what} pressure": _pressure(files, what) for what in ("cpu", "memory", "io")},
        "uptime": _uptime(files),
    }


def doubts(files: SystemFiles = THIS_MACHINE) -> tuple[Caveat, ...]:
    """Return reasons to trust what this machine measures less."""
    pressure = pressure_on("cpu", files)
    if pressure is None or pressure < _BUSY:
        return ()
    return (
        Caveat(
            code="machine-busy",
            advice=f"tasks waited for a CPU {pressure:.0%} of the time; end other work and repeat.",
        ),
    )


def pressure_on(what: str, files: SystemFiles = THIS_MACHINE) -> float | None:
    """Return the share of the last 10 s in which some task waited for *what*: cpu, memory or io.

    None where the kernel does not tell (accounting/psi.rst).
    """
    line = files.text(f"proc/pressure/{what}").partition("\n")[0]
    fields = dict(field.split("=") for field in line.split()[1:])
    return float(fields["avg10"]) / 100 if "avg10" in fields else None


def usable_cores(files: SystemFiles = THIS_MACHINE) -> float:
    """Return how many processors' time this process may take, by its affinity and its group's quota."""
    quota = control_group.cpu_quota(files)
    return min(_cores(), _cores() if quota is None else quota)


def _cores() -> int:
    """Return how many processors this process may run on; all, where a system does not tell."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _quota(files: SystemFiles) -> str:
    quota = control_group.cpu_quota(files)
    return "none" if quota is None else f"{quota:.4g} processors"


def _memory(files: SystemFiles) -> str:
    whole, limit = psutil.virtual_memory().total, control_group.memory_limit(files)
    # Rounded: kernels of one machine keep a few megabytes more or less to themselves.
    gibibytes = min(whole, limit or whole) / 2**30
    return f"{gibibytes:.0f} GiB" if gibibytes >= 4 else f"{gibibytes:.1f} GiB"  # noqa: PLR2004  (see above)


def _system(files: SystemFiles) -> str:
    """Return the distribution and its version (os-release(5))."""
    told = files.text("etc/os-release") or files.text("usr/lib/os-release")
    fields = {name: value.strip("\"'") for name, _, value in (s.partition("=") for s in told.splitlines())}
    if "NAME" in fields:
        return f"{fields['NAME']} {fields.get('VERSION_ID', '')}".rstrip()
    return f"{platform.system()} {platform.mac_ver()[0]}".rstrip()


def _cpu_model(files: SystemFiles) -> str:
    first, *_ = [*files.text("proc/cpuinfo").split("\n\n"), ""]
    told = {name.strip(): value.strip() for name, _, value in (s.partition(":") for s in first.splitlines())}
    if "model name" in told:
        return told["model name"]
    # ARM tells who made it, and its part number.
    part = [told[name] for name in ("CPU implementer", "CPU part") if name in told]
    return " ".join([platform.machine(), *part]) if part else platform.processor() or platform.machine()


def _container(files: SystemFiles) -> str:
    left = [name for file, name in _FILES_OF_CONTAINERS.items() if files.has(file)]
    group = files.text("proc/1/cgroup")
    signs = [*left, *(name for name in _GROUPS_OF_CONTAINERS if name in group)]
    return signs[0] if signs else "no sign of one"


def _governor(files: SystemFiles) -> str:
    found = set(files.texts("sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"))
    return ", ".join(sorted(found)) or _UNKNOWN


def _turbo(files: SystemFiles) -> str:
    for name, on in _TURBO.items():
        if told := files.text(f"sys/devices/system/cpu/{name}"):
            return "on" if told == on else "off"
    return _UNKNOWN


def _pressure(files: SystemFiles, what: str) -> str:
    pressure = pressure_on(what, files)
    return _UNKNOWN if pressure is None else f"{pressure:.0%}"


def _uptime(files: SystemFiles) -> str:
    seconds, _, _ = files.text("proc/uptime").partition(" ")
    return f"{float(seconds) / 3600:.1f} h" if seconds else _UNKNOWN
