"""The server around the app: claims the port, starts the workers, says when they answer, stops with them."""

import asyncio
import copy
import gc
import http.client
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, closing
from functools import partial
from importlib.util import find_spec
from typing import Any

from granian.constants import Interfaces, Loops, RuntimeModes
from granian.log import LOGGING_CONFIG, LogLevels
from granian.server.mp import MPServer
from starlette.applications import Starlette

from tourapp.serving.app import create_app
from tourapp.settings import Settings
from tourapp.store.telemetry import deployed
from tourapp.telemetry.metrics import share_metrics

# Connections that one worker holds; more wait unaccepted, and a crowd of phones keeps its connections open.
CONNECTIONS = 65_536

# Seconds that a worker without a parent may take to finish what it accepted.
ORPHAN_PATIENCE = 10

# Seconds between two looks whether the workers answer.
READY_PAUSE = 0.02

# What stops a worker.
_STOP = (signal.SIGTERM, signal.SIGINT)

# Seconds from the end of a worker's start-up until it certainly serves.
SERVING_BY = 0.1


class CannotListenError(Exception):
    """The address is unknown, forbidden, or another program listens on it."""


def serve(settings: Settings, *, host: str, port: int, workers: int, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP, then finish what was accepted and return.

    `announce` is called once, with the address, when requests are answered; port 0 takes a free one.
    Raises CannotListenError.
    """
    _lift_file_limit()
    with closing(_claim(host, port)) as claim, _noted(settings):
        address, claimed_port, *_ = claim.getsockname()
        _Server(
            "tourapp",
            address=address,
            port=claimed_port,
            interface=Interfaces.ASGI,
            workers=workers,
            loop=Loops.uvloop if find_spec("uvloop") else Loops.asyncio,
            # One thread for all of a worker's network: a pool's threads would only take turns on one core.
            runtime_mode=RuntimeModes.st,
            websockets=False,
            backlog=4_096,
            backpressure=CONNECTIONS,
            log_level=LogLevels.warning,
            log_dictconfig=_logs_to_stderr(),
            announce=announce,
        ).serve(target_loader=partial(_worker_app, settings), wrap_loader=False)


def _noted(settings: Settings) -> AbstractContextManager[None]:
    """Note this start in the logbook, and its end."""
    return deployed(
        settings.logbook,
        time.time,
        release=settings.release,
        defects=settings.defects,
        workers=settings.workers,
    )


class _Server(MPServer):
    """Granian, with a word to the outside when it answers."""

    def __init__(self, *arguments: Any, announce: Callable[[str], None], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._announce = announce

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        super().startup(spawn_target, target_loader)  # type: ignore[no-untyped-call]  # granian's is untyped
        # Granian sets this event when a stop is asked for or a worker has died.
        while not self.main_loop_interrupt.wait(READY_PAUSE):
            if _answers(self.bind_addr, self.bind_port):
                name = f"[{self.bind_addr}]" if ":" in self.bind_addr else self.bind_addr
                self._announce(f"http://{name}:{self.bind_port}")
                return

    def signal_handler_reload(self, *_arguments: Any) -> None:
        """Stop at SIGHUP, which a terminal sends that is closed; Granian would start new workers."""
        self.signal_handler_interrupt()  # type: ignore[no-untyped-call]  # granian's is untyped

    def _spawn_workers(self, spawn_target: Any, target_loader: Any) -> None:
        """Start workers that hold back what would stop them, until they serve: Granian asks only once."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
        try:
            super()._spawn_workers(spawn_target, target_loader)  # type: ignore[no-untyped-call]  # granian's is untyped
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any) -> Any:  # type: ignore[override]  # as MPServer's own
        """Tell the worker its number, counted from 1."""
        return super()._spawn_worker(idx, target, partial(callback_loader, worker=idx + 1))


def _worker_app(settings: Settings, *, worker: int) -> Starlette:
    """Make the app inside its worker process."""
    # A terminal that is closed tells the main process too, which then stops the workers.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    threading.Thread(target=_stop_with_parent, daemon=True, name="parent-watch").start()
    if settings.metrics is not None:
        share_metrics(settings.metrics)
    app = create_app(settings, worker=worker)
    app.router.lifespan_context = _hearing_stops(app.router.lifespan_context)
    # What was made until here lives as long as the worker: there is no garbage in it to look for.
    gc.collect()
    gc.freeze()
    return app


def _hearing_stops(
    lifespan: Callable[[Any], AbstractAsyncContextManager[Any]],
) -> Callable[[Any], AbstractAsyncContextManager[Any]]:
    """Let the signals through that stop a worker once it serves; they were held back when it was forked.

    uvloop loses signals between two runs of its loop, and Granian runs it once to start and once to serve.
    """

    def hear() -> None:
        # A terminal's Ctrl-C reaches the main process too, and a worker that is told twice drops requests.
        asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)

    @asynccontextmanager
    async def hearing(app: Starlette) -> AsyncIterator[Any]:
        async with lifespan(app) as state:
            asyncio.get_running_loop().call_later(SERVING_BY, hear)
            yield state

    return hearing


def _stop_with_parent() -> None:
    """End this worker when the main process is killed, which cannot tell it."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_PATIENCE)
    os.kill(os.getpid(), signal.SIGKILL)


def _claim(host: str, port: int) -> socket.socket:
    """Bind the port without listening, and hold it while serving.

    The workers share their port by SO_REUSEPORT, with which a second server would quietly take half of the
    requests; this plain bind finds it taken instead.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        claim = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise CannotListenError(
            f"cannot listen on {host}: {error.strerror}. Choose another --host."
        ) from error
    claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        claim.bind(address)
    except OSError as error:
        claim.close()
        raise CannotListenError(
            f"cannot listen on {host}, port {port}: {error.strerror}. Choose another --port or --host."
        ) from error
    return claim


def _answers(host: str, port: int) -> bool:
    with closing(http.client.HTTPConnection(host, port, timeout=1)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False


def _lift_file_limit() -> None:
    """Allow as many connections as the system lets us have; the usual soft limit is 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _logs_to_stderr() -> dict[str, Any]:
    """Keep standard output for the one line that says ready."""
    config: dict[str, Any] = copy.deepcopy(LOGGING_CONFIG)
    for handler in config["handlers"].values():
        handler["stream"] = sys.__stderr__
    return config
