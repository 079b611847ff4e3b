"""Edge features on the node: frames in, every feature of every frame out; and the CSI codec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from harness.node.exports import ExportsApi
from harness.node.memory import ArenaApi, FloatArray
from harness.sensing.structs.edge import (
    NO_PAIRS,
    CsiCarriers,
    CsiCarriersRequest,
    CsiQuestion,
    EdgeBin,
    EdgeFeatures,
    EdgeFrame,
    EdgeOpen,
    EdgeOpenRequest,
    EdgePushRequest,
    EdgeResult,
)
from kernels_ref.edge.config import CsiFrame, EdgeConfig
from kernels_ref.packets.compression import compressed_max

_FRAMES_AT_A_TIME = 400


class EdgeSession:
    """An open context; `context_bytes` of the node's memory."""

    def __init__(self, node: ArenaApi, config: EdgeConfig) -> None:
        self._node = node
        request = EdgeOpenRequest(
            config.calibration_ms, config.tier, config.spectrum_every, memory_offset=0
        )
        self.context_bytes = EdgeOpen.parse(node.request("edge_open", request)).context_bytes
        self._start = node.arena_plan()
        self._start.take(self.context_bytes)

    def push(self, frames: Sequence[CsiFrame]) -> list[EdgeResult]:
        """What each frame left; a refused one has its esp_err_t in `error`."""
        found: list[EdgeResult] = []
        left = self._node.limits.arena_bytes - self._start.used - 64
        at = 0
        while at < len(frames):
            count, room = 0, left
            while at + count < len(frames) and count < _FRAMES_AT_A_TIME:
                room -= EdgeFrame.sizeof() + frames[at + count].iq.size + EdgeResult.sizeof()
                if room < 0:
                    break
                count += 1
            if count == 0:
                raise ValueError(f"no room for a frame of {frames[at].iq.size} bytes in the arena")
            found += self._push(frames[at : at + count])
            at += count
        return found

    def _push(self, frames: Sequence[CsiFrame]) -> list[EdgeResult]:
        data = b"".join(_wire(frame) for frame in frames)
        size = EdgeResult.sizeof()
        frames_offset = self._start.used
        out_offset = frames_offset + len(data)
        self._node.arena_put(frames_offset, data)
        request = EdgePushRequest(frames_offset, len(frames), out_offset)
        self._node.request("edge_push", request, slow=True)
        out = self._node.arena_get(out_offset, size * len(frames))
        return [EdgeResult.parse(out[i : i + size]) for i in range(0, len(out), size)]

    def recalibrate(self) -> None:
        """Learn the empty room from the next frame on."""
        self._node.request("edge_recalibrate")

    def last_bin(self) -> EdgeBin:
        """What the front end made of the frames of the last complete 20 ms."""
        return EdgeBin.parse(self._node.request("edge_bin"))

    def silent(self) -> EdgeFeatures:
        """Tell it that no frame has come for three seconds; what it then knows."""
        return EdgeFeatures.parse(self._node.request("edge_silent"))


class EdgeApi(ExportsApi):
    """Edge features and the codec of compressed CSI."""

    @contextmanager
    def edge(self, config: EdgeConfig) -> Iterator[EdgeSession]:
        """A context of the test's own. The node has one; it stays open until the next."""
        yield EdgeSession(self, config)

    def csi_carriers(
        self, questions: Sequence[tuple[int, int, npt.NDArray[np.int8] | None]]
    ) -> list[CsiCarriers]:
        """What the node says of layout words, numbers of pairs, and pairs int8 [n, 2] or None."""
        plan = self.arena_plan()
        asked: list[CsiQuestion] = []
        for layout, n_subcarriers, iq in questions:
            offset = NO_PAIRS if iq is None else plan.take(iq.size)
            if iq is not None:
                self.arena_put(offset, np.ascontiguousarray(iq, np.int8).tobytes())
            asked.append(CsiQuestion(layout, n_subcarriers, offset))
        data = b"".join(question.build() for question in asked)
        size = CsiCarriers.sizeof()
        places = plan.take(len(data)), plan.take(size * len(asked))
        self.arena_put(places[0], data)
        self.request("csi_carriers", CsiCarriersRequest(places[0], len(asked), places[1]))
        out = self.arena_get(places[1], size * len(asked))
        return [CsiCarriers.parse(out[i : i + size]) for i in range(0, len(out), size)]

    def edge_log(self, x: npt.ArrayLike) -> FloatArray:
        """The node's logarithm of n positive numbers, float32 [n]."""
        return self.call("edge_log", x=np.asarray(x, np.float32).reshape(-1)).x

    def edge_fft(self, z: npt.ArrayLike) -> npt.NDArray[np.complex128]:
        """The node's transform of 64 complex numbers."""
        values = np.asarray(z, np.complex64).reshape(64)
        made = self.call("edge_fft", z=values.view(np.float32)).transform
        return made.view(np.complex64).astype(np.complex128)

    def csi_compress(self, prev: bytes | None, now: bytes, cap: int | None = None) -> bytes:
        """A frame's bytes against those of the frame before, of the same length."""
        return self.csi_compress_cost(prev, now, cap)[0]

    def csi_compress_cost(
        self, prev: bytes | None, now: bytes, cap: int | None = None
    ) -> tuple[bytes, int]:
        """The same, and what it took, in the node's cycle unit."""
        cap = compressed_max(len(now)) if cap is None else cap
        made = self.call("codec_compress", prev=_bytes(prev), now=_bytes(now), cap=cap)
        return made.out.tobytes()[: made.written[0]], made.cycles

    def csi_expand(self, prev: bytes | None, data: bytes, length: int) -> bytes:
        """The inverse: `length` bytes. Raises NodeError where the data does not give them."""
        made = self.call("codec_expand", prev=_bytes(prev), data=_bytes(data), len=length)
        return made.out.tobytes()


def _bytes(data: bytes | None) -> npt.NDArray[np.uint8]:
    return np.frombuffer(data or b"", np.uint8)


def _wire(frame: CsiFrame) -> bytes:
    header = EdgeFrame(
        ts_us=frame.ts_us,
        mac=frame.mac,
        channel=frame.channel,
        n_antennas=frame.n_antennas,
        n_subcarriers=frame.n_subcarriers,
        rssi=frame.rssi,
        noise_floor=frame.noise_floor,
        iq_len=frame.iq.size,
        csi_layout=frame.layout,
    )
    return header.build() + np.ascontiguousarray(frame.iq, np.int8).tobytes()
