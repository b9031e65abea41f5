"""A cache whose value everybody makes anew when it is too old: the defect "cache-stampede"."""

from typing import TypeVar

from tourapp.store.kept import Kept, Visit

Value = TypeVar("Value")


class Stampede(Kept[Value]):
    """Keeps a value like any cache, but each caller who finds it too old makes one of its own."""

    async def value(self) -> Value:
        """Return the value, made now unless there is a fresh one."""
        if self._value is not None and self._fresh():
            self._visited(Visit.HIT)
            return self._value
        # Nobody is told that it is being made: this is the fault.
        self._visited(Visit.MISS)
        return await self._made()
