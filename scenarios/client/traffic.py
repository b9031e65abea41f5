"""What one exchange cost on the line: connections, bytes, and how long each step took.  Pure."""

from __future__ import annotations


class Traffic:
    """One exchange, its redirects and retries included; times in seconds, sizes in bytes.

    *status* is that of the last answer, 0 where none came.  *connects*, *retries* and *redirects* are
    counted; *sent* and *received* are bytes on the line, heads included.  *connect* (with the lookup)
    and *tls* are 0.0 where a kept-alive connection was used.  *first_byte* runs from the first byte
    written to the first byte of the last answer, *body* from there to its last byte.

    A plain class that is filled in as the exchange goes on: there is one for each request.
    """

    __slots__ = (
        "body",
        "connect",
        "connects",
        "first_byte",
        "received",
        "redirects",
        "retries",
        "sent",
        "status",
        "tls",
    )

    def __init__(self) -> None:
        self.status = 0
        self.connects = 0
        self.retries = 0
        self.redirects = 0
        self.sent = 0
        self.received = 0
        self.connect = 0.0
        self.tls = 0.0
        self.first_byte = 0.0
        self.body = 0.0
