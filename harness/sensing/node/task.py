"""The temporal task: start and stop, frames in, logits out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.errors import ProtocolFault
from harness.sensing.node.state import StateApi
from harness.sensing.structs.task import (
    ClassifyHeader,
    PushRequest,
    PushResult,
    TaskAction,
    TaskRequest,
)


@dataclass(frozen=True)
class Classification:
    """logits: float32 [n_classes]; n_frames: frames in the ring; cycles: in the cycle unit."""

    logits: npt.NDArray[np.float32]
    n_frames: int
    cycles: int


class TaskApi(StateApi):
    """The temporal task."""

    def start_task(
        self,
        input_dim: int | None = None,
        window_len: int | None = None,
        n_classes: int | None = None,
    ) -> None:
        """Starts the task; a dimension that is not given is the one of the boot report."""
        boot = self.boot
        request = TaskRequest(
            TaskAction.START,
            boot.input_dim if input_dim is None else input_dim,
            boot.window_len if window_len is None else window_len,
            boot.n_classes if n_classes is None else n_classes,
        )
        self.request("task", request, slow=True)

    def stop_task(self) -> None:
        """Stops it and drops its queue."""
        self.request("task", TaskRequest(TaskAction.STOP))

    def hold_task(self) -> None:
        """Makes it leave frames in its queue."""
        self.request("task", TaskRequest(TaskAction.HOLD))

    def release_task(self) -> None:
        """Ends `hold_task`."""
        self.request("task", TaskRequest(TaskAction.RELEASE))

    def push_frames(self, frames: npt.ArrayLike | Sequence[float]) -> PushResult:
        """Frames [n, D], or one frame [D], into the task's queue, in order.

        Returns what was accepted and rejected in all, and the error of the last rejected frame.
        """
        values = np.atleast_2d(np.asarray(frames, dtype="<f4"))
        if values.ndim != 2:
            raise ValueError(f"frames have the shape {values.shape}, expected [n, D] or [D]")
        n_frames, frame_len = values.shape
        room = self.limits.max_payload - PushRequest.sizeof()
        at_a_time = max(1, room // max(1, frame_len * 4))
        accepted = rejected = last_error = 0
        for start in range(0, n_frames, at_a_time):
            part = values[start : start + at_a_time]
            payload = PushRequest(len(part), frame_len).build() + part.tobytes()
            result = self._ask(PushResult, "push", payload)
            accepted += result.accepted
            rejected += result.rejected
            last_error = result.last_error or last_error
        return PushResult(accepted, rejected, last_error)

    def classify(self) -> Classification:
        """Classifies the frames in the ring now."""
        return classification(self.request("classify", slow=True))


def classification(reply: bytes) -> Classification:
    """The reply to `classify` and `head_classify`. Raises ProtocolFault when it is malformed."""
    header, rest = ClassifyHeader.parse_prefix(reply)
    if len(rest) != 4 * header.n_classes:
        raise ProtocolFault(
            f"classify: {header.n_classes} classes were announced and {len(rest)} bytes came"
        )
    logits = np.frombuffer(rest, dtype="<f4").astype(np.float32)
    return Classification(logits, header.n_frames, header.cycles)
