"""Frames of channel state of one recording, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import BenchError
from kernels_ref.edge.mock import GATE_US

UNKNOWN_SENDER = bytes.fromhex("020000000001")
"""A locally administered address, for recordings that name no sender."""

_PAIR = 2  # bytes
MAX_BYTES = 2048  # 4 antennas of 256 carriers


class BadRecording(BenchError):
    """A recording or its description cannot be read."""


@dataclass(frozen=True)
class Frames:
    """Frames in the order in which they were taken.

    Attributes:
        us: int64 [n], when each was taken, in microseconds of one clock, which may stand still or
            go back where the radio's did.
        iq: int8 [n, width], pairs (imaginary, real) in the radio's order; zeros after a frame's
            own length. Where a frame has amplitudes only, the imaginary parts are 0.
        length: uint16 [n], bytes of each frame.
        layout: uint16 [n], what the bytes mean, as in `csi_frame_t`; 0 where that is not known.
        rssi: int8 [n], dBm; 0 where it was not recorded.
        channel: the radio channel; 0 where it was not recorded.
        sender: uint8 [n], which of `senders` sent it.
        senders: MAC addresses, six bytes each.
    """

    us: npt.NDArray[np.int64]
    iq: npt.NDArray[np.int8]
    length: npt.NDArray[np.uint16]
    layout: npt.NDArray[np.uint16]
    rssi: npt.NDArray[np.int8]
    channel: int = 0
    sender: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    senders: tuple[bytes, ...] = (UNKNOWN_SENDER,)

    def __post_init__(self) -> None:
        n = len(self.us)
        if not len(self.sender):
            object.__setattr__(self, "sender", np.zeros(n, np.uint8))
        for name in ("iq", "length", "layout", "rssi", "sender"):
            if len(getattr(self, name)) != n:
                raise BadRecording(f"{name} has {len(getattr(self, name))} frames, us has {n}.")

    def __len__(self) -> int:
        return len(self.us)

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return float(self.us[-1] - self.us[0]) / 1e6 if len(self) else 0.0

    def chosen(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.int64] | slice) -> Frames:
        """The frames that a mask, an index array or a slice selects."""
        names = ("us", "iq", "length", "layout", "rssi", "sender")
        parts: dict[str, Any] = {name: getattr(self, name)[which] for name in names}
        return replace(self, **parts)

    def between(self, begin_us: float, end_us: float) -> Frames:
        """The frames with begin_us <= us < end_us."""
        return self.chosen((self.us >= begin_us) & (self.us < end_us))

    def shifted(self, by_us: int) -> Frames:
        """The same frames, `by_us` microseconds later."""
        return replace(self, us=self.us + by_us)


def frames_of(
    us: npt.ArrayLike,
    iq: npt.NDArray[np.int8],
    *,
    length: npt.ArrayLike | None = None,
    layout: npt.ArrayLike = 0,
    rssi: npt.ArrayLike = 0,
    channel: int = 0,
) -> Frames:
    """Frames of one sender from arrays; a single value stands for all frames.

    Raises: BadRecording for arrays that do not fit together, or frames of an odd or too large
    number of bytes.
    """
    times = np.asarray(us, np.int64)
    n, width = iq.shape
    if width % _PAIR or not 0 < width <= MAX_BYTES:
        raise BadRecording(
            f"A frame of {width} bytes has no whole pairs, or more than {MAX_BYTES // _PAIR}."
        )

    def each(values: npt.ArrayLike, kind: type[np.generic]) -> npt.NDArray[Any]:
        return np.broadcast_to(np.asarray(values, kind), (n,))

    return Frames(
        times,
        np.ascontiguousarray(iq, np.int8),
        each(width if length is None else length, np.uint16),
        each(layout, np.uint16),
        each(rssi, np.int8),
        channel,
    )


def joined(parts: list[Frames]) -> Frames:
    """The frames of the parts, one part after the other; all have the same senders.

    Raises: ValueError without a part.
    """
    width = max(part.iq.shape[1] for part in parts)
    padded = [np.pad(part.iq, ((0, 0), (0, width - part.iq.shape[1]))) for part in parts]
    names = ("us", "length", "layout", "rssi", "sender")
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in names
    }
    return replace(parts[0], iq=np.concatenate(padded), **arrays)


def from_amplitudes(values: npt.NDArray[np.generic]) -> npt.NDArray[np.int8]:
    """Amplitudes [n, carriers], not negative, as pairs int8 [n, 2 * carriers] of phase 0.

    A frame whose largest amplitude is above 127 is divided by the smallest power of two that makes
    it fit. That loses nothing: every frame is divided by its own mean later. For the same reason,
    amplitudes that are not whole are scaled to a maximum of 64 to 127 before they are rounded.
    """
    amplitudes = np.asarray(values, np.float64)
    largest = amplitudes.max(axis=1, initial=0.0, keepdims=True)
    exponent = np.ceil(np.log2(np.maximum(largest, 1e-30) / 127.0))
    whole = bool((amplitudes == np.rint(amplitudes)).all())
    scale = np.exp2(-np.maximum(exponent, 0.0) if whole else -exponent)
    pairs = np.zeros((*amplitudes.shape, 2), np.int8)
    pairs[..., 1] = np.rint(amplitudes * np.where(largest > 0, scale, 0.0)).astype(np.int8)
    return pairs.reshape(len(amplitudes), -1)


@dataclass(frozen=True)
class Span:
    """What happened from begin_us up to end_us, by the recording's clock."""

    label: str
    begin_us: int
    end_us: int


@dataclass(frozen=True)
class Recording:
    """One recording: what is known of it, and its frames when they are asked for.

    Attributes:
        data_set: the folder that it is in.
        name: unique in the data set.
        label: what happens in it, one of `harness.sensing.recordings.labels`, or any other word.
        read: gives the frames.
        subject: whom it shows; empty where that is nobody or not known.
        session: recordings of one session have the same room, places and devices.
        truth_bpm: breaths a minute; None where that is not known.
        steady: whether the room itself is steady, without a fan, an air conditioner or drift.
        spans: what happens when; empty where the label holds for the whole recording.
        note: for a person.
    """

    data_set: str
    name: str
    label: str
    read: Callable[[], Frames] = field(repr=False, compare=False)
    subject: str = ""
    session: str = ""
    truth_bpm: float | None = None
    spans: tuple[Span, ...] = ()
    steady: bool = True
    note: str = ""

    def __str__(self) -> str:
        return f"{self.data_set}/{self.name}"

    def frames(self) -> Frames:
        """All of them. Raises: BadRecording."""
        return self.read()


class CaptureGate:
    """Which frames a node's capture takes, by their times: on average at most one in GATE_US. The
    first frame passes."""

    def __init__(self) -> None:
        self._open_us = 0

    def passes(self, ts_us: int) -> bool:
        """Whether the frame of this time passes; times do not fall."""
        if ts_us < self._open_us:
            return False
        is_soon = ts_us - self._open_us < GATE_US
        self._open_us = (self._open_us if is_soon else ts_us) + GATE_US
        return True
