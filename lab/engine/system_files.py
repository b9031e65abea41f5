"""What the kernel tells in files; below another root than ``/``, a folder tells it as well."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SystemFiles:
    """Reads files such as ``proc/cpuinfo`` below *root*; what cannot be read says nothing."""

    root: Path = Path("/")

    def text(self, name: str) -> str:
        """Return what a file says, without the space around it; nothing where it cannot be read."""
        try:
            return (self.root / name).read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""

    def number(self, name: str) -> int | None:
        """Return the whole number that a file holds; None where it holds none."""
        try:
            return int(self.text(name))
        except ValueError:
            return None

    def texts(self, pattern: str) -> list[str]:
        """Return what each file says whose name is like *pattern*, without those that say nothing."""
        names = sorted(str(path.relative_to(self.root)) for path in self.root.glob(pattern))
        return [text for text in map(self.text, names) if text]

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.root / name).exists()


THIS_MACHINE = SystemFiles()
