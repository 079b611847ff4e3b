"""Scratch memory (arena) of the agent, where a test puts arrays and reads results."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.node.session import SessionApi
from harness.node.structs import ArenaRequest

FloatArray = npt.NDArray[np.float32]
_ALIGN = 16


class ArenaPlan:
    """Assigns aligned places in the node's scratch memory, one after the other."""

    def __init__(self, arena_bytes: int) -> None:
        self._arena_bytes = arena_bytes
        self.used = 0

    def take(self, size: int) -> int:
        """The offset of `size` bytes. Raises ValueError when the arena is too small."""
        offset, self.used = self.used, -(-(self.used + size) // _ALIGN) * _ALIGN
        if self.used > self._arena_bytes:
            raise ValueError(
                f"the node's arena has {self._arena_bytes} bytes; this takes {self.used} and more"
            )
        return offset


class ArenaApi(SessionApi):
    """Writes bytes and arrays into the scratch memory and reads them."""

    def arena_plan(self) -> ArenaPlan:
        """A new plan for the whole arena."""
        return ArenaPlan(self.limits.arena_bytes)

    def arena_put(self, offset: int, data: bytes) -> None:
        """Bytes into the arena."""
        size = self.limits.max_payload - ArenaRequest.sizeof()
        pieces = ((at, data[at : at + size]) for at in range(0, len(data), size))
        payloads = (ArenaRequest(offset + at, len(part)).build() + part for at, part in pieces)
        self._ask_all("arena_put", payloads)

    def arena_get(self, offset: int, length: int) -> bytes:
        """Bytes out of the arena."""
        size = self.limits.max_payload
        payloads = [
            ArenaRequest(at, min(size, offset + length - at)).build()
            for at in range(offset, offset + length, size)
        ]
        return b"".join(self._ask_all("arena_get", payloads))

    def arena_put_floats(self, offset: int, values: npt.ArrayLike) -> None:
        """An array as float32."""
        self.arena_put(offset, float_bytes(values))

    def arena_get_floats(self, offset: int, shape: tuple[int, ...]) -> FloatArray:
        """An array of float32."""
        data = self.arena_get(offset, 4 * int(np.prod(shape)))
        return np.frombuffer(data, dtype="<f4").astype(np.float32).reshape(shape)


def float_bytes(values: npt.ArrayLike) -> bytes:
    """Little-endian float32, row-major."""
    return np.ascontiguousarray(np.asarray(values, dtype="<f4")).tobytes()
