"""Bits, and the two codes of compressed CSI: Elias gamma for lengths, Rice for differences."""

from __future__ import annotations

from collections.abc import Sequence

ESCAPE = 8  # ones in front of a difference that is written in 8 bits
K_BITS = 3
_U_BITS = 8
_MAX_GAMMA_ZEROS = 10  # a run has at most 1,025


class CompressionError(ValueError):
    """Data that is no frame of this length; `offset`: the byte of the data where this shows."""

    def __init__(self, offset: int, detail: str) -> None:
        self.offset = offset
        super().__init__(f"compressed CSI, byte {offset}: {detail}")


def zigzag(now: int, before: int) -> int:
    """The difference of two bytes, modulo 256 and as int8, as a number 0 to 255: 0, -1, 1, -2 …"""
    d = (now - before + 128) % 256 - 128
    return 2 * d if d >= 0 else -2 * d - 1


def plus_zigzag(before: int, u: int) -> int:
    """The inverse of `zigzag`: the byte that differs by u from the one before."""
    return (before - (u + 1) // 2 if u & 1 else before + u // 2) & 0xFF


def best_k(differences: Sequence[int]) -> int:
    """The parameter k with which the differences take the fewest bits; the smallest on ties."""
    return min(range(1 << K_BITS), key=lambda k: sum(_bits(u, k) for u in differences))


def _bits(u: int, k: int) -> int:
    return (u >> k) + 1 + k if u >> k < ESCAPE else ESCAPE + _U_BITS


class BitWriter:
    """Writes bits, from the highest bit of each byte down."""

    def __init__(self) -> None:
        self._text: list[str] = []

    def put(self, value: int, bits: int) -> None:
        """Write a value of at most `bits` bits."""
        if bits:
            self._text.append(f"{value:0{bits}b}")

    def gamma(self, n: int) -> None:
        """Write a number of at least 1 as an Elias gamma code."""
        self.put(n, 2 * n.bit_length() - 1)

    def difference(self, u: int, k: int) -> None:
        """Write `u >> k` ones, a zero and k bits; or `ESCAPE` ones and u."""
        if u >> k >= ESCAPE:
            self.put((1 << ESCAPE) - 1, ESCAPE)
            self.put(u, _U_BITS)
        else:
            self.put((1 << ((u >> k) + 1)) - 2, (u >> k) + 1)
            self.put(u & ((1 << k) - 1), k)

    def data(self) -> bytes:
        """The bytes; the last one is filled up with zeros."""
        text = "".join(self._text)
        size = -(-len(text) // 8)
        return int(text.ljust(8 * size, "0") or "0", 2).to_bytes(size, "big")


class BitReader:
    """Reads what `BitWriter` writes. Every method raises CompressionError for anything else."""

    def __init__(self, data: bytes, start: int) -> None:
        """Begin with byte `start` of the data."""
        self._bits = "".join(f"{byte:08b}" for byte in data)
        self._at = 8 * start

    @property
    def offset(self) -> int:
        """The byte that holds the next bit."""
        return self._at // 8

    def take(self, bits: int) -> int:
        """Read the next `bits` bits as a number."""
        if len(self._bits) - self._at < bits:
            raise CompressionError(len(self._bits) // 8, "it ends in the middle of a frame")
        self._at += bits
        return int(self._bits[self._at - bits : self._at] or "0", 2)

    def gamma(self, most: int) -> int:
        """Read a number from 1 to `most`."""
        start = self.offset
        zeros = self._unary(0, _MAX_GAMMA_ZEROS + 1)
        n = 1 << zeros | self.take(zeros) if zeros <= _MAX_GAMMA_ZEROS else most + 1
        if n > most:
            raise CompressionError(start, f"a run is longer than the {most} that are left")
        return n

    def difference(self, k: int) -> int:
        """Read a number from 0 to 255."""
        start = self.offset
        ones = self._unary(1, ESCAPE)
        u = self.take(_U_BITS) if ones == ESCAPE else ones << k | self.take(k)
        if u > 0xFF:
            raise CompressionError(start, f"a difference of {u} is none of bytes")
        return u

    def end(self) -> None:
        """Demand that only the zeros that fill the last byte are left."""
        rest = self._bits[self._at :]
        if len(rest) >= 8 or "1" in rest:
            raise CompressionError(self.offset, "it goes on behind the end of the frame")

    def _unary(self, wanted: int, most: int) -> int:
        count = 0
        while count < most and self.take(1) == wanted:
            count += 1
        return count
