"""Memory for intermediate values, used again and again.

Memory that is new to a process is expensive: the system clears each page when it is first touched.
Intermediate values that nobody keeps are therefore written where earlier ones were.
"""

from __future__ import annotations

import math
import threading

import torch
from torch import Tensor

MAX_VALUES = 1 << 22
"""The size of the largest piece that is kept; a larger one is allocated each time."""


class Scratch(threading.local):
    """Named pieces of memory, separate for each thread.

    What a piece holds is lost when its name is asked for again.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, torch.dtype], Tensor] = {}
        self._latest: dict[tuple[str, torch.dtype], Tensor] = {}

    def clear(self) -> None:
        """Give the memory back."""
        self._kept.clear()
        self._latest.clear()

    def piece(self, name: str, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """A contiguous tensor whose values are undefined."""
        latest = self._latest.get((name, dtype))
        if latest is not None and latest.shape == shape:
            return latest
        size = math.prod(shape)
        if size > MAX_VALUES:
            return torch.empty(shape, dtype=dtype)
        kept = self._kept.get((name, dtype))
        if kept is None or kept.numel() < size:
            kept = self._kept[name, dtype] = torch.empty(size, dtype=dtype)
        latest = self._latest[name, dtype] = kept[:size].view(shape)
        return latest
