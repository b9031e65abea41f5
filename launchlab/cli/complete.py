"""What the shell may complete: names that are cheap to find, from files and without opening a store."""

from __future__ import annotations

from pathlib import Path

import typer


def _store(context: typer.Context) -> Path:
    return Path(context.params.get("store") or ".launchlab")


def runs(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the runs whose names begin so, newest first."""
    found = (path.parent.name for path in _store(ctx).glob(f"runs/{incomplete}*/run.json"))
    return sorted(found, reverse=True)


def baselines(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the baselines whose names begin so."""
    return sorted(path.name for path in _store(ctx).glob(f"baselines/{incomplete}*"))


def profiles(incomplete: str) -> list[str]:
    """Return the shipped profiles whose names begin so, and those of this folder's ``profiles``."""
    from profiles import loader

    return [name for name in loader.names((Path("profiles"), loader.SHIPPED)) if name.startswith(incomplete)]


def phones(incomplete: str) -> list[str]:
    """Return the phones whose names begin so."""
    from devices import catalogue

    return [name for name in catalogue.phone_names() if name.startswith(incomplete)]


def networks(incomplete: str) -> list[str]:
    """Return the lines whose names begin so."""
    from devices import catalogue

    return [name for name in catalogue.network_names() if name.startswith(incomplete)]


def pages(incomplete: str) -> list[str]:
    """Return the page journeys whose names begin so."""
    from devices import journey

    return [name for name in journey.journey_names() if name.startswith(incomplete)]


def journeys(incomplete: str) -> list[str]:
    """Return the shipped journeys whose names begin so."""
    from scenarios import driver

    return [name for name in driver.journeys() if name.startswith(incomplete)]


def metrics(incomplete: str) -> list[str]:
    """Return the metrics whose names begin so."""
    from lab.kernel.metrics import METRICS

    return [name for name in METRICS if name.startswith(incomplete)]
