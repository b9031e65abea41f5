"""Says where a run takes place: what must not differ between runs, and what explains them."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import psutil

from lab.engine.canary import CANARY, VERSION
from lab.kernel.model import Caveat, Environment

# What measures: another version may measure differently.
_INSTRUMENTS = ("launchlab", "locust", "playwright", "pytest-benchmark")
# Share of recent time in which some task waited for a CPU (PSI, 10 s average) above which this
# machine has other work; the kernel's figure foretells spoilt runs better than the load average.
_BUSY = 0.5


def capture(extra: Mapping[str, str] | None = None) -> Environment:
    """Return the fingerprint of this machine; *extra* adds facts such as the browser's version."""
    memory = psutil.virtual_memory()
    facts = {
        "cpu": _cpu_model(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory.total / 2**30:.0f} GiB",
        "system": platform.system(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        CANARY: VERSION,
        **{name: version(name) for name in _INSTRUMENTS},
        **(extra or {}),
    }
    pressure = cpu_pressure()
    circumstances = {
        "host": platform.node(),
        "load average": f"{os.getloadavg()[0]:.2f}",
        "free memory": f"{memory.available / 2**30:.1f} GiB",
        "cpu pressure": "unknown" if pressure is None else f"{pressure:.0%}",
    }
    return Environment(facts=facts, circumstances=circumstances)


def doubts() -> tuple[Caveat, ...]:
    """Return reasons to trust what this machine measures less."""
    pressure = cpu_pressure()
    if pressure is None or pressure < _BUSY:
        return ()
    return (
        Caveat(
            code="machine-busy",
            advice=f"tasks waited for a CPU {pressure:.0%} of the time; end other work and repeat.",
        ),
    )


def cpu_pressure() -> float | None:
    """Return the share of the last 10 s in which some task waited for a CPU, None if unknown."""
    try:
        line = Path("/proc/pressure/cpu").read_text(encoding="utf-8").splitlines()[0]
    except OSError:
        return None
    fields = dict(field.split("=") for field in line.split()[1:])
    return float(fields["avg10"]) / 100


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
