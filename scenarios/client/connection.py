"""One connection: sends a request, waits for its answer within the time allowed.

A raw socket, one libev watcher for reading and one timer: waiting costs a tenth of what a gevent socket with
a gevent.Timeout costs.  Bytes go through one buffer that all connections of the process share.

An answer came when the kernel says it came, not when a hub with others to serve got round to reading it; of
what is secured, when it was decrypted.
"""

from __future__ import annotations

import select
import ssl
import time
from collections.abc import Iterable

from gevent import get_hub, getcurrent, monkey

from scenarios.client.decoding import LARGEST_BODY
from scenarios.client.dialling import Line
from scenarios.client.errors import AnswerTimedOutError, MalformedAnswerError
from scenarios.client.reading import Reading
from scenarios.client.target import Target, shown
from scenarios.client.traffic import Traffic
from scenarios.client.waiting import For, TimeIsUpError, ready
from scenarios.stamps import SPACE, Ancillary, ask_for_stamps, stamp_in

# No greenlet keeps what it reads into this across a switch, so one is enough.
_BUFFER = bytearray(64 * 1024)
_VIEW = memoryview(_BUFFER)
_BUFFERS = [_BUFFER]
# A connection that was idle for longer may have been ended meanwhile, which a look at it tells; within this
# time, in seconds, hardly any server ends one, and the look would cost a tenth of a request.
_FRESH = 0.05

# The other side will send no more (Linux; elsewhere its end is readable).
_ENDED = getattr(select, "POLLRDHUP", 0)
# gevent's own would switch greenlets.
_poll = monkey.get_original("select", "poll")

# A server may answer before it has read everything, and then close (413, for one).
_ANSWERED_EARLY = (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError)

_now = time.perf_counter
_unix = time.time_ns


class Connection:
    """A line to *target*'s origin over which one request at a time is exchanged for its answer.

    *patience* is for how many seconds the server may be silent.  ``reading`` holds the answer, whose last
    byte so far came at *last_byte_at* on the clock of perf_counter; *used*: there was an answer before.
    """

    __slots__ = (
        "_began",
        "_first_byte_at",
        "_hub",
        "_patience",
        "_readable",
        "_secured",
        "_socket",
        "_timer",
        "absolute",
        "last_byte_at",
        "reading",
        "target",
        "used",
    )

    def __init__(self, line: Line, target: Target, patience: float) -> None:
        self._socket = line.socket
        self._secured = target.scheme == "https"
        self._patience = patience
        self._hub = get_hub()
        self._readable = self._hub.loop.io(self._socket.fileno(), int(For.READING))
        # Repeating, because only such a timer has its whole time again when it is started anew.
        self._timer = self._hub.loop.timer(patience, patience)
        if not self._secured:
            ask_for_stamps(self._socket)
        self._began = self._first_byte_at = self.last_byte_at = 0.0
        self.absolute = line.absolute
        self.target = target
        self.reading = Reading()
        self.used = False

    def close(self) -> None:
        """End the connection; once more is no error."""
        self._readable.close()
        self._timer.close()
        self._socket.close()

    def lives(self) -> bool:
        """Return whether the server still holds the idle connection, as far as one can tell."""
        # Some servers send a body after the head that answers HEAD, and not always in the same packet.
        if _now() - self.last_byte_at < _FRESH and not self.reading.bodiless:
            return True
        look = _poll()
        look.register(self._socket.fileno(), select.POLLIN | _ENDED)
        seen = look.poll(0)
        if not seen:
            return True
        # Of a secured line it may be news about the session, and of a plain one nothing that was asked for.
        return self._secured and not seen[0][1] & (_ENDED | select.POLLHUP | select.POLLERR)

    def ask(
        self, head: bytes, body: bytes | Iterable[bytes], traffic: Traffic, *, bodiless: bool, chunked: bool
    ) -> None:
        """Send a request, and read its answer up to the end of the head at least.

        Raises an ExchangeError, or the system's error of a connection that broke.
        """
        reading = self.reading
        reading.begin(bodiless=bodiless)
        traffic.first_byte = traffic.body = 0.0
        self._began = _now()
        try:
            if isinstance(body, bytes):
                self._send(head + body if body else head, traffic)
            else:
                self._send_blocks(head, body, traffic, chunked=chunked)
        except _ANSWERED_EARLY:
            pass
        self._receive(traffic)
        self._first_byte_at = self.last_byte_at
        traffic.first_byte = self._first_byte_at - self._began
        if not reading.headed:
            self._receive_head(traffic)

    def _receive_head(self, traffic: Traffic) -> None:
        while not self.reading.headed:
            self._receive(traffic)
        self._note(traffic)

    def finish(self, traffic: Traffic) -> None:
        """Read the rest of the answer."""
        if not self.reading.complete:
            self._receive_body(traffic)

    def _receive_body(self, traffic: Traffic) -> None:
        most = traffic.received + LARGEST_BODY
        while not self.reading.complete:
            self._receive(traffic)
            if traffic.received > most:
                raise MalformedAnswerError(
                    f"{shown(self.target)} sent over {LARGEST_BODY} bytes of a body that goes on.  Read such "
                    "an answer piece by piece, with stream=True."
                )
        self._note(traffic)

    def more(self, traffic: Traffic) -> bytes:
        """Return the next bytes of the body, still encoded; b"" at its end."""
        reading = self.reading
        while not reading.chunks and not reading.complete:
            self._receive(traffic)
            self._note(traffic)
        chunks, reading.chunks = reading.chunks, []
        return b"".join(chunks)

    def _note(self, traffic: Traffic) -> None:
        traffic.body = self.last_byte_at - self._first_byte_at

    def _receive(self, traffic: Traffic) -> None:
        """Wait for bytes, and let them be read."""
        if self._secured:
            count = self._received_secured()
            self.last_byte_at = _now()
        else:
            self._wait()
            try:
                count, told, _, _ = self._socket.recvmsg_into(_BUFFERS, SPACE)
            except BlockingIOError:
                return
            self.last_byte_at = self._arrival(told)
        if count:
            traffic.received += count
            self.reading.feed(_VIEW[:count])
        else:
            self.reading.end()

    def _arrival(self, told: Ancillary) -> float:
        """Return when bytes that were just read arrived, on the clock of perf_counter."""
        now = _now()
        stamp = stamp_in(told)
        if stamp is None:
            return now
        waited = (_unix() - stamp) * 1e-9
        # Else somebody has set the clock that the kernel stamps by.
        return now - waited if 0.0 <= waited <= now - self._began else now

    def _received_secured(self) -> int:
        """Return how many bytes were decrypted into the buffer; some may have waited inside the line."""
        while True:
            try:
                return self._socket.recv_into(_BUFFER)
            except ssl.SSLWantReadError:
                self._wait()
            except ssl.SSLWantWriteError:
                self._wait_to_write()
            except ssl.SSLEOFError:
                # Ended without saying so, as many servers do; the answer's framing tells if that matters.
                return 0

    def _wait(self) -> None:
        timer = self._timer
        timer.again(getcurrent().throw, TimeIsUpError)
        try:
            self._hub.wait(self._readable)
        except TimeIsUpError:
            raise AnswerTimedOutError(
                f"{shown(self.target)} was silent for {self._patience:g} s.  Allow more network_timeout, "
                "or look what holds it up."
            ) from None
        finally:
            timer.stop()

    def _wait_to_write(self) -> None:
        if not ready(self._socket.fileno(), For.WRITING, _now() + self._patience):
            raise AnswerTimedOutError(
                f"{shown(self.target)} took nothing more of the request for {self._patience:g} s."
            )

    def _send(self, content: bytes, traffic: Traffic) -> None:
        sent = self._sent(content)
        traffic.sent += sent
        while sent < len(content):
            # From the first byte that is left: a view copies nothing of a long body.
            content = memoryview(content)[sent:]  # type: ignore[assignment]  # both have a length and can be sent
            self._wait_to_write()
            sent = self._sent(content)
            traffic.sent += sent

    def _sent(self, content: bytes) -> int:
        try:
            return self._socket.send(content)
        except (BlockingIOError, ssl.SSLWantWriteError):
            return 0
        except ssl.SSLWantReadError:
            self._wait()
            return 0

    def _send_blocks(self, head: bytes, blocks: Iterable[bytes], traffic: Traffic, *, chunked: bool) -> None:
        self._send(head, traffic)
        for block in blocks:
            if block:
                # RFC 9112, section 7.1.
                self._send(b"%x\r\n%b\r\n" % (len(block), block) if chunked else block, traffic)
        if chunked:
            self._send(b"0\r\n\r\n", traffic)
