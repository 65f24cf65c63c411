"""What a process may remember for a moment, to spare a query."""

from collections.abc import Hashable
from time import monotonic
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class ShortMemory(Generic[Key, Value]):
    """Up to `size` values, each for `seconds`; the oldest goes first. Threads may share it."""

    def __init__(self, *, seconds: float, size: int = 1000) -> None:
        self._seconds = seconds
        self._size = size
        self._kept: dict[Key, tuple[float, Value]] = {}

    def get(self, key: Key) -> Value | None:
        until, value = self._kept.get(key, (0.0, None))
        return value if monotonic() < until else None

    def put(self, key: Key, value: Value) -> None:
        self._kept.pop(key, None)
        while len(self._kept) >= self._size:
            self._kept.pop(next(iter(self._kept), key), None)
        self._kept[key] = (monotonic() + self._seconds, value)

    def clear(self) -> None:
        self._kept.clear()
