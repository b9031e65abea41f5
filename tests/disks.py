"""A real, small disk that a test can fill up, or make read-only under a running command."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

# Mounting takes a namespace of its own: as root without, else with a user namespace.  It ends, and
# the disk with it, when the last process in it has, whatever happens to the tests.
_NAMESPACES = (
    (("unshare", "--mount"), ("nsenter", "--mount")),
    (
        ("unshare", "--mount", "--map-root-user"),
        ("nsenter", "--mount", "--user", "--preserve-credentials"),
    ),
)
_MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && echo mounted && exec cat'
# Entering a mount namespace leads to its root folder.
_RETURN = 'cd "$0" && exec "$@"'
# A file that is open for writing would keep its file system from becoming read-only; a read-only
# one on top of it refuses whatever is opened from now on.  It becomes so aside, where nobody opens a file
# in between.
_COVER = 'mount --bind "$1" "$2" && mount -o remount,bind,ro "$2" && mount --move "$2" "$1"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A disk at *path* for what runs *through* its namespace, in the folder that holds *path*.

    The test itself finds it at *seen*.
    """

    path: Path
    seen: Path
    through: tuple[str, ...]

    @property
    def _ballast(self) -> Path:
        return self.seen / "ballast"

    def fill(self) -> None:
        """Take all the room that is left."""
        with self._ballast.open("ab", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(4096))
            except OSError as error:
                assert error.errno == errno.ENOSPC  # noqa: PT017  (the way out of the loop)

    def clear(self) -> None:
        """Give the room back."""
        self._ballast.unlink()

    def freeze(self) -> None:
        """Make it read-only for everything that is not open yet."""
        aside = self.path.with_name(f"{self.path.name}-aside")
        aside.mkdir()
        subprocess.run([*self.through, "sh", "-c", _COVER, "sh", str(self.path), str(aside)], check=True)


@contextmanager
def a_disk(path: Path, size: str) -> Iterator[Disk]:
    """Mount a disk of *size* (as tmpfs understands it) at *path*; skip the test where nobody may."""
    path.mkdir()
    refusals = []
    for unshare, nsenter in _NAMESPACES:
        with subprocess.Popen(
            [*unshare, "sh", "-c", _MOUNT, "sh", size, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as keeper:
            assert keeper.stdout is not None
            said = keeper.stdout.readline().strip()
            if said == "mounted":
                seen = Path(f"/proc/{keeper.pid}/root{path}")
                entering = (*nsenter, "--target", str(keeper.pid))
                yield Disk(path=path, seen=seen, through=(*entering, "sh", "-c", _RETURN, str(path.parent)))
                return
            refusals.append(said)
    pytest.skip(f"no disk can be mounted here: {'; '.join(refusals)}")
