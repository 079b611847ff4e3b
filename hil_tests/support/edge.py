"""Edge features on the device against their twin, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from harness.compare import Budget, Term
from harness.sensing.node import SensingNode
from harness.sensing.structs.edge import EdgeFeatures, EdgeResult
from hil_tests.support.judge import Judge
from kernels_ref.edge.bounded import Bounded
from kernels_ref.edge.config import CsiFrame, EdgeConfig
from kernels_ref.edge.mock import PERIOD_US, RATE_HZ, Scenario, arrivals, layout
from kernels_ref.edge.twin import COUNTERS, FLOATS, EdgeTwin, Features, FrameRefused

REASON = "running error analysis of the same formulas in float32 (kernels_ref.edge.bounded)"
OK, INVALID_SIZE = 0, 0x104
DECISIONS = ("active", "fall", "n_persons", "quality_flags")


def compare_features(
    judge: Judge,
    what: str,
    config: EdgeConfig,
    frames: Sequence[CsiFrame],
    device: Sequence[EdgeResult],
) -> list[Features]:
    """Demand that every feature of every frame is the twin's; returns the twin's.

    Scalars, vector and spectrum within the bound that the twin carries along; decisions equal but
    for ties within rounding; counters equal.
    """
    __tracebackhide__ = True
    twin = EdgeTwin(config)
    kept: list[tuple[EdgeFeatures, Features]] = []
    decided_otherwise: str | None = None
    for i, (frame, result) in enumerate(zip(frames, device, strict=True)):
        seen = result.features
        try:
            expected = _push(twin, frame, result)
            if expected is None:
                continue
            kept.append((seen, expected))
            _demand_equal(seen, expected)
        except AssertionError as differs:
            decided_otherwise = f"{what}, frame {i}: {differs}"
            break
        for name in COUNTERS:
            counted, right = getattr(seen, name), expected.counts[name]
            said = f"{what}, frame {i}: {name} is {counted}, the twin's {right}"
            assert counted == right, f"{said}\n  repeat  {judge.repeat}"
    # What was computed comes before what was decided on it, and says that too.
    for name in FLOATS:
        pairs = [(getattr(seen, name), expected.floats[name]) for seen, expected in kept]
        _within(judge, f"{what} {name}", ("frame",), pairs, decided_otherwise)
    for name in ("vector", "spectrum"):
        both = [(getattr(seen, name), getattr(expected, name)) for seen, expected in kept]
        _within(judge, f"{what} {name}", ("frame", "element"), both, decided_otherwise)
    assert decided_otherwise is None, f"{decided_otherwise}\n  repeat  {judge.repeat}"
    return [expected for _, expected in kept]


def _push(twin: EdgeTwin, frame: CsiFrame, result: EdgeResult) -> Features | None:
    """The twin's features; None for a frame that both refuse."""
    try:
        expected = twin.push(frame, result.features)
    except FrameRefused:
        refused = result.features.refused
        assert result.error == INVALID_SIZE, f"error {result.error:#x} for a frame to be refused"
        counted = twin.features().counts["refused"]
        assert refused == counted, f"refused is {refused}, expected {counted}"
        return None
    assert result.error == OK, f"a good frame was refused: {result.error:#x}"
    return expected


def _demand_equal(seen: EdgeFeatures, expected: Features) -> None:
    for name in DECISIONS:
        device, twin = int(getattr(seen, name)), int(getattr(expected, name))
        assert device == twin, f"{name} is {device}, the twin's {twin}"


def _within(
    judge: Judge,
    what: str,
    axes: tuple[str, ...],
    pairs: Sequence[tuple[Any, Bounded]],
    cause: str | None,
) -> None:
    if not pairs:
        return
    actual = np.array([seen for seen, _ in pairs])
    truth = np.array([expected.value for _, expected in pairs])
    bound = np.array([expected.bound for _, expected in pairs])
    budget = Budget((Term("bound", bound + 2.0**-149, REASON),))
    judge.within(what, axes, actual, truth, budget, lambda: cause)


def check(
    node: SensingNode, judge: Judge, what: str, config: EdgeConfig, frames: Iterable[CsiFrame]
) -> list[EdgeFeatures]:
    """Push the frames and compare; returns the device's features."""
    __tracebackhide__ = True
    listed = list(frames)
    with node.edge(config) as edge:
        seen = edge.push(listed)
    compare_features(judge, what, config, listed, seen)
    return [result.features for result in seen]


def play(scenario: Scenario, seed: int, empty_s: float, seconds: float) -> list[CsiFrame]:
    """The empty room for `empty_s`, then the scenario for `seconds`: every frame that comes, late
    and doubled ones too."""
    begins = round(empty_s * RATE_HZ)
    empty = _arrived(Scenario.EMPTY, seed, 0, begins)
    return [*empty, *_arrived(scenario, seed, begins, round(seconds * RATE_HZ))]


def _arrived(scenario: Scenario, seed: int, room_slot: int, slots: int) -> Iterator[CsiFrame]:
    came = arrivals(scenario, seed, slots, room_slot=room_slot)
    for ts_us, iq, channel, rssi in zip(came.ts_us, came.iq, came.channel, came.rssi, strict=True):
        yield CsiFrame(
            ts_us=room_slot * PERIOD_US + int(ts_us),
            iq=iq,
            n_subcarriers=len(iq),
            channel=int(channel),
            rssi=int(rssi),
            layout=layout(scenario, seed),
        )


def at_rate(frames: Sequence[CsiFrame], rate_hz: float) -> list[CsiFrame]:
    """The frames as if the scenario had been slower or faster."""
    return retimed(frames, [round(frame.ts_us * RATE_HZ / rate_hz) for frame in frames])


def untold(frames: Iterable[CsiFrame], width: int, antennas: int = 1) -> list[CsiFrame]:
    """The frames' carriers, again and again, as frames of which nobody says what they hold."""
    pairs = width * antennas
    return [
        replace(
            frame,
            iq=np.resize(frame.iq[np.r_[38:64, 2:27]], (pairs, 2)),
            n_subcarriers=width,
            n_antennas=antennas,
            layout=0,
        )
        for frame in frames
    ]


def weaker(frames: Iterable[CsiFrame], by: int) -> list[CsiFrame]:
    """The frames with a part of their amplitude."""
    return [replace(frame, iq=(frame.iq // by).astype(np.int8)) for frame in frames]


Pattern = Callable[[np.random.Generator, int], np.ndarray]


def noise(rng: np.random.Generator, n: int) -> np.ndarray:
    """Any bytes: no frame is like the one before."""
    return rng.integers(-128, 128, (n, 2))


def opposite(rng: np.random.Generator, n: int) -> np.ndarray:
    """Half turns: every phase changes by exactly pi, or not at all."""
    return np.array([[64, -37]]) * rng.choice([-1, 1], (n, 1))


def quarters(rng: np.random.Generator, n: int) -> np.ndarray:
    """Quarter turns, at the ends of the range."""
    return np.array([[127, 0], [0, 127], [-128, 0], [0, -128]])[rng.integers(0, 4, n)]


def silence(rng: np.random.Generator, n: int) -> np.ndarray:
    """No signal at all."""
    return np.zeros((n, 2), int)


def sparse(rng: np.random.Generator, n: int) -> np.ndarray:
    """Most samples missing, a few full."""
    return rng.integers(-128, 128, (n, 2)) * (rng.random((n, 1)) < 0.2)


def faint(rng: np.random.Generator, n: int) -> np.ndarray:
    """One count of signal."""
    return rng.integers(-1, 2, (n, 2))


def frozen(rng: np.random.Generator, n: int) -> np.ndarray:
    """Always the same frame."""
    return np.stack([np.arange(n) % 100 - 50, np.full(n, 20)], axis=1)


def creeping(rng: np.random.Generator, n: int) -> np.ndarray:
    """A frame like the last but for one count here and there: the smallest phases there are."""
    return frozen(rng, n) + rng.integers(-1, 2, (n, 2)) * (rng.random((n, 1)) < 0.1)


PATTERNS: tuple[Pattern, ...] = (
    noise,
    opposite,
    quarters,
    silence,
    sparse,
    faint,
    frozen,
    creeping,
)


def patterned(
    pattern: Pattern, n_frames: int, pairs: int, seed: int, rate_hz: float = 20.0
) -> list[CsiFrame]:
    """Frames of a pattern at an even rate."""
    rng = np.random.default_rng(seed)
    step = round(1e6 / rate_hz)
    return [CsiFrame(i * step, pattern(rng, pairs).astype(np.int8), pairs) for i in range(n_frames)]


def retimed(frames: Iterable[CsiFrame], times_us: Iterable[int]) -> list[CsiFrame]:
    """The frames at other times."""
    return [replace(frame, ts_us=int(ts)) for frame, ts in zip(frames, times_us, strict=False)]


def joined(*parts: Iterable[CsiFrame]) -> list[CsiFrame]:
    """One after the other."""
    return list(chain(*parts))
