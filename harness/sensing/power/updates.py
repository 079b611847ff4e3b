"""Updates of a node that can be interrupted anywhere, and what has to be true of it afterwards."""

from __future__ import annotations

import random
from typing import Protocol

from harness.sensing.node import SensingNode
from harness.sensing.node.weights import upload_crc
from harness.sensing.power.blobs import node_blob
from harness.sensing.structs.settings import Setting
from harness.sensing.structs.state import HeadState, SensingBootReport, SettingsLost, WeightsSource

OLD, NEW = "old", "new"
_SLOTS = (WeightsSource.SLOT_0, WeightsSource.SLOT_1)
_VALUES = 1001  # that the setting can have
_AT_ONCE = 40  # settings, one after the other


class Wrong(Exception):
    """The node is not as it said that it is."""


class Update(Protocol):
    """One kind of update. What was told as done before is what has to be there."""

    def draw(self) -> None:
        """Another update is next."""

    def make(self, node: SensingNode) -> None:
        """It may be interrupted anywhere."""

    def judge(self, node: SensingNode, boot: SensingBootReport) -> str:
        """OLD or NEW after an update that may have been interrupted. Raises Wrong."""


class WeightsUpdate:
    """A whole blob. resumed: bytes that were there already when an upload went on."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._crc = 0  # of the blob before
        self._blob = b""
        self._told = False
        self.resumed = 0

    def draw(self) -> None:
        """Another blob."""
        if self._told:
            self._crc = upload_crc(self._blob)
        self._blob = node_blob(self._rng.getrandbits(32))
        self._told = False

    def make(self, node: SensingNode) -> None:
        """As `upload_weights` does it."""
        begun = node.weights_begin(len(self._blob), upload_crc(self._blob))
        self.resumed = begun.resume_offset
        node.weights_send(self._blob, begun.resume_offset)
        node.weights_commit()
        self._told = True

    def judge(self, node: SensingNode, boot: SensingBootReport) -> str:
        """By the boot report, which is about the bytes that the head runs on."""
        del node
        new = upload_crc(self._blob)
        if boot.head_state != HeadState.ON or boot.weights_source not in _SLOTS:
            raise Wrong(f"the head is {HeadState(boot.head_state).name}: {boot.head_reason}")
        if boot.weights_crc != new and (self._told or boot.weights_crc != self._crc):
            which = "told as done" if self._told else "old or new"
            raise Wrong(f"the weights in use, {boot.weights_crc:08x}, are not those {which}")
        return NEW if boot.weights_crc == new else OLD


class SettingsUpdate:
    """A setting, set to one value after the other."""

    def __init__(self) -> None:
        self._first = self._value = 0

    def draw(self) -> None:
        """The next values."""
        self._first = self._value

    def make(self, node: SensingNode) -> None:
        """Each is told as done, or not."""
        for step in range(1, _AT_ONCE + 1):
            value = (self._first + step) % _VALUES
            node.setting(Setting.THR_STILL, value)
            self._value = value

    def judge(self, node: SensingNode, boot: SensingBootReport) -> str:
        """The value that was told last, or the one after it."""
        if boot.settings_lost != SettingsLost.KEPT:
            raise Wrong(f"settings are said to be lost: {SettingsLost(boot.settings_lost).name}")
        found = round(node.settings().thr_still * 1000)
        if found not in (self._value, (self._value + 1) % _VALUES):
            raise Wrong(f"the setting is {found}, and {self._value} was told as done")
        is_old = found == self._first
        self._value = found
        return OLD if is_old else NEW
