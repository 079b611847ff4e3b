"""Channel state as the radio delivers it: raw frames, and frames compressed against each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kernels_ref.carriers import MAX_PAIRS, LayoutRefused, carriers
from kernels_ref.packets.base import Packet
from kernels_ref.packets.registry import packet
from kernels_ref.wire import I8, U8, U16, U32, FieldProblem, Tail, length_of

STAMP_SIZE = 2  # bytes in front of a compressed frame
KEY_FRAME = 0x8000
NUMBER_MASK = 0x7FFF


def channel_to_mhz(channel: int) -> int:
    """Centre frequency in MHz of a Wi-Fi channel of the 2.4 and 5 GHz bands, 0 for any other."""
    if 1 <= channel <= 13:
        return 2412 + 5 * (channel - 1)
    if channel == 14:
        return 2484
    return 5000 + 5 * channel if 36 <= channel <= 177 else 0


_CHANNELS = {channel_to_mhz(channel): channel for channel in range(1, 178)}


def mhz_to_channel(mhz: int) -> int:
    """The channel of a centre frequency in MHz, 0 for any other."""
    return _CHANNELS.get(mhz, 0) if mhz else 0


_FREQUENCIES = frozenset(channel_to_mhz(channel) for channel in range(178))


@packet("raw_csi_frame", magic=0xC5110001, size=20)
class RawCsiFrame(Packet):
    """One channel-state frame.

    `iq` holds one pair of int8 (imaginary, real, as the radio delivers them) per antenna and
    subcarrier, 1 to 1024 pairs; `layout` says what they mean, see `kernels_ref.carriers`, 0 where
    that is not known. `freq_mhz` is the channel's centre frequency or 0; levels are in dBm.
    """

    node_id: U8
    n_antennas: U8
    n_subcarriers: U16
    freq_mhz: U32
    seq: U32
    rssi: I8
    noise_floor: I8
    layout: U16 = 0
    iq: Tail

    @classmethod
    def tail_size(cls, raw: Mapping[str, Any]) -> int:
        """Two bytes per pair."""
        if raw["n_antennas"] == 0:
            raise FieldProblem("n_antennas", 0, "at least 1")
        pairs = int(raw["n_antennas"]) * int(raw["n_subcarriers"])
        if not 1 <= pairs <= MAX_PAIRS:
            need = f"1 to {MAX_PAIRS} pairs with {raw['n_antennas']} antennas"
            raise FieldProblem("n_subcarriers", raw["n_subcarriers"], need)
        return 2 * pairs

    def check(self) -> None:
        """Demand a frequency that is 0 or a channel's."""
        if self.freq_mhz not in _FREQUENCIES:
            raise FieldProblem("freq_mhz", self.freq_mhz, "the centre of a Wi-Fi channel, or 0")

    @property
    def known_layout(self) -> int:
        """The layout word; 0 where these bytes hold something else.

        Other firmware puts the kind of packet into the first byte, and 40 MHz, STBC, LDPC and a
        valid time sync into bits 0, 2, 3 and 4 of the second. Such a word has bits that no layout
        word has, or a row whose length is another.
        """
        try:
            carriers(self.layout, self.n_subcarriers, self.pairs()[0])
        except LayoutRefused:
            return 0
        return self.layout

    def pairs(self) -> npt.NDArray[np.int8]:
        """The pairs as int8 `[n_antennas, n_subcarriers, 2]`."""
        shape = (self.n_antennas, self.n_subcarriers, 2)
        return np.frombuffer(self.iq, dtype=np.int8).reshape(shape)


@packet("compressed_csi", magic=0xC5110005, size=10)
class CompressedCsi(Packet):
    """A frame as differences from carrier to carrier, Rice coded.

    `original_len` is the length in bytes before compression, `compressed_len` that of `data`, which
    begins with the frame's number and whether it is a key frame; `packets.compression` reads it.
    """

    node_id: U8
    channel: U8
    original_len: U16
    compressed_len: U16 = length_of("data")
    data: Tail

    @classmethod
    def tail_size(cls, raw: Mapping[str, Any]) -> int:
        """The length of the data, as the header says."""
        return int(raw["compressed_len"])

    @property
    def number(self) -> int | None:
        """The number of the frame, modulo 2^15; None where the data is too short to have one."""
        return self._stamp & NUMBER_MASK if len(self.data) >= STAMP_SIZE else None

    @property
    def is_key(self) -> bool:
        """Whether the frame is coded by itself, without the frame before it."""
        return len(self.data) >= STAMP_SIZE and bool(self._stamp & KEY_FRAME)

    @property
    def _stamp(self) -> int:
        return int.from_bytes(self.data[:STAMP_SIZE], "little")
