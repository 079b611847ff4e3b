"""Weights: upload with resume, and raw access to the partition."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from harness.node.base import NodeApi
from harness.node.client import raise_for_status
from harness.sensing.structs.weights import (
    ACCEPT_OTHER_SHAPE,
    PartitionInfo,
    PartitionRequest,
    WeightsBegin,
    WeightsBeginRequest,
    WeightsChunk,
    WeightsChunkRequest,
    WeightsCommit,
)

_STUCK_ROUNDS = 5

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


def upload_crc(blob: bytes) -> int:
    """The CRC that tells one upload from another: the CRC-32 of all but the last four bytes.

    The last four are this CRC. Over all bytes it would be the same for every valid blob.
    """
    return zlib.crc32(blob[:-4])


def _silent(_done: int, _total: int) -> None:
    pass


class WeightsApi(NodeApi):
    """The weights partition."""

    def upload_weights(
        self, blob: bytes, force: bool = False, progress: Progress = _silent
    ) -> WeightsCommit:
        """Begin, all chunks, commit; takes up an interrupted upload of the same blob.

        force: accept a blob whose shape is not the node's. The new weights are used from the next
        start on.
        """
        begin = self.weights_begin(len(blob), upload_crc(blob), force)
        self.weights_send(blob, begin.resume_offset, progress)
        return self.weights_commit()

    def weights_begin(self, total_len: int, crc32: int, force: bool = False) -> WeightsBegin:
        """Opens an upload into the slot that is not in use; `crc32` is its `upload_crc`."""
        flags = ACCEPT_OTHER_SHAPE if force else 0
        request = WeightsBeginRequest(total_len, crc32, flags)
        return self._ask(WeightsBegin, "weights_begin", request, slow=True)

    def weights_send(self, blob: bytes, start: int = 0, progress: Progress = _silent) -> None:
        """All chunks of the blob from `start` on."""
        offset, stuck = start, 0
        while offset < len(blob):
            before = offset
            offset = self._send_from(blob, offset, progress)
            stuck = stuck + 1 if offset == before else 0
            if stuck == _STUCK_ROUNDS:
                self.weights_chunk(offset, self._piece(blob, offset))

    def weights_chunk(self, offset: int, data: bytes) -> int:
        """One chunk; returns the offset that the node expects next."""
        payload = WeightsChunkRequest(offset).build() + data
        return self._ask(WeightsChunk, "weights_chunk", payload).next_offset

    def weights_commit(self) -> WeightsCommit:
        """Checks and activates what was uploaded. Raises NodeError with the parser's error."""
        return self._ask(WeightsCommit, "weights_commit", slow=True)

    def weights_abort(self) -> None:
        """Drops the open upload."""
        self.request("weights_abort")

    def _piece(self, blob: bytes, offset: int) -> bytes:
        return blob[offset : offset + self.limits.max_payload - WeightsChunkRequest.sizeof()]

    def _send_from(self, blob: bytes, start: int, progress: Progress) -> int:
        """Sends the rest without waiting for each reply; returns where to go on.

        A chunk that was damaged on its way makes the node refuse those behind it. Only then is a
        refusal no error: the rest is sent again from the first refused chunk.
        """
        size = self.limits.max_payload - WeightsChunkRequest.sizeof()
        offsets = range(start, len(blob), size)
        reissued = self.counters.reissues
        replies = self.pipeline(
            (
                ("weights_chunk", WeightsChunkRequest(at).build() + self._piece(blob, at))
                for at in offsets
            ),
            lambda index: progress(min(offsets[index] + size, len(blob)), len(blob)),
        )
        for at, reply in zip(offsets, replies, strict=True):
            if reply.status:
                if self.counters.reissues == reissued:
                    raise_for_status("weights_chunk", reply)
                return at
        return len(blob)

    # ---- the partition ----------------------------------------------------------------------

    def partition_info(self) -> PartitionInfo:
        """Size, erase unit, slots."""
        return self._ask(PartitionInfo, "part_info")

    def partition_read(self, offset: int, length: int) -> bytes:
        """Raw bytes of the weights partition."""
        size = self.limits.max_payload
        payloads = [
            PartitionRequest(at, min(size, offset + length - at)).build()
            for at in range(offset, offset + length, size)
        ]
        return b"".join(self._ask_all("part_read", payloads))

    def partition_write(self, offset: int, data: bytes) -> None:
        """Programs bytes as NOR flash does: bits only clear."""
        size = self.limits.max_payload - PartitionRequest.sizeof()
        pieces = [(at, data[at : at + size]) for at in range(0, len(data), size)]
        payloads = [
            PartitionRequest(offset + at, len(piece)).build() + piece for at, piece in pieces
        ]
        self._ask_all("part_write", payloads)

    def partition_erase(self, offset: int, length: int) -> None:
        """Erases every unit that the range touches."""
        self.request("part_erase", PartitionRequest(offset, length), slow=True)
