"""``python -m scenarios.truth``: a truth server as a process of its own.

It prints its address when it serves, and when it is asked to end writes what it knows into a file.
"""

from __future__ import annotations

import argparse
import gc
import resource
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

from lab.kernel.errors import UsageError
from lab.kernel.record import write_text
from lab.kernel.units import Unit, parse
from scenarios.truth.behaviour import Behaviour
from scenarios.truth.server import Conduct, Server, Stall


def main() -> None:
    """Serve until a signal asks to end."""
    options = _options().parse_args()
    lift_file_limit()
    conduct = Conduct(
        paths=dict(options.path),
        stall=options.stall,
        idle=options.idle,
        seed=options.seed,
    )
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # A kernel that waits for more to send would be the server's delay.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((options.host, options.port))
        server = Server(listener, conduct)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: server.stop())
        # A look for garbage among ten thousand connections takes tens of milliseconds, and there is none.
        gc.disable()
        host, port = listener.getsockname()
        print(f"http://{host}:{port}", flush=True)  # noqa: T201  (how whoever started it learns where it is)
        truth = server.run()
    if options.log:
        write_text(options.log, truth.text())


def lift_file_limit() -> None:
    """Allow as many connections as the system lets us have; the usual soft limit is 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scenarios.truth", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="where it listens")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--path",
        type=_path,
        action="append",
        default=[],
        help="a path and its behaviour: '/tours?delay=20ms&slow=2%%25'",
    )
    parser.add_argument("--stall", type=_stall, help="length and period on the Unix clock: '2s/30s'")
    parser.add_argument(
        "--idle", type=_seconds, help="closes a connection on which nothing is asked for so long"
    )
    parser.add_argument("--seed", type=int, default=0, help="decides which requests are the slow ones")
    parser.add_argument("--log", type=Path, help="file for what it knows, as GET /truth tells it")
    return parser


def _path(target: str) -> tuple[str, Behaviour]:
    try:
        return urlsplit(target).path, Behaviour.asked_by(target)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _seconds(text: str) -> float:
    return parse(text, Unit.SECOND)


def _stall(text: str) -> Stall:
    length, _, every = text.partition("/")
    return Stall(length=_seconds(length), every=_seconds(every))


if __name__ == "__main__":
    main()
