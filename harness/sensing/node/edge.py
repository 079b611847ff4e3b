"""The edge features on frames of a test, their arithmetic, and the codec of compressed CSI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from harness.node.exports import ExportsApi
from harness.node.memory import ArenaApi, FloatArray
from harness.sensing.structs.edge import (
    EdgeBin,
    EdgeFeatures,
    EdgeFrame,
    EdgeOpen,
    EdgeOpenRequest,
    EdgePushRequest,
    EdgeResult,
)
from kernels_ref.carriers import Carriers, Run
from kernels_ref.edge.config import CsiFrame, EdgeConfig
from kernels_ref.packets.compression import compressed_max

_FRAMES_AT_A_TIME = 400
_CARRIER_NUMBERS = 10  # of a frame: basis, row, second field, runs; then three of each of two runs


class EdgeSession:
    """An open context of the edge features. It takes `context_bytes` of the node's memory."""

    def __init__(self, node: ArenaApi, config: EdgeConfig) -> None:
        self._node = node
        request = EdgeOpenRequest(
            config.calibration_ms, config.tier, config.spectrum_every, memory_offset=0
        )
        self.context_bytes = EdgeOpen.parse(node.request("edge_open", request)).context_bytes
        self._start = node.arena_plan()
        self._start.take(self.context_bytes)

    def push(self, frames: Sequence[CsiFrame]) -> list[EdgeResult]:
        """What is known after each frame; a refused frame has its esp_err_t in `error`."""
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
        """Makes it learn the empty room again from the next frame on."""
        self._node.request("edge_recalibrate")

    def last_bin(self) -> EdgeBin:
        """What the front end made of the frames of the last complete 20 ms."""
        return EdgeBin.parse(self._node.request("edge_bin"))

    def silent(self) -> EdgeFeatures:
        """Tells it that no frame has come for three seconds. Returns what it then knows."""
        return EdgeFeatures.parse(self._node.request("edge_silent"))


class EdgeApi(ExportsApi):
    """Edge features and the codec of compressed CSI."""

    @contextmanager
    def edge(self, config: EdgeConfig) -> Iterator[EdgeSession]:
        """Opens a context. The node has one at a time; it stays open until the next is opened."""
        yield EdgeSession(self, config)

    def csi_carriers(
        self, questions: Sequence[tuple[int, int, npt.NDArray[np.int8] | None]]
    ) -> list[tuple[int, Carriers]]:
        """What the node says of layout words, numbers of pairs, and pairs int8 [n, 2] or None: an
        esp_err_t, and where that is 0 the carriers."""
        nothing = np.empty(0, np.int8)
        pairs = [nothing if iq is None else iq.reshape(-1) for _, _, iq in questions]
        starts = np.cumsum([0, *(part.size for part in pairs[:-1])])
        given = [iq is not None for _, _, iq in questions]
        made = self.call(
            "csi_carriers",
            layout=[layout for layout, _, _ in questions],
            n_subcarriers=[n for _, n, _ in questions],
            iq_at=np.where(given, starts, -1).astype(np.int32),
            iq=np.concatenate(pairs),
            n_found=_CARRIER_NUMBERS * len(questions),
        )
        found = made.found.reshape(-1, _CARRIER_NUMBERS).tolist()
        return list(zip(made.errors.tolist(), map(_carriers, found), strict=True))

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


def _carriers(numbers: list[int]) -> Carriers:
    basis, row, again, n_runs, *runs = numbers
    made = tuple(Run(*runs[3 * r : 3 * r + 3]) for r in range(n_runs))
    return Carriers(basis, row, made, again)


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
