"""Recordings of persons who never lived: a path whose length changes at a speed."""

from __future__ import annotations

import zlib

import numpy as np

from harness.sensing.recordings.frames import Frames, Recording, Span, frames_of
from harness.sensing.recordings.labels import BREATHING, FALL, GET_UP, LIE_DOWN, SIT_DOWN, WALKING
from kernels_ref.carriers import layout_word

SPEEDS = {FALL: 12.0, GET_UP: 2.0, LIE_DOWN: 4.0, SIT_DOWN: 7.0, WALKING: 20.0, BREATHING: 0.0}
"""Wavelengths a second, in the middle of a recording."""


def frames(hz: float, seconds: float, seed: int) -> Frames:
    """50 frames a second; for the middle half a path grows by `hz` wavelengths a second."""
    rng = np.random.default_rng(seed)
    n = int(seconds * 50)
    moves = (np.arange(n) > n // 4) & (np.arange(n) < 3 * n // 4)
    ways = np.cumsum(np.where(moves, hz, 0.0)) / 50
    k = np.concatenate([np.arange(32), np.arange(-32, 0)])
    moving = 12 * np.exp(-0.3j * k) * np.exp(2j * np.pi * ways)[:, None]
    z = (40 * np.exp(0.11j * k) + moving) * np.exp(2j * np.pi * rng.random((n, 1)))
    z[:, np.abs(k) > 26] = 0
    z[:, 0] = 0
    parts = np.stack([z.imag, z.real], axis=2)
    parts = np.rint(parts + (parts != 0) * rng.normal(0, 0.5, parts.shape))
    us = 7_000_000 + 20_000 * np.arange(n) + rng.integers(0, 4_000, n)
    return frames_of(us, parts.astype(np.int8).reshape(n, 128), layout=layout_word(1))


def recording(
    label: str,
    subject: str,
    trial: int = 1,
    seconds: float = 12.0,
    spans: tuple[Span, ...] = (),
) -> Recording:
    """One recording; the same name is the same frames."""
    name = f"{label}-{subject}-{trial}"
    seed = zlib.crc32(name.encode())
    return Recording(
        "made",
        name,
        label,
        lambda: frames(SPEEDS.get(label, 10.0), seconds, seed),
        subject=subject,
        session=subject,
        spans=spans,
    )


def persons(count: int, seconds: float = 12.0) -> list[Recording]:
    """Each person does each action once, and breathes for twice as long."""
    found = []
    for number in range(count):
        subject = f"p{number}"
        found += [
            recording(label, subject, seconds=seconds * (1 + (label == BREATHING)))
            for label in SPEEDS
        ]
    return found
