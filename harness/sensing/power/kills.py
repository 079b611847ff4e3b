"""Power cuts of a whole node: an emulator is killed at random instants of updates, and started
again on the flash that it left."""

from __future__ import annotations

import contextlib
import random
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from harness.device.flash_image import write_into
from harness.device.qemu import VirtQemu
from harness.errors import BenchError, DeviceFault
from harness.sensing.node import SensingNode
from harness.sensing.power.updates import OLD, SettingsUpdate, Update, WeightsUpdate, Wrong
from harness.sensing.structs.state import SensingBootReport, SettingsLost

_BOOT_S = 120.0
# As in firmware/ports/node/flash_settings.c: a region begins with a place for its header.
_REGIONS, _RECORD_BYTES, _VALUE_AT = 2, 32, 8


@dataclass(frozen=True)
class Kill:
    """What came of one. found: OLD or NEW. wrong: empty, or a sentence."""

    number: int
    kind: str
    after_s: float
    was_done: bool  # the update, before
    found: str
    resumed: int  # bytes of the weights that need not be sent again
    wrong: str


class KilledNode:
    """A node in QEMU with a flash that outlives it.

    Args:
        image: the node's ELF.
        folder: where its flash is kept.
    """

    def __init__(self, image: Path, folder: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self._weights, self._settings = WeightsUpdate(self._random), SettingsUpdate()
        self._updates: dict[str, Update] = {"weights": self._weights, "settings": self._settings}
        self._lasts: dict[str, float] = {}  # seconds of the last whole update
        self._worker = ThreadPoolExecutor(1)
        self._device = VirtQemu(qemu_image_path=image, flash=folder / "flash.bin")
        self._node = SensingNode(self._device.connection, keep_log=100)

    def __enter__(self) -> Self:
        self._device.connection.open()
        self._node.wait_boot(_BOOT_S)
        for kind, update in self._updates.items():
            update.draw()
            self._lasts[kind] = _seconds_of(update, self._node)
        return self

    def __exit__(self, *_: object) -> None:
        self._device.kill()
        self._worker.shutdown()
        self._device.close()

    def kill(self, number: int) -> Kill:
        """An update, killed at a random instant; then a boot, and the same update to its end.

        Raises BenchError.
        """
        kind = self._random.choice(list(self._updates))
        after_s = self._random.uniform(0.0, self._lasts[kind])
        update = self._updates[kind]
        self._weights.resumed = 0
        update.draw()
        update_made = self._worker.submit(update.make, self._node)
        time.sleep(after_s)
        was_done, found, wrong = update_made.done(), "", ""
        self._device.kill()
        try:
            _wait_for(update_made)
            boot = self._boot_again()
            each = {name: one.judge(self._node, boot) for name, one in self._updates.items()}
            found = each[kind]
            seconds = _seconds_of(update, self._node)
            if not self._weights.resumed:
                self._lasts[kind] = seconds
        except (DeviceFault, Wrong) as error:
            wrong = str(error)
        return Kill(number, kind, after_s, was_done, found, self._weights.resumed, wrong)

    def damage(self, number: int) -> Kill:
        """A bit of the first setting of each region flips while the node is off; it has to say so.

        Raises BenchError.
        """
        self._device.kill()
        stored = next(p for p in self._node.boot.partitions if p.name == "settings")
        for region in range(_REGIONS):
            start = stored.offset + region * stored.size // _REGIONS
            at = start + _RECORD_BYTES + _VALUE_AT
            flipped = self._device.flash.read_bytes()[at] ^ 1
            write_into(self._device.flash, at, bytes([flipped]))
        told, wrong = False, ""
        try:
            told = self._boot_again().settings_lost == SettingsLost.DAMAGED
        except DeviceFault as error:
            wrong = str(error)
        if not told:
            wrong = wrong or "a setting is damaged, and the boot report says nothing of it"
        return Kill(number, "a flipped bit", 0.0, True, OLD, 0, wrong)

    def _boot_again(self) -> SensingBootReport:
        self._device.power_cycle()
        boot = self._node.wait_boot(_BOOT_S, after="a kill")
        assert isinstance(boot, SensingBootReport)
        return boot


def _seconds_of(update: Update, node: SensingNode) -> float:
    begun = time.monotonic()
    update.make(node)
    return time.monotonic() - begun


def _wait_for(update: Future[None]) -> None:
    """Until it has noticed that the node is gone. Raises what the node did before."""
    with contextlib.suppress(BenchError):
        update.result()
