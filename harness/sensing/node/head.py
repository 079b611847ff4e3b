"""A temporal head for a test, besides the one of the temporal task."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from harness.errors import BenchError, DeviceFault
from harness.node.memory import ArenaApi
from harness.sensing.node.task import Classification, classification
from harness.sensing.structs.controller import SwitchRequest
from harness.sensing.structs.kernel import (
    HeadForm,
    HeadOpen,
    HeadOpenRequest,
    HeadPush,
    HeadPushRequest,
    Kernel,
    Profile,
)

_FRAMES_AT_A_TIME = 256


class HeadSession:
    """An open head. `working_set_bytes` and `form` as the node says."""

    def __init__(self, node: ArenaApi, opened: HeadOpen, frames_offset: int) -> None:
        self._node = node
        self._frames = frames_offset
        self.working_set_bytes = opened.working_set_bytes
        self.form = opened.form

    def push(self, frames: npt.ArrayLike) -> HeadPush:
        """Frames [n, D], in order; stops at the first refusal, which is in the result's error."""
        values = np.atleast_2d(np.asarray(frames, dtype=np.float32))
        done, result = 0, HeadPush(0, 0, 0, 0)
        for start in range(0, len(values), _FRAMES_AT_A_TIME):
            part = values[start : start + _FRAMES_AT_A_TIME]
            self._node.arena_put_floats(self._frames, part)
            request = HeadPushRequest(self._frames, len(part))
            result = HeadPush.parse(self._node.request("head_push", request, slow=True))
            done += result.done
            if result.error:
                break
        return HeadPush(done, result.error, result.frames_in_ring, result.cycles)

    def classify(self) -> Classification:
        """Logits over the frames in the ring."""
        return classification(self._node.request("head_classify", slow=True))


class HeadApi(ArenaApi):
    """Opens heads."""

    def self_test(self) -> None:
        """The kernel's known answer, computed now. Raises NodeError when it is wrong."""
        self.request("self_test", slow=True)

    def profile(self, on: bool) -> Profile:
        """Switches the measuring of the phases of the head's work on or off.

        Returns what the last classification or step of a stream took while it was on.
        """
        return self._ask(Profile, "profile", SwitchRequest(int(on)))

    @contextmanager
    def head(
        self,
        blob: bytes,
        *,
        input_dim: int,
        window_len: int,
        n_classes: int,
        alignment: int = 0,
        form: HeadForm = HeadForm.BY_SHAPE,
        kernel: Kernel = Kernel.FAST,
    ) -> Iterator[HeadSession]:
        """A head over a blob in the arena, `alignment` bytes past a 16-byte boundary.

        Raises NodeError with the blob parser's error.
        """
        plan = self.arena_plan()
        blob_offset = plan.take(alignment + len(blob)) + alignment
        frames_offset = plan.take(4 * _FRAMES_AT_A_TIME * input_dim)
        self.arena_put(blob_offset, blob)
        request = HeadOpenRequest(
            blob_offset=blob_offset,
            blob_len=len(blob),
            input_dim=input_dim,
            window_len=window_len,
            n_classes=n_classes,
            form=form,
            kernel=kernel,
        )
        opened = HeadOpen.parse(self.request("head_open", request, slow=True))
        try:
            yield HeadSession(self, opened, frames_offset)
        except (BenchError, DeviceFault):
            raise  # closing could only fail as well, and hide this
        except BaseException:
            self.request("head_close")
            raise
        self.request("head_close")
