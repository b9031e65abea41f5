"""The front door for people and CI: every session is one command of the product or of its tools."""

import nox

nox.options.default_venv_backend = "uv"
nox.options.sessions = ["lint", "tests"]


def install(session: nox.Session) -> None:
    """Install the locked versions, then this checkout."""
    session.install("-r", "requirements/lab.txt")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")


@nox.session
def demo(session: nox.Session) -> None:
    """Measure three releases of the tour app, and tell which may launch."""
    install(session)
    session.run("launchlab", "doctor", "--fix", success_codes=[0, 1, 5])
    session.run("launchlab", "demo", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests, on the real server, Locust and browser."""
    install(session)
    session.run("launchlab", "doctor", "--fix", success_codes=[0, 1, 5])
    session.run("pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check form, types and the direction of imports."""
    install(session)
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("mypy", ".")
    session.run("lint-imports")
