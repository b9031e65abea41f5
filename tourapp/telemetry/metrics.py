"""What the app counts, for Prometheus: any worker answers for all of them.

Each worker writes its numbers into files of its own in a shared folder, and whoever is asked adds up all
files (prometheus_client's multiprocess mode).  Labels are bounded: routes by their template, methods and
statuses that exist, the number of the worker.
"""

import gc
import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

from tourapp.telemetry.usage import Usage

# Seconds: a page of tours takes 0.2 ms alone and 1 s is a scandal, a login 25 ms alone and 5 s in a crowd.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 5.0)

# Changes in one commit; a group holds 500 at most.
GROUPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "OPTIONS", "PATCH", "DELETE"})


def share_metrics(folder: Path) -> None:
    """Let the metrics that this process makes from now on be added up with those of others in the folder.

    The library decides between one process and many when it is imported, which the main process did before it
    made the folder and forked this worker; so it is asked to decide again.  No worker outlives another and
    none is replaced, so no files of dead workers have to be cleared away.
    """
    folder.mkdir(exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]  # the library's is untyped


class Metrics:
    """The metrics of one worker; `folder` is the one given to share_metrics, None without the command."""

    def __init__(self, worker: int, folder: Path | None) -> None:
        self._worker = str(worker)
        self._folder = folder
        self._registry = one = CollectorRegistry()
        # One metric for both: how many there were is the count of the seconds.
        self._seconds = Histogram(
            "tourapp_request_seconds",
            "Seconds until a request was answered; status 499: its client left, or broke off the body.",
            ("route", "method", "status"),
            buckets=SECONDS,
            registry=one,
        )
        self._commits = Histogram(
            "tourapp_commit_seconds", "Seconds that a commit took.", buckets=SECONDS, registry=one
        )
        self._groups = Histogram(
            "tourapp_commit_changes", "Changes that one commit took along.", buckets=GROUPS, registry=one
        )
        self._cities = Counter(
            "tourapp_cities_visits",
            "Calls of /api/cities by how they came by the count.",
            ("visit",),
            registry=one,
        )
        self._worker_values = {
            name: Gauge(f"tourapp_{name}", told, ("worker",), multiprocess_mode="livesum", registry=one)
            for name, told in WORKER_VALUES.items()
        }
        self._cpu = Counter("tourapp_cpu_seconds", "CPU used, in seconds.", ("worker",), registry=one)
        self._collections = Counter(
            "tourapp_gc_collections", "Garbage collections.", ("worker", "generation"), registry=one
        )
        self.logins_waiting = Gauge(
            "tourapp_logins_waiting", "Logins that wait.", multiprocess_mode="livesum", registry=one
        )
        self._answered: dict[tuple[str, str, int], Histogram] = {}
        self._seen_cpu = 0.0
        self._seen_collections = [0, 0, 0]
        self.in_flight = 0
        self.requests = 0
        self.commit_seconds = 0.0
        self.commits = 0

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        self.requests += 1
        key = (route, method, status)
        answered = self._answered.get(key)
        if answered is None:
            known = method if method in METHODS else "other"
            answered = self._seconds.labels(route, known, str(status))
            # A client may invent methods without end; only those that exist are remembered.
            if known == method:
                self._answered[key] = answered
        answered.observe(seconds)

    def commit(self, changes: int, seconds: float) -> None:
        """Count a commit of the logbook."""
        self.commits += 1
        self.commit_seconds += seconds
        self._groups.observe(changes)
        self._commits.observe(seconds)

    def cities(self, visit: str) -> None:
        """Count a call of /api/cities."""
        self._cities.labels(visit).inc()

    def worker(self, used: Usage) -> dict[str, float]:
        """Take over what the worker uses now, and return all that is known of it, by name."""
        self._cpu.labels(self._worker).inc(max(0.0, used.cpu_seconds - self._seen_cpu))
        self._seen_cpu = used.cpu_seconds
        collections = [int(generation["collections"]) for generation in gc.get_stats()]
        for number, (now, seen) in enumerate(zip(collections, self._seen_collections, strict=True)):
            self._collections.labels(self._worker, str(number)).inc(now - seen)
        self._seen_collections = collections
        current = {
            "resident_bytes": used.resident_bytes,
            "open_files": used.open_files,
            "connections": used.connections,
            "in_flight": self.in_flight,
        }
        for name, value in current.items():
            self._worker_values[name].labels(self._worker).set(value)
        return {
            **current,
            "cpu_seconds": used.cpu_seconds,
            "gc_collections": sum(collections),
            "requests": self.requests,
            "commits": self.commits,
            "commit_seconds": self.commit_seconds,
        }

    def exposition(self) -> bytes:
        """Return the numbers of all workers in Prometheus' text format; the others' are a few seconds old."""
        self._worker_values["in_flight"].labels(self._worker).set(self.in_flight)
        if self._folder is None:
            return generate_latest(self._registry)
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody, path=str(self._folder))  # type: ignore[no-untyped-call]  # as above
        return generate_latest(everybody)


# What is known of each worker, with what it means.
WORKER_VALUES = {
    "resident_bytes": "Memory in use.",
    "open_files": "Files and sockets that are open.",
    "connections": "Sockets that are open.",
    "in_flight": "Requests under way.",
}
