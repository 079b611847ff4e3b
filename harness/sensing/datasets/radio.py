"""Makes reception worse: frames are lost, fewer come a second, carriers are gone, noise is
added."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

import numpy as np

from harness.sensing.recordings.frames import Frames, Recording

_MIN_HZ = 20.0


@dataclass(frozen=True)
class Disturbance:
    """lost, carriers: the shares of frames and of carriers that are lost. rate_hz: how many frames
    a second are left at most. noise: root mean square, in counts of the converter."""

    lost: float = 0.0
    carriers: float = 0.0
    rate_hz: float = 100.0
    noise: float = 0.0


def drawn(recording: Recording, number: int, seed: int) -> tuple[Disturbance, np.random.Generator]:
    """A recording's disturbance of that number, the same on every machine. Number 0 is none."""
    rng = np.random.default_rng((seed, number, zlib.crc32(str(recording).encode())))
    if number == 0:
        return Disturbance(), rng
    lost, carriers = rng.uniform(0.0, 0.4), rng.uniform(0.0, 0.5)
    rate_hz = float(rng.choice([100.0, 45.0, 33.0, _MIN_HZ], p=[0.5, 0.2, 0.2, 0.1]))
    return Disturbance(lost, carriers, rate_hz, rng.uniform(0.0, 1.0)), rng


def disturbed(frames: Frames, how: Disturbance, rng: np.random.Generator) -> Frames:
    """The frames as they would have come with the disturbance."""
    n = len(frames)
    kept = frames.chosen((rng.random(n) >= how.lost) & _slower(frames, how.rate_hz))
    if not how.carriers and not how.noise:
        return kept
    pairs = kept.iq.reshape(len(kept), -1, 2)
    used = (pairs != 0).any(axis=2, keepdims=True)
    gone = rng.random(pairs.shape[1]) < how.carriers
    noisy = np.rint(pairs + used * rng.normal(0.0, how.noise, pairs.shape))
    noisy[:, gone] = 0
    return replace(kept, iq=np.clip(noisy, -128, 127).astype(np.int8).reshape(kept.iq.shape))


def _slower(frames: Frames, rate_hz: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """At most `rate_hz` frames a second: the first of each time slot."""
    slot = (frames.us * rate_hz / 1e6).astype(np.int64)
    return np.asarray(np.diff(slot, prepend=slot[:1] - 1) > 0, np.bool_)
