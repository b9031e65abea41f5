"""Secures a connected socket: the TLS handshake, step by step, so that the hub goes on meanwhile."""

from __future__ import annotations

import _socket
import ssl
from typing import Any

from scenarios.client.errors import ConnectionEndedError, ConnectTimedOutError, ExchangeError, located
from scenarios.client.target import Target, shown
from scenarios.client.waiting import For, ready


def secure(line: _socket.socket, target: Target, context: ssl.SSLContext, until: float) -> Any:
    """Return the secured socket that takes the place of *line*; it does not block either.

    HTTP/1.1 is agreed upon in the handshake.  Raises ConnectTimedOutError, ConnectionEndedError and
    ssl.SSLError, which says host and port.
    """
    context.set_alpn_protocols(["http/1.1"])
    # Neither a zone nor the root's dot is part of a certificate's names.
    name = target.host.partition("%")[0].removesuffix(".")
    # It asks no more of a socket than the system's own has, whatever its type says.
    secured: Any = context.wrap_socket(line, server_hostname=name, do_handshake_on_connect=False)  # type: ignore[arg-type]
    try:
        _shake_hands(secured, shown(target), until)
    except BaseException:
        secured.close()
        raise
    return secured


def _shake_hands(secured: Any, where: str, until: float) -> None:
    try:
        _finish(secured, where, until)
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise ConnectionEndedError(
            f"{where} ended the connection within the TLS handshake.  Look whether it speaks TLS there."
        ) from error
    except ssl.SSLError as error:
        error.strerror = f"{error.strerror} ({where})"
        raise
    except ExchangeError:
        raise
    except OSError as error:
        raise located(error, where) from error


def _finish(secured: Any, where: str, until: float) -> None:
    while True:
        try:
            secured.do_handshake()
        except ssl.SSLWantReadError:
            event = For.READING
        except ssl.SSLWantWriteError:
            event = For.WRITING
        else:
            return
        if not ready(secured.fileno(), event, until):
            raise ConnectTimedOutError(
                f"{where} took the connection, and made no TLS handshake in time.  Look whether it has the "
                "processor time for them, and speaks TLS there."
            )
