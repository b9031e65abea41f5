"""What the truth server has under a path: after how long the next answer comes, and its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from scenarios.truth.behaviour import Behaviour, drawn

# What a body is made of; nobody reads it.
_FILLING = b"truth "


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer as it goes over the line; *head* is all of it that a HEAD request gets."""

    status: int
    head: bytes
    whole: bytes

    @classmethod
    def of(cls, status: HTTPStatus, body: bytes) -> Answer:
        """Put a head before *body*."""
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        return cls(status=status.value, head=head, whole=head + body)


class Page:
    """Requests that behave alike and are counted under one *path*, in the order in which they come."""

    def __init__(self, path: str, behaviour: Behaviour, seed: int) -> None:
        self.path = path
        self._delay, self._slow_delay = behaviour.delay, behaviour.slow_delay
        self._slow = drawn(behaviour.slow, f"{seed} slow {path}")
        self._errors = drawn(behaviour.errors, f"{seed} errors {path}")
        size = int(behaviour.size)
        body = (_FILLING * (size // len(_FILLING) + 1))[:size]
        self._good = Answer.of(HTTPStatus.OK, body)
        self._bad = Answer.of(HTTPStatus.INTERNAL_SERVER_ERROR, body)

    def turn(self) -> tuple[float, Answer]:
        """Return after how many seconds the next request is answered, and how."""
        delay = self._delay + self._slow_delay if next(self._slow) else self._delay
        return delay, self._bad if next(self._errors) else self._good
