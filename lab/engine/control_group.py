"""The control group of this process: how much of the machine it may use, by version 1 or 2 of them.

Every group above may take more away, so the tightest one counts.  In a container the path that the kernel
names may be the host's, and only the top of the hierarchy be there, which is then the container's own group.
Sources: cgroups(7), the kernel's admin-guide/cgroup-v2.rst, scheduler/sched-bwc.rst and
admin-guide/cgroup-v1/memory.rst.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from lab.engine.system_files import SystemFiles

# Where distributions and containers mount the hierarchies (file-hierarchy(7)); a system that has both
# versions keeps the second one aside.
_MOUNT = "sys/fs/cgroup"
_BESIDE = f"{_MOUNT}/unified"
# In bytes.  Version 1 says "no limit" by a number near 2^63, rounded down to a page.
_NO_LIMIT = 2**60


def cpu_quota(files: SystemFiles) -> float | None:
    """Return how many processors' time the group may take, such as 1.5; None where nothing limits it."""
    return min((quota for folder in _folders(files, "cpu") for quota in _quota(files, folder)), default=None)


def memory_limit(files: SystemFiles) -> int | None:
    """Return how many bytes of memory the group may hold; None where nothing limits it."""
    limits = (
        files.number(f"{folder}/{name}")
        for folder in _folders(files, "memory")
        for name in ("memory.max", "memory.limit_in_bytes")
    )
    return min((limit for limit in limits if limit is not None and limit < _NO_LIMIT), default=None)


def _quota(files: SystemFiles, folder: str) -> Iterator[float]:
    # Version 2: "150000 100000", or "max 100000".
    quota, _, period = files.text(f"{folder}/cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit():
        yield int(quota) / int(period)
    # Version 1: -1 is no limit.
    microseconds = files.number(f"{folder}/cpu.cfs_quota_us")
    per = files.number(f"{folder}/cpu.cfs_period_us")
    if microseconds is not None and per and microseconds > 0:
        yield microseconds / per


def _folders(files: SystemFiles, controller: str) -> Iterator[str]:
    """Yield the folders of this process's group and of those above it."""
    for line in files.text("proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controller in controllers.split(","):
            mounts = {f"{_MOUNT}/{controllers}", f"{_MOUNT}/{controller}"}
        elif (number, controllers) == ("0", ""):
            mounts = {_MOUNT, _BESIDE}
        else:
            continue
        for mount in sorted(mounts):
            yield from (f"{mount}{group}".rstrip("/") for group in _upwards(path))


def _upwards(path: str) -> list[str]:
    group = PurePosixPath(path)
    # From within a container, groups outside it are named by the way up to them, which is not there.
    if ".." in group.parts or not group.is_absolute():
        return ["/"]
    return [str(each) for each in (group, *group.parents)]
