"""Asks a subject once whether it serves, at the addresses that were checked and nowhere else."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from lab.kernel.errors import UnreachableError

# One answer of a health check; a subject that takes longer cannot be measured anyway.
_ANSWER = 5.0


class _Plain(http.client.HTTPConnection):
    """Speaks to a host by its name, and connects to one address."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=_ANSWER)
        self._address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), _ANSWER)


class _Encrypted(_Plain):
    """The same with TLS, and the certificate checked against the name."""

    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        super().connect()
        self.sock = self._context().wrap_socket(self.sock, server_hostname=self.host)

    @staticmethod
    def _context() -> ssl.SSLContext:
        return ssl.create_default_context()


class _Unverified(_Encrypted):
    """The same with any certificate."""

    @staticmethod
    def _context() -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


def status_of(
    url: str, addresses: Sequence[str], headers: Mapping[str, str] | None = None, *, insecure: bool = False
) -> tuple[int | None, str]:
    """Return the status that *url* answers with itself, and it in words; None when it does not.

    Redirects are not followed, and no proxy is used: the subject is asked as the load reaches it.
    The first of *addresses* that lets itself be connected to is asked.  Raises UnreachableError for a
    certificate that does not hold, unless *insecure* accepts any.
    """
    said = "does not answer"
    for address in addresses:
        try:
            status = _ask(line_to(url, address, insecure=insecure), url, headers or {})
        except TimeoutError:
            said = f"does not answer within {_ANSWER:.0f} s"
        except ConnectionRefusedError as error:
            said = f"does not answer ({error})"
        except ssl.SSLCertVerificationError as error:
            raise UnreachableError(
                f"{url}: its certificate does not hold ({error.verify_message}).  Correct the address, name "
                "the authority behind it in SSL_CERT_FILE, or accept any: `launchlab load --insecure`."
            ) from error
        except (OSError, http.client.HTTPException) as error:
            said = f"does not answer in HTTP ({error!r})"
        else:
            return status, f"answers {status}"
    return None, said


def first_open(url: str, addresses: Sequence[str]) -> str:
    """Return the first of *addresses* where *url* lets itself be connected to; without one, the first of all.

    A name often means addresses of both families where the subject listens at one only.
    """
    parts = urlsplit(url)
    port = parts.port or (_Encrypted if parts.scheme == "https" else _Plain).default_port
    for address in addresses if len(addresses) > 1 else ():
        with suppress(OSError), socket.create_connection((address, port), _ANSWER):
            return address
    return addresses[0]


def line_to(url: str, address: str, *, insecure: bool = False) -> http.client.HTTPConnection:
    """Return a connection, not open yet, to the host of *url* at *address* and nowhere else.

    *insecure* accepts any certificate.
    """
    parts = urlsplit(url)
    encrypted = _Unverified if insecure else _Encrypted
    kind = encrypted if parts.scheme == "https" else _Plain
    return kind(parts.hostname or "", parts.port or kind.default_port, address)


def _ask(connection: http.client.HTTPConnection, url: str, headers: Mapping[str, str]) -> int:
    parts = urlsplit(url)
    try:
        asked = parts._replace(scheme="", netloc="", path=parts.path or "/").geturl()
        connection.request("GET", asked, headers=dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()
