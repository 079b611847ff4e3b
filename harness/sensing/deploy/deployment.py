"""Uploads a model, restarts the node, proves that the model runs, or goes back."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from harness.errors import DeviceFault, NodeError
from harness.node.esp_err import EspErr
from harness.sensing.deploy.fit import Refused, check_fit, refuse_settings, settings_for, value_of
from harness.sensing.deploy.model import ModelFile
from harness.sensing.node import SensingNode
from harness.sensing.node.weights import Progress
from harness.sensing.structs.settings import Setting
from harness.sensing.structs.state import HeadState, SensingBootReport, WeightsSource
from harness.sensing.structs.weights import WeightsCommit

_SLOTS = (WeightsSource.SLOT_0, WeightsSource.SLOT_1)
_TRIED_FRAMES = 12
_TRIAL_FRAMES = (
    4 * 256 + 16
)  # bytes for each float of a frame, in the frames that a trial takes at a time
# What a node answers at the end of an upload when it cannot use the blob. The node is not wrong.
_NOT_FOR_THIS_NODE = frozenset(
    {
        EspErr.ESP_ERR_INVALID_ARG,
        EspErr.ESP_ERR_INVALID_SIZE,
        EspErr.ESP_ERR_INVALID_VERSION,
        EspErr.ESP_ERR_NOT_SUPPORTED,
        EspErr.ESP_ERR_INVALID_STATE,
    }
)

Frames = npt.NDArray[np.float32]
Judge = Callable[[Frames, npt.NDArray[np.float32]], None]
"""(frames [n, D], logits [n_classes]): raises AssertionError where they are not the model's."""


class DeployFailed(DeviceFault):
    """The node does not run the new model. It runs again what it ran before."""

    def __init__(self, model: ModelFile, why: str, runs: str) -> None:
        super().__init__(f"{model.path.name} does not run on the node: {why}. Rolled back: {runs}.")


class RollbackFailed(DeviceFault):
    """The node runs neither the new model nor what it ran before."""

    def __init__(self, model: ModelFile, why: str, found: str) -> None:
        super().__init__(
            f"{model.path.name} does not run on the node: {why}. The way back failed as well: "
            f"{found}."
        )


class NotProven(DeviceFault):
    """The node runs something else than the model that was uploaded, or nothing."""


@dataclass(frozen=True)
class Deployed:
    """boot: the boot report that proves it. working_set_bytes: 0 where it was not measured.
    changed: the old values of settings that were changed. is_new: False where the node had the
    model."""

    model: ModelFile
    boot: SensingBootReport
    slot: int
    working_set_bytes: int
    changed: dict[Setting, int] = field(default_factory=dict)
    is_new: bool = True

    def __str__(self) -> str:
        return (
            f"the node runs {self.model.path.name}: {runs_of(self.boot)}, read back byte for byte; "
            f"{_TRIED_FRAMES} frames classify as the model does"
        )


@dataclass
class Deployment:
    """One model into one node.

    judge: compares logits with the model's. tell: gets a line for each step. progress: of the
    upload. may_set: whether settings that the model needs may be written.
    """

    node: SensingNode
    model: ModelFile
    judge: Judge
    tell: Callable[[str], None] = lambda _line: None
    progress: Progress = lambda _done, _all: None
    may_set: bool = False

    def run(self) -> Deployed:
        """Raises Refused while nothing has changed; DeployFailed when the node runs again what it
        ran before, RollbackFailed when it does not; BenchError when the connection breaks."""
        self._before = self.node.boot_report()
        self._settings = self.node.settings()
        check_fit(self.model, self._before, self.node.partition_info())
        wanted = settings_for(self.model, self._settings)
        if wanted and not self.may_set:
            refuse_settings(self.model, self._settings, wanted)
        if not wanted and self._runs_already():
            return self._found()
        bytes_needed = self._try_memory()
        self._changed = {key: value_of(self._settings, key) for key in wanted}
        try:
            self._set(wanted)
            commit = self._upload()
        except BaseException:
            self._set(self._changed)
            self.node.restore()
            raise
        try:
            boot = self._prove(commit)
        except (DeviceFault, AssertionError) as fault:
            self._fail(commit.slot, str(fault).rstrip("."))
        return Deployed(self.model, boot, commit.slot, bytes_needed, self._changed)

    def _runs_already(self) -> bool:
        boot = self._before
        told = boot.head_state, boot.weights_crc, boot.weights_len
        wanted = HeadState.ON, self.model.crc, len(self.model.data)
        if told != wanted or boot.weights_source not in _SLOTS:
            return False
        return self._bytes_in(_SLOTS.index(boot.weights_source)) == self.model.data

    def _found(self) -> Deployed:
        """The node has the model already: nothing is written, but everything is proven."""
        self.tell(f"the node has {self.model.path.name} already: not uploaded")
        slot = _SLOTS.index(self._before.weights_source)
        commit = WeightsCommit(self._before.weights_generation, slot)
        return Deployed(self.model, self._prove(commit), slot, 0, is_new=False)

    def take_back(self, deployed: Deployed) -> SensingBootReport:
        """Undoes a deployment: the node runs again what it ran before. Raises NotProven."""
        return self._roll_back(deployed.slot) if deployed.is_new else deployed.boot

    # ---- before anything changes ------------------------------------------------------------

    def _try_memory(self) -> int:
        """How many bytes the model's head takes: it is set up for a moment, in place of the running
        head. Raises Refused where the memory is too small."""
        window = self.model.feed.window_len if self.model.feed else self._before.window_len
        shape = self.model.shape
        if self.node.limits.arena_bytes < len(self.model.data) + _TRIAL_FRAMES * shape.input_dim:
            return 0  # the start will show it
        if self._before.head_state is HeadState.ON:
            self.node.stop_task()
        free = self.node.status().heap_free
        try:
            with self.node.head(
                self.model.data,
                input_dim=shape.input_dim,
                window_len=window,
                n_classes=shape.n_classes,
            ) as head:
                return head.working_set_bytes
        except NodeError as error:
            if error.code == EspErr.ESP_ERR_NO_MEM:
                raise Refused(
                    f"{self.model.path.name} takes more memory than the node has: {free:,} bytes "
                    "are free without a head.",
                    "A shorter window, fewer heads or a narrower layer take less.",
                ) from None
            raise Refused(
                f"The node does not take {self.model.path.name}: {error}.",
                "Is its firmware older than the model?",
            ) from None
        finally:
            self.node.restore()

    def _set(self, values: dict[Setting, int]) -> None:
        for key, value in values.items():
            try:
                self.node.setting(key, value)
            except NodeError as error:
                raise Refused(
                    f"{self.model.path.name} asks for {key.name.lower()} {value}, which the node "
                    f"does not take: {error}."
                ) from None
        if values:
            self.node.restore()

    def _upload(self) -> WeightsCommit:
        self.tell(f"uploading {self.model}")
        try:
            return self.node.upload_weights(self.model.data, progress=self.progress)
        except NodeError as error:
            if error.code not in _NOT_FOR_THIS_NODE:
                raise
            raise Refused(f"The node does not take {self.model.path.name}: {error}.") from None

    # ---- the proof --------------------------------------------------------------------------

    def _prove(self, commit: WeightsCommit) -> SensingBootReport:
        """The boot report of a node that runs the model. Raises DeviceFault, AssertionError."""
        self.tell("restarting the node")
        self._check_report(self.node.reset(), commit)
        self._check_bytes(commit.slot)
        self._check_logits()
        # A last reset, so that the trial frames are not in what it classifies from now on.
        boot = self.node.reset()
        self._check_report(boot, commit)
        return boot

    def _check_report(self, boot: SensingBootReport, commit: WeightsCommit) -> None:
        if boot.head_state is not HeadState.ON:
            raise NotProven(f"the head does not start, {boot.head_reason}")
        if boot.weights_source != _SLOTS[commit.slot]:
            raise NotProven(f"the boot report names other weights, {runs_of(boot)}")
        told = boot.weights_crc, boot.weights_len, boot.weights_generation
        if told != (self.model.crc, len(self.model.data), commit.generation):
            raise NotProven(
                f"the boot report says {runs_of(boot)}, and CRC {self.model.crc:08x}, "
                f"{len(self.model.data):,} bytes, generation {commit.generation} were uploaded"
            )

        settings = self.node.settings()
        for key, value in settings_for(self.model, settings).items():
            has = value_of(settings, key)
            raise NotProven(f"the setting {key.name.lower()} is {has}, not {value}")

    def _check_bytes(self, slot: int) -> None:
        """Reads the flash back; the boot report alone proves nothing about it."""
        found, right = self._bytes_in(slot), self.model.data
        if found != right:
            first = next(i for i in range(len(right)) if found[i] != right[i])
            raise NotProven(
                f"what lies in slot {slot} has CRC {zlib.crc32(found[:-4]):08x}, not "
                f"{self.model.crc:08x}: byte {first} is 0x{found[first]:02x}, not "
                f"0x{right[first]:02x}"
            )

    def _bytes_in(self, slot: int) -> bytes:
        store = self.node.partition_info()
        at = store.slot_offset[slot] + store.blob_offset
        return self.node.partition_read(at, len(self.model.data))

    def _check_logits(self) -> None:
        self.node.restore()
        rng = np.random.default_rng(self.model.crc)
        frames = rng.standard_normal((_TRIED_FRAMES, self.model.shape.input_dim)).astype(np.float32)
        self.node.push_frames(frames)
        self.judge(frames, self.node.classify().logits)

    # ---- the way back -----------------------------------------------------------------------

    def _fail(self, slot: int, why: str) -> None:
        try:
            boot = self._roll_back(slot)
        except DeviceFault as fault:
            raise RollbackFailed(self.model, why, str(fault).rstrip(".")) from None
        raise DeployFailed(self.model, why, f"the node runs {runs_of(boot)} again") from None

    def _roll_back(self, slot: int) -> SensingBootReport:
        """Takes the model out of its slot and the settings back. Raises NotProven, DeviceFault."""
        self.tell("rolling back")
        store = self.node.partition_info()
        self.node.partition_erase(store.slot_offset[slot], store.erase_size)
        for key, value in self._changed.items():
            self.node.setting(key, value)
        boot = self.node.reset()
        wanted, found = _runs(self._before), _runs(boot)
        if found != wanted:
            raise NotProven(f"the node ran {runs_of(self._before)}, and runs {runs_of(boot)} now")
        settings = self.node.settings()
        for key, value in self._changed.items():
            if value_of(settings, key) != value:
                raise NotProven(f"the setting {key.name.lower()} stayed {value_of(settings, key)}")
        return boot


def _runs(boot: SensingBootReport) -> tuple[object, ...]:
    """What two boots that run the same head have in common."""
    return (
        boot.head_state,
        boot.weights_source,
        boot.weights_crc,
        boot.weights_len,
        boot.weights_generation,
        boot.temporal_feed,
    )


def runs_of(boot: SensingBootReport) -> str:
    """What runs according to a boot report, for a person."""
    if boot.head_state is not HeadState.ON:
        return f"no head ({boot.head_reason})"
    if boot.weights_source is WeightsSource.EMBEDDED:
        return f"the weights of its image, CRC {boot.weights_crc:08x}"
    place = WeightsSource(boot.weights_source).name.lower().replace("_", " ")
    return f"{place}, generation {boot.weights_generation}, CRC {boot.weights_crc:08x}"
