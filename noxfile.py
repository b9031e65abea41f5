"""The front door for people and CI: every session is one command of the product or of its tools."""

from collections.abc import Callable
from pathlib import Path

import nox

Prepare = Callable[[nox.Session], None]
nox.options.default_venv_backend = "uv"
nox.options.sessions = ["lint", "tests"]


def install(session: nox.Session) -> None:
    """Install the locked versions, then this checkout."""
    session.install("-r", "requirements/lab.txt")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")


def equip(session: nox.Session) -> None:
    """Install, and fetch a browser where none is found; without one the devices lane is left out."""
    install(session)
    session.run("launchlab", "doctor", "--fix", success_codes=[0, 1, 5])


def open_door(name: str, told: str, *usual: str, program: str = "", prepare: Prepare = equip) -> None:
    """Make a session of ``launchlab NAME``, or of *program*; what follows ``--`` replaces *usual*."""

    def run(session: nox.Session) -> None:
        prepare(session)
        session.run(*(program or f"launchlab {name}").split(), *(session.posargs or usual))

    run.__doc__ = told
    nox.session(name=name)(run)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests, on the real server, Locust and browser."""
    equip(session)
    session.install("--no-deps", "-r", "requirements/httpbin.txt")  # it asks for a greenlet before gevent's
    session.run("pytest", *session.posargs)


@nox.session
def proof(session: nox.Session) -> None:
    """Run the long tests, or a part of tests/proof such as ``load``: the numbers behind what is claimed."""
    equip(session)
    chosen = [
        f"tests/proof/{word}" if Path("tests/proof", word).exists() else word for word in session.posargs
    ]
    session.run("pytest", "-m", "proof", *chosen)


@nox.session
def lint(session: nox.Session) -> None:
    """Check form, spelling, types and the direction of imports."""
    install(session)
    for check in ("ruff format --check .", "ruff check .", "codespell", "mypy .", "lint-imports"):
        session.run(*check.split())


open_door("demo", "Measure three releases of the tour app, and tell which may launch.")
open_door("load", "Put load on the tour app with real Locust users.", "smoke")
open_door("devices", "Visit the tour app's pages on an emulated phone.")
open_door("bench", "Time the tour app's hot paths.", "benchmarks/test_tour_catalogue.py")
open_door("gate", "Judge release 1.1 of the tour app beside 1.0.", "--release", "1.1", "--against", "1.0")


@nox.session
def sweep(session: nox.Session) -> None:
    """Put several numbers of users on the tour app; others than 10, 50 and 100 follow ``--``."""
    install(session)
    for users in session.posargs or ("10", "50", "100"):
        # 5: a number of users that cannot be measured soundly here is an answer too.
        session.run("launchlab", "load", "smoke", "--users", users, success_codes=[0, 5])


WRITE, COUNT = "python -m docs.reference", "python -m calibration"
open_door("docs", "Write the pages of docs/ that are made from the code.", program=WRITE, prepare=install)
open_door("calibrate", "Count how often the gate is right, into docs/.", program=COUNT, prepare=install)
