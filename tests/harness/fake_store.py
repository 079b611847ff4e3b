"""A node without a connection, as far as a deployment sees it: two slots, settings, a head.

What goes wrong with it is set by hand: `worn`, `keeps`, `sticks`, `no_memory`, `will_not_start`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import NodeError
from harness.sensing.structs.settings import Setting
from harness.sensing.structs.state import HeadState, WeightsSource
from harness.sensing.structs.weights import WeightsCommit
from kernels_ref import init_random_blob
from kernels_ref.packets import TemporalFeed

SLOT, BLOB_AT, UNIT = 0x10000, 0x400, 0x1000
IMAGE = init_random_blob()


@dataclass
class FakeStore:
    """Attributes:
    worn: the byte of a slot that is never what was written; None: no such byte.
    keeps: erasing does nothing. sticks: a setting once set stays.
    no_memory: for no other head. will_not_start: the CRC of weights that no head starts with.
    """

    worn: int | None = None
    keeps: bool = False
    sticks: bool = False
    no_memory: bool = False
    will_not_start: int = 0
    max_classes: int = 8
    slots: list[tuple[int, bytes] | None] = field(default_factory=lambda: [None, None])
    values: dict[str, int] = field(
        default_factory=lambda: {
            "temporal_feed": 0,
            "spectrum_hop": 10,
            "edge_tier": 2,
            "start_head": 1,
        }
    )
    in_force: dict[str, int] = field(default_factory=dict)
    written: int = 0  # uploads that were committed
    limits: Any = field(default_factory=lambda: SimpleNamespace(arena_bytes=1 << 20))

    def __post_init__(self) -> None:
        self.in_force = dict(self.values)
        self.boot = self._boot()

    # ---- what it says -----------------------------------------------------------------------

    def boot_report(self) -> Any:
        return self._boot()

    def settings(self) -> Any:
        return SimpleNamespace(**self.in_force)

    def status(self) -> Any:
        return SimpleNamespace(heap_free=12_345)

    def partition_info(self) -> Any:
        return SimpleNamespace(
            size=2 * SLOT,
            erase_size=UNIT,
            slot_offset=(0, SLOT),
            slot_size=(SLOT, SLOT),
            blob_offset=BLOB_AT,
        )

    def partition_read(self, offset: int, length: int) -> bytes:
        slot, _ = divmod(offset, SLOT)
        held = self.slots[slot]
        data = bytearray((held[1] if held else b"").ljust(length, b"\xff")[:length])
        if self.worn is not None:
            data[self.worn] ^= 1
        return bytes(data)

    # ---- what it does -----------------------------------------------------------------------

    def setting(self, key: Setting, value: int) -> None:
        if not self.sticks or self.values[key.name.lower()] == 0:
            self.values[key.name.lower()] = value

    def restore(self) -> None:
        self.in_force = dict(self.values)

    def reset(self) -> Any:
        self.restore()
        self.boot = self._boot()
        return self.boot

    def stop_task(self) -> None:
        pass

    def partition_erase(self, offset: int, _length: int) -> None:
        if not self.keeps:
            self.slots[offset // SLOT] = None

    def upload_weights(self, data: bytes, progress: object = None) -> WeightsCommit:
        used = self._newest()
        slot = 1 - used if used is not None else 0
        generation = 1 + max((held[0] for held in self.slots if held), default=0)
        self.slots[slot] = (generation, data)
        self.written += 1
        return WeightsCommit(generation, slot)

    @contextmanager
    def head(self, _blob: bytes, **_shape: int) -> Iterator[Any]:
        if self.no_memory:
            raise NodeError(0x101, "ESP_ERR_NO_MEM", command="head_open")
        yield SimpleNamespace(working_set_bytes=4321)

    def push_frames(self, _frames: npt.NDArray[np.float32]) -> None:
        pass

    def classify(self) -> Any:
        return SimpleNamespace(logits=np.zeros(4, np.float32))

    # ---- inside -----------------------------------------------------------------------------

    def _newest(self) -> int | None:
        held = [(kept[0], slot) for slot, kept in enumerate(self.slots) if kept]
        return max(held)[1] if held else None

    def _boot(self) -> Any:
        slot = self._newest()
        kept = self.slots[slot] if slot is not None else None
        generation, data = kept or (0, IMAGE)
        fails = zlib.crc32(data[:-4]) == self.will_not_start
        sources = (WeightsSource.SLOT_0, WeightsSource.SLOT_1)
        return SimpleNamespace(
            head_state=HeadState.FAILED if fails else HeadState.ON,
            head_reason="start failed: ESP_FAIL" if fails else "weights from somewhere",
            self_test_error=0,
            weights_source=WeightsSource.EMBEDDED if slot is None else sources[slot],
            weights_crc=zlib.crc32(data[:-4]),
            weights_len=len(data),
            weights_generation=generation,
            temporal_feed=TemporalFeed(self.in_force["temporal_feed"]),
            input_dim=16,
            window_len=256,
            n_classes=4,
            max_classes=self.max_classes,
        )
