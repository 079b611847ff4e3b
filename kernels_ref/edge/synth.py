"""Synthetic channel state with a known truth: who is in the room and what they do.

One path per person over a static background, as a stand-in for a radio computes it. With the
wavelength λ_k of subcarrier k and the path length d(t) of a person:

    amplitude  A_base,k + Σ A_person · exp(-d²/σ²) + noise
    phase      φ_base,k + Σ (2π d / λ_k + g_k · (breathing(t) + heartbeat(t))) + noise

g_k = 1 + 0.4·cos(2π(p + 1)k/K + p) for person p: how strongly subcarrier k feels the chest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kernels_ref.edge.frames import CsiFrame
from kernels_ref.packets.csi import channel_to_mhz

LIGHT_M_S = 299_792_458.0
SPACING_HZ = 312_500.0
Float64 = NDArray[np.float64]
Path = Callable[[float], float]


@dataclass(frozen=True)
class Person:
    """path: distance in metres at a time in seconds. Amplitudes of the chest are in radians."""

    path: Path
    breathing_bpm: float = 15.0
    breathing_rad: float = 0.3
    heart_bpm: float = 72.0
    heart_rad: float = 0.03

    def chest(self, t: float) -> float:
        """Phase that breathing and heartbeat add at time t, in radians."""
        breath = self.breathing_rad * np.sin(2 * np.pi * self.breathing_bpm / 60 * t)
        return float(breath + self.heart_rad * np.sin(2 * np.pi * self.heart_bpm / 60 * t))


@dataclass(frozen=True)
class Room:
    """The background and the radio. Amplitudes are in counts of the int8 samples."""

    rate_hz: float = 20.0
    n_subcarriers: int = 64
    n_antennas: int = 1
    channel: int = 6
    base: float = 40.0  # A_base, mean over the subcarriers
    person: float = 24.0  # A_person
    sigma_m: float = 2.0
    noise: float = 1.0  # of the amplitude, standard deviation
    phase_noise: float = 0.02  # rad, standard deviation
    clock_shared: bool = True  # else the common phase of each frame is random
    rssi: int = -50


def still(distance_m: float) -> Path:
    """Stay where you are."""
    return lambda _t: distance_m


def walking(centre_m: float = 2.5, swing_m: float = 1.2, period_s: float = 7.0) -> Path:
    """To and fro at up to about 1 m/s, with a gait of 1.8 steps a second."""

    def path(t: float) -> float:
        gait = 0.01 * np.sin(2 * np.pi * 1.8 * t)
        return float(centre_m + swing_m * np.sin(2 * np.pi * t / period_s) + gait)

    return path


def falling(at_s: float, distance_m: float = 2.0) -> Path:
    """Stand still, fall with 8 m/s² for 0.45 s, come to rest within 0.15 s, lie still."""
    fall_s, stop_s, pull = 0.45, 0.15, 8.0
    speed = pull * fall_s
    fallen = pull * fall_s**2 / 2

    def path(t: float) -> float:
        since = t - at_s
        if since <= 0:
            return distance_m
        if since <= fall_s:
            return distance_m + pull * since**2 / 2
        late = min(since - fall_s, stop_s)
        return distance_m + fallen + speed * late - speed / stop_s * late**2 / 2

    return path


class Synthesizer:
    """Frames of one room, again the same for the same seed."""

    def __init__(self, room: Room, seed: int) -> None:
        self.room = room
        self._rng = np.random.default_rng(seed)
        k = np.arange(room.n_subcarriers)
        pairs = room.n_antennas * room.n_subcarriers
        centre = channel_to_mhz(room.channel) * 1e6
        wave = LIGHT_M_S / (centre + (k - room.n_subcarriers / 2) * SPACING_HZ)
        self._wave = np.tile(wave, room.n_antennas)
        self._k = np.tile(k, room.n_antennas) / room.n_subcarriers
        start = self._rng.uniform(0, 2 * np.pi, room.n_antennas).repeat(room.n_subcarriers)
        self._base = room.base * (1 + 0.3 * np.sin(2 * np.pi * 2 * self._k + start))
        self._phase = self._rng.uniform(-np.pi, np.pi, pairs)

    def frame(self, t: float, people: tuple[Person, ...]) -> CsiFrame:
        """The frame at time t (seconds); its timestamp is t rounded to microseconds."""
        room = self.room
        amplitude = self._base.copy()
        phase = self._phase.copy()
        for p, person in enumerate(people):
            d = person.path(t)
            feels = 1 + 0.4 * np.cos(2 * np.pi * (p + 1) * self._k + p)
            amplitude += room.person * np.exp(-(d**2) / room.sigma_m**2)
            phase += 2 * np.pi * d / self._wave + feels * person.chest(t)
        amplitude += room.noise * self._rng.standard_normal(len(amplitude))
        phase += room.phase_noise * self._rng.standard_normal(len(phase))
        if not room.clock_shared:
            phase += self._rng.uniform(-np.pi, np.pi)
        iq = np.stack([amplitude * np.cos(phase), amplitude * np.sin(phase)], axis=1)
        return CsiFrame(
            ts_us=round(t * 1e6),
            iq=np.clip(np.round(iq), -128, 127).astype(np.int8),
            n_subcarriers=room.n_subcarriers,
            n_antennas=room.n_antennas,
            channel=room.channel,
            rssi=room.rssi,
        )

    def frames(
        self, seconds: float, people: tuple[Person, ...] = (), start_s: float = 0.0
    ) -> Iterator[CsiFrame]:
        """Frames at the room's rate from `start_s` on."""
        first = round(start_s * self.room.rate_hz)
        for i in range(round(seconds * self.room.rate_hz)):
            yield self.frame((first + i) / self.room.rate_hz, people)


@dataclass(frozen=True)
class Scenario:
    """What happens after the room was empty for `empty_s`, and what a person would say of it."""

    name: str
    people: tuple[Person, ...]
    present: bool
    moving: bool = False
    falls: int = 0


def scenario(name: str, seed: int, empty_s: float = 60.0) -> Scenario:
    """One of the scenarios that features can tell apart, its details drawn from the seed."""
    rng = np.random.default_rng([seed, 77])
    bpm = float(rng.uniform(8, 28))
    someone = Person(
        still(float(rng.uniform(1.0, 3.0))), bpm, heart_bpm=float(rng.uniform(55, 110))
    )
    if name == "empty":
        return Scenario(name, (), present=False)
    if name == "static":
        return Scenario(name, (someone,), present=True)
    if name == "walking":
        path = walking(float(rng.uniform(2, 3)), 1.2, float(rng.uniform(7, 9)))
        return Scenario(name, (replace(someone, path=path),), present=True, moving=True)
    if name == "fall":
        at_s = empty_s + float(rng.uniform(15, 25))
        return Scenario(name, (replace(someone, path=falling(at_s)),), present=True, falls=1)
    if name == "multi":
        other = bpm + 8 if bpm < 18 else bpm - 8
        second = Person(still(float(rng.uniform(1.0, 3.0))), other, heart_rad=0.0)
        return Scenario(name, (someone, second), present=True)
    raise ValueError(f"no scenario {name!r}")


SCENARIOS = ("empty", "static", "walking", "fall", "multi")
