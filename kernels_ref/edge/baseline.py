"""The slow baseline: how much the amplitudes change when nobody moves."""

from __future__ import annotations

from kernels_ref.edge.bounded import (
    UNIT,
    ZERO,
    Bounded,
    exact,
    f32,
    larger,
    ordered,
    smaller,
    stacked,
)
from kernels_ref.edge.movement import Movement

BLOCK_TICKS, BLOCKS, MIN_BLOCKS = 10, 15, 3
USUAL_LEVEL, MIN_LEVEL, MAX_UNSTEADY = f32(0.005), f32(0.001), f32(0.007)
MIN_NOISE = f32(0.15)
STEADY, UNSTEADY = f32(1.3), f32(1.6)
SPAN = f32(UNSTEADY - STEADY)
AS_NOISE, AS_BODY = f32(0.35), f32(0.5)
NOISE_SPAN = f32(AS_BODY - AS_NOISE)
UP_SHARE, UP_ANYHOW, DOWN_SHARE = f32(2 / 60), f32(0.1), f32(0.2)
UP_BEYOND = f32(1 - UP_ANYHOW)


class Baseline:
    """level: the usual score of movement in this room while nobody moves."""

    def __init__(self) -> None:
        self.level = exact(USUAL_LEVEL)
        self.interrupt()

    def interrupt(self) -> None:
        """Forget the blocks: what happened between them and now is not known."""
        self._blocks: list[Bounded] = []
        self._rough: list[Bounded] = []
        self._begin_block()

    def _begin_block(self) -> None:
        self._ticks: list[Bounded] = []
        self._jumps: list[Bounded] = []
        self._lively = True

    def learn(self) -> Bounded:
        """Set the level from the blocks of the calibration; returns how steady they were."""
        n = len(self._blocks)
        if n < MIN_BLOCKS:
            return ZERO
        blocks = ordered(self._blocks)
        jump = ordered(self._rough)[n // 2]
        steady = _steadiness(blocks) * _noisiness(blocks[n // 2], jump)
        most = larger(jump * MIN_NOISE, exact(MAX_UNSTEADY))
        capped = smaller(blocks[n // 4], most)
        level = capped + steady * (blocks[n // 2] - capped)
        self.level = larger(level, exact(MIN_LEVEL))
        return steady

    def take(self, movement: Movement, follow: bool) -> None:
        """Take one tick of 0.2 s; follow: the level may change."""
        self._ticks.append(movement.tick)
        self._jumps += movement.jumps
        self._lively = self._lively and movement.lively
        if len(self._ticks) < BLOCK_TICKS:
            return
        if self._lively:
            jump = stacked(self._jumps).mean() if self._jumps else ZERO
            self._blocks = [*self._blocks, stacked(self._ticks).mean()][-BLOCKS:]
            self._rough = [*self._rough, jump][-BLOCKS:]
            if follow and len(self._blocks) == BLOCKS:
                self._follow()
        self._begin_block()

    def _follow(self) -> None:
        blocks = ordered(self._blocks)
        middle = blocks[BLOCKS // 2]
        sure = _noisiness(middle, ordered(self._rough)[BLOCKS // 2]) * UP_BEYOND + UP_ANYHOW
        up = _steadiness(blocks) * sure * UP_SHARE
        self.level = larger(_followed(self.level, middle, up), exact(MIN_LEVEL))


def _followed(level: Bounded, middle: Bounded, up: Bounded) -> Bounded:
    """level + share · (middle - level); the share is `up` for a rise and DOWN_SHARE for a fall.

    Where rounding may turn a rise into a fall, the bound covers both shares. The bound of the old
    level shrinks by 1 - share.
    """
    off = middle - level
    down = exact(DOWN_SHARE)
    shares = [up] * bool(off.value > -off.bound) + [down] * bool(off.value < off.bound) or [up]
    share = up if off.value > 0.0 else down
    most, least = max(float(s.value) for s in shares), min(float(s.value) for s in shares)
    moved = exact(off.value) * share
    value = level.value + moved.value
    carried = (1.0 - least) * level.bound + most * middle.bound
    return Bounded(value, carried + moved.bound + UNIT * (abs(off.value) + abs(value)))


def _steadiness(blocks: list[Bounded]) -> Bounded:
    n = len(blocks)
    low, high = blocks[n // 10] + MIN_LEVEL, blocks[n - 1 - n // 10] + MIN_LEVEL
    return ((exact(UNSTEADY) - high / low) / SPAN).clipped(0.0, 1.0)


def _noisiness(change: Bounded, jump: Bounded) -> Bounded:
    return ((exact(AS_BODY) - change / (jump + MIN_LEVEL)) / NOISE_SPAN).clipped(0.0, 1.0)
