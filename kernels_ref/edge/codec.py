"""Compressed channel state: a frame XORed with the frame before it, then run-length coded.

The XOR is a sequence of tokens, each a control byte c and what belongs to it:

    c = 0..127    c + 1 bytes follow, as they are
    c = 128..255  a run of c - 126 (2 to 129) times the one byte that follows

The first frame of a stream, and one of another length than the frame before it, is XORed with
zeros.
"""

from __future__ import annotations

import numpy as np

from kernels_ref.packets.csi import CompressedCsi

_FIRST_RUN = 128
_SHORTEST_RUN = 2


class CodecError(ValueError):
    """Compressed data that is none. `offset`: of the token that is wrong, or where data ended."""

    def __init__(self, offset: int, detail: str) -> None:
        super().__init__(f"compressed CSI, byte {offset}: {detail}")
        self.offset = offset
        self.detail = detail


def expand(previous: bytes, data: bytes, length: int) -> bytes:
    """The frame of `length` bytes. `previous`: the frame before it; of another length: zeros.

    Raises CodecError when `data` ends within a token or does not give exactly `length` bytes.
    """
    changes = _tokens(data, length)
    if len(previous) != length:
        return changes
    both = np.frombuffer(changes, np.uint8) ^ np.frombuffer(previous, np.uint8)
    return both.tobytes()


def _tokens(data: bytes, length: int) -> bytes:
    out = bytearray()
    at = 0
    while at < len(data):
        control = data[at]
        literal = control < _FIRST_RUN
        size = control + 1 if literal else 1
        piece = data[at + 1 : at + 1 + size]
        if len(piece) < size:
            raise CodecError(at, f"the token needs {size} more bytes, {len(piece)} are there")
        out += piece if literal else piece * (control - _FIRST_RUN + _SHORTEST_RUN)
        if len(out) > length:
            raise CodecError(at, f"more than the {length} bytes of a frame")
        at += 1 + size
    if len(out) < length:
        raise CodecError(len(data), f"{len(out)} of {length} bytes")
    return bytes(out)


class Expander:
    """Frames of one node's stream of compressed packets, which must be whole and in order: a packet
    that is missing shifts every frame after it, and nothing in the packets tells."""

    def __init__(self) -> None:
        self._previous = b""

    def take(self, packet: CompressedCsi) -> bytes:
        """The next frame's pairs (I, Q), int8. Raises CodecError; the stream then goes on from
        the frame before."""
        self._previous = expand(self._previous, packet.data, packet.original_len)
        return self._previous
