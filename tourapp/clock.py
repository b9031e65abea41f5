"""How time reaches the app: what tells it and what waits are handed in, so that tests own both."""

from collections.abc import Awaitable, Callable

# Gives seconds, and those since the epoch unless somebody says otherwise.
Clock = Callable[[], float]

# Waits for so many seconds.
Pause = Callable[[float], Awaitable[None]]
