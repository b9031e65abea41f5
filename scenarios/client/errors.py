"""What goes wrong in an exchange.  Failures are counted by these names, so they are what a reader sees.

All are OSErrors, and those of the network also what Python calls such an error, so that an existing
``except ConnectionError`` keeps its meaning.  Each message says what, the value seen, and the way out.

* ExchangeError
  + BadAddressError             the URL is none; nothing was sent
  + UnsendableBodyError         the body cannot be written as HTTP has it; nothing, or not all, was sent
  + UnresolvableError           the name has no address
  + ConnectTimedOutError        not connected, or not secured, in time
  + ProxyRefusedError           the proxy does not connect us
  + AnswerTimedOutError         connected, and no answer, or not all of it, in time
  + ConnectionEndedError        the server ended the connection before its answer was complete
  + MalformedAnswerError        what was answered is not HTTP
  + UndecodableBodyError        the body is not what its Content-Encoding says
  + TooManyRedirectsError       redirected more often than allowed
  + UnfollowableRedirectError   redirected to what is no address of a web server
  + LeavesSubjectError          redirected to another origin, where nothing was sent
  + UnsendableHeaderError       a header holds what HTTP cannot carry; nothing was sent
  + GeneratorExhaustedError     this machine lacks something; speaks against the generator, not the subject
    - OutOfFilesError           no file descriptor left
    - OutOfPortsError           no local address left to connect from

A refused or reset connection, a missing Unix socket and a certificate that does not hold stay the
system's own: ConnectionRefusedError, ConnectionResetError, FileNotFoundError, ssl.SSLCertVerificationError.
"""

from __future__ import annotations

import errno


class ExchangeError(OSError):
    """A request could not be exchanged for an answer."""


class BadAddressError(ExchangeError, ValueError):
    """What should be a URL is none that a request can be sent to."""


class UnsendableBodyError(ExchangeError, ValueError):
    """The body cannot be sent, or not again, or it changed while it was sent."""


class UnresolvableError(ExchangeError):
    """No address is known for the host."""


class ConnectTimedOutError(ExchangeError, TimeoutError):
    """Lookup, connection and TLS handshake took longer than they may."""


class ProxyRefusedError(ExchangeError, ConnectionError):
    """The proxy answered CONNECT with *status*, which is no success."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class AnswerTimedOutError(ExchangeError, TimeoutError):
    """The answer, or the rest of it, took longer than it may."""


class ConnectionEndedError(ExchangeError, ConnectionError):
    """The server ended the connection before or within its answer."""


class MalformedAnswerError(ExchangeError):
    """The answer is not HTTP."""


class UndecodableBodyError(ExchangeError):
    """The body is damaged, cut off, oversized, or in a coding that nobody asked for."""


class TooManyRedirectsError(ExchangeError):
    """The answer redirects, and as many redirects as allowed were followed already."""


class UnfollowableRedirectError(ExchangeError):
    """The answer redirects to something that is not fetched over HTTP."""


class LeavesSubjectError(ExchangeError):
    """The subject sent a user elsewhere; nothing was sent there."""


class UnsendableHeaderError(ExchangeError, ValueError):
    """A method or header would not be one line of a request; nothing was sent."""


class GeneratorExhaustedError(ExchangeError):
    """The machine that generates the load lacks something; the subject was not even asked."""


class OutOfFilesError(GeneratorExhaustedError):
    """No file descriptor is left for another connection."""


class OutOfPortsError(GeneratorExhaustedError):
    """No local address and port is left to connect from."""


def exhausted(error: OSError, doing: str) -> GeneratorExhaustedError | None:
    """Return what *error*, met while *doing* something, says of this machine; None if nothing."""
    if error.errno in {errno.EMFILE, errno.ENFILE}:
        return OutOfFilesError(
            f"{doing}: {error.strerror}.  The load generator has no file descriptor left; the subject was "
            "not asked.  Raise `ulimit -n`, or use fewer users a process."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return OutOfPortsError(
            f"{doing}: {error.strerror}.  The load generator has no local port left for that address, or no "
            "address of its family.  Keep connections alive, spread the load over more addresses, or widen "
            "net.ipv4.ip_local_port_range."
        )
    return None


def located(error: OSError, where: str) -> OSError:
    """Return *error*, the system's own, with host and port in its message."""
    return OSError(error.errno, f"{error.strerror or error} ({where})")
