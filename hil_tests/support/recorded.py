"""Recordings of real boards for tests, and a plain numpy picture of their frames.

What is computed here is written down from what the recordings' READMEs and the vendor's page on
channel state say, and shares nothing with the oracle: it is the witness from outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.sensing.recordings.frames import Frames
from kernels_ref.edge.config import CsiFrame

SENDER = bytes.fromhex("02c511000001")


@dataclass(frozen=True)
class Picture:
    """Where the carriers lie: pair numbers, and the index of each carrier; [n] both."""

    pairs: NDArray[np.int64]
    carriers: NDArray[np.int64]


def _wrapped() -> Picture:
    """64 pairs 0..31, -32..-1; ±1..±26 are used. The first two pairs are an invalid word."""
    pairs = np.r_[2:27, 38:64]
    return Picture(pairs, np.where(pairs < 32, pairs, pairs - 64))


def _rising() -> Picture:
    """64 pairs -32..31; the same carriers."""
    pairs = np.r_[6:32, 33:59]
    return Picture(pairs, pairs - 32)


WRAPPED, RISING = _wrapped(), _rising()


def csi_frames(frames: Frames, channel: int = 6) -> list[CsiFrame]:
    """The frames as the edge features take them."""
    made = []
    for us, iq, length, layout, rssi in zip(
        frames.us, frames.iq, frames.length, frames.layout, frames.rssi, strict=True
    ):
        pairs = iq[:length].reshape(-1, 2)
        told = {"mac": SENDER, "channel": channel, "rssi": int(rssi), "layout": int(layout)}
        made.append(CsiFrame(int(us), pairs, len(pairs), **told))
    return made


def bins(frames: list[CsiFrame], picture: Picture) -> Iterator[tuple[int, NDArray, NDArray]]:
    """(number, n [64], ratio [58] complex) of every 20 ms that has a frame, in plain numpy.

    n: |z| over its mean over the carriers that are not zero all along, at slot carrier + 32;
    ratio: z[s+6] conj(z[s]) over that mean's square. z is real + j imaginary, and the pairs are
    (imaginary, real).
    """
    z = np.zeros((len(frames), 64), complex)
    for row, frame in zip(z, frames, strict=True):
        taken = frame.iq[picture.pairs].astype(float)
        row[picture.carriers + 32] = taken[:, 1] + 1j * taken[:, 0]
    alive = np.abs(z).max(axis=0) > 0
    mean = np.abs(z).sum(axis=1, keepdims=True) / alive.sum()
    number = np.array([frame.ts_us // 20_000 for frame in frames])
    ratio = z[:, 6:] * z[:, :-6].conj() / mean**2
    for each in np.unique(number):
        rows = number == each
        yield int(each), (np.abs(z) / mean)[rows].mean(axis=0), ratio[rows].mean(axis=0)
