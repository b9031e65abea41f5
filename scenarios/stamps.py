"""When bytes arrived, as the kernel says it: a server or a client that is late itself still knows.

Linux stamps what TCP receives with SO_TIMESTAMPNS (since 4.14: commit 98aaa913b4ed, "tcp: Extend
SOF_TIMESTAMPING_RX_SOFTWARE to TCP recvmsg").  A read of several segments bears the stamp of the last.
"""

from __future__ import annotations

import _socket  # whose sockets gevent leaves as they are
import socket
import struct
import sys

# asm-generic/socket.h; Python has no name for it.
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@ll")
# What recvmsg needs for one stamp; nothing where there are none.
SPACE = socket.CMSG_SPACE(_TIMESPEC.size)

# As socket.recvmsg_into hands it out.
Ancillary = list[tuple[int, int, bytes]]


def ask_for_stamps(line: _socket.socket) -> bool:
    """Let a line, or those that a listener will accept, be stamped; return whether they are."""
    if sys.platform != "linux":
        return False
    line.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    return True


def stamp_in(ancillary: Ancillary) -> int | None:
    """Return when the bytes arrived, in nanoseconds of the Unix clock; None where nobody says."""
    for _, kind, content in ancillary:
        if kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack(content)
            return int(seconds * 1_000_000_000 + nanoseconds)
    return None
